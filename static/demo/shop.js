// A real site writes one line, <script src="https://desk.example/widget.js" data-number="95599"></script>; this page
// must first find out under which other name the demo's server is an origin of its own.
const other = location.hostname === "localhost" ? "127.0.0.1" : "localhost";
const loader = document.createElement("script");
loader.src = `http://${other}:${location.port}/widget.js`;
Object.assign(loader.dataset, { number: "95599", tenant: "demo", lang: navigator.language });
document.body.append(loader);
