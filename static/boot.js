// Starts the application. A file of its own, because the content security policy allows no inline script.
import init from "/app.js";

init({ module_or_path: "/app_bg.wasm" });
