// Starts the application. A file of its own, because the content security policy allows no inline script.
// The theme is painted first: whoever chose dark must not see a white page while the program is on its way.
try {
  document.documentElement.dataset.theme = localStorage["hark.theme"] ?? "system";
} catch {
  // A browser that forbids storage follows the system.
}
// Loads a script that not everybody needs; a program cannot write `import` itself. Some browsers remember that a module
// could not be loaded: under another name it is asked for anew.
globalThis.harkLoad = (path) => import(path).catch(() => import(`${path}?${Date.now()}`));
const { default: init } = await import("/app.js");
await init({ module_or_path: "/app_bg.wasm" });
