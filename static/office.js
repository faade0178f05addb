// What surrounds the administration: its styles, which are there before it is shown, and the browser's voice.

// A sentence that nobody has recorded is spoken by the browser. `done` is called when it is over, or cannot be spoken.
let silent = 0;
globalThis.harkSpeak = (text, language, done) => {
  const voice = globalThis.speechSynthesis;
  // Without a voice nothing ever ends: about as long as it would take to say it.
  const patience = 1500 + text.length * (language.startsWith("zh") ? 250 : 80);
  const own = ++silent;
  const over = () => {
    if (own === silent) {
      silent += 1;
      done();
    }
  };
  if (voice && voice.getVoices().length > 0) {
    const sentence = new SpeechSynthesisUtterance(text);
    sentence.lang = language;
    sentence.onend = over;
    sentence.onerror = over;
    voice.cancel();
    voice.speak(sentence);
  }
  setTimeout(over, patience * (voice?.getVoices().length ? 3 : 1));
};
globalThis.harkHush = () => {
  silent += 1;
  globalThis.speechSynthesis?.cancel();
};

const styles = document.createElement("link");
styles.rel = "stylesheet";
styles.href = "/admin.css";
await new Promise((ready) => {
  styles.onload = ready;
  styles.onerror = ready;
  document.head.append(styles);
});
