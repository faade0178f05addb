// Hark click-to-call. Attributes: data-number, -tenant, -label, -lang, -color.
(() => {
  const script = document.currentScript, { number, tenant = "", label, lang = navigator.language, color = "" } = script.dataset;
  const origin = new URL(script.src).origin, zh = lang.startsWith("zh"), host = document.createElement("div");
  const name = label || (zh ? "联系我们" : "Call us"), root = host.attachShadow({ mode: "open" });
  host.id = "hark-widget";
  root.innerHTML = "<style>:host{all:initial}button,iframe{position:fixed;right:20px;bottom:20px;z-index:2147483647;border:0;box-shadow:0 4px 20px #0004}button{padding:14px 20px;border-radius:99px;background:#2456c7;color:#fff;font:600 16px system-ui,sans-serif;cursor:pointer}button:focus-visible{outline:3px solid #fff;outline-offset:-6px}iframe{width:340px;height:520px;max-width:calc(100vw - 24px);max-height:calc(100vh - 40px);border-radius:12px;color-scheme:normal}[hidden]{display:none}</style><button type=button></button>";
  const button = root.lastChild;
  let frame;
  button.textContent = name;
  if (/^#[\da-f]{3,8}$/i.test(color)) button.style.background = color;
  const show = (open) => {
    frame.hidden = !open;
    button.hidden = open;
    (open ? frame : button).focus();
  };
  button.onclick = () => {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = name;
      frame.allow = "microphone; autoplay; speaker-selection";
      frame.src = origin + "/widget/frame.html?" + new URLSearchParams({ number, tenant, label: name, lang: zh ? "zh" : "en", color, page: location.href.slice(0, 500) });
      root.append(frame);
    }
    show(true);
  };
  addEventListener("message", (event) => {
    if (frame && event.source === frame.contentWindow && event.origin === origin && event.data === "hark:close") show(false);
  });
  const mount = () => document.body.append(host);
  document.body ? mount() : addEventListener("DOMContentLoaded", mount);
})();
