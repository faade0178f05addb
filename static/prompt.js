// Uploads a sound as a prompt: whatever the browser can decode, as a WAV file of 16 bits, 16 kHz, one channel.
const RATE = 16000;

export async function keep(file, method, path) {
  let samples;
  try {
    // The context's rate is what it decodes to.
    const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
    samples = mixed(sound);
  } catch {
    return { status: 0, text: "" };
  }
  const headers = { accept: "application/json", "content-type": "audio/wav" };
  const answer = await fetch(path, { method, headers, body: wav(samples) });
  return { status: answer.status, text: await answer.text() };
}

function mixed(sound) {
  const samples = sound.getChannelData(0).slice();
  for (let channel = 1; channel < sound.numberOfChannels; channel++) {
    sound.getChannelData(channel).forEach((sample, at) => (samples[at] += sample));
  }
  return samples.map((sample) => sample / sound.numberOfChannels);
}

function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const word = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // The format's length,
  view.setUint16(20, 1, true); // PCM,
  view.setUint16(22, 1, true); // channels,
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true); // bytes a second,
  view.setUint16(32, 2, true); // bytes a frame,
  view.setUint16(34, 16, true); // bits a sample.
  word(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, at) => view.setInt16(44 + at * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
  return view.buffer;
}
