// The demo page: shows who may sign in and lets the built-in carrier ring the hotline.
const texts = {
  en: {
    ringing: "Ringing. Calls of the demo that live: ", failed: "The call could not be placed; is the server running with --demo?",
    busy: "The demo's carrier places at most 20 calls at once.", agent: "agent", supervisor: "supervisor", administrator: "administrator",
  },
  zh: {
    ringing: "正在振铃。演示的通话数：", failed: "无法呼叫；服务器是用 --demo 启动的吗？",
    busy: "演示运营商最多同时 20 个呼叫。", agent: "坐席", supervisor: "班长", administrator: "管理员",
  },
};
const byId = (id) => document.getElementById(id);
let language = navigator.language.startsWith("zh") ? "zh" : "en";
let info;

const english = new Map([...document.querySelectorAll("[data-zh]")].map((node) => [node, node.textContent.trim()]));

function show() {
  document.documentElement.lang = language;
  for (const [node, text] of english) node.textContent = language === "zh" ? node.dataset.zh : text;
  byId("language").textContent = language === "zh" ? "English" : "中文";
  byId("language").lang = language === "zh" ? "en" : "zh";
  if (!info) return;
  byId("password").textContent = info.password;
  byId("users").replaceChildren(...info.users.map(([login, role]) => {
    const row = document.createElement("tr");
    for (const text of [login, texts[language][role]]) row.insertCell().textContent = text;
    return row;
  }));
}

const load = async () => (info = await (await fetch("/api/demo")).json());

byId("language").onclick = () => {
  language = language === "zh" ? "en" : "zh";
  byId("status").textContent = "";
  show();
};

byId("call").onclick = async ({ currentTarget: button }) => {
  button.disabled = true;
  try {
    const answer = await fetch("/api/demo/calls", { method: "POST" });
    if (answer.ok) await load();
    byId("status").textContent =
      answer.ok ? texts[language].ringing + info.calls : answer.status === 503 ? texts[language].busy : texts[language].failed;
  } catch {
    byId("status").textContent = texts[language].failed;
  } finally {
    button.disabled = false;
  }
};

// The same server under its other name is another origin.
const other = location.hostname === "localhost" ? "127.0.0.1" : "localhost";
byId("shop").href = `http://${other}:${location.port}/demo/shop.html`;

show();
load().then(show).catch(() => { byId("status").textContent = texts[language].failed; });
