// Starts the application. A file of its own, because the content security policy allows no inline script.
// The theme is painted first: whoever chose dark must not see a white page while the program is on its way.
try {
  document.documentElement.dataset.theme = localStorage["hark.theme"] ?? "system";
} catch {
  // A browser that forbids storage follows the system.
}
const { default: init } = await import("/app.js");
await init({ module_or_path: "/app_bg.wasm" });
