// Starts the frame. A file of its own, because the content security policy allows no inline script.
import init from "/widget/frame.js";

init({ module_or_path: "/widget/frame_bg.wasm" });
