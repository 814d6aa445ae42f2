// The bell in the header counts on while the page is open: the server sends it as the page shows it. A page with a live
// discussion has a socket already (live.js); every other opens one of its own, for the topic "me" under "Live threads" in
// the contract.

const bell = document.querySelector("[data-bell]");
let last = 0;
let tries = 0;
let epoch = "";
let away = false;

function hear(msg) {
  if (msg.op === "joined") {
    tries = 0;
    last = last || msg.seq;
    epoch = msg.epoch;
  } else if (msg.op === "reset") last = 0;
  else if (msg.op === "event" && msg.html) {
    last = Math.max(last, msg.seq);
    const template = document.createElement("template");
    template.innerHTML = msg.html; // a part rendered by our own server
    bell.replaceChildren(template.content);
  }
}

function connect() {
  if (away) return;
  const ws = new WebSocket(location.origin.replace("http", "ws") + "/live");
  ws.onopen = () => ws.send(JSON.stringify({ op: "join", topic: "me", since: last, epoch }));
  ws.onmessage = (m) => hear(JSON.parse(m.data));
  ws.onclose = (e) => {
    away = away || e.code === 4403;
    setTimeout(connect, e.code === 1012 ? 300 + 1700 * Math.random() : Math.min(60000, 2000 * 2 ** tries++) * (0.5 + Math.random() / 2));
  };
  addEventListener("pagehide", () => ws.close(), { once: true });
}

if (bell && self.WebSocket) {
  addEventListener("cp-me", (e) => hear(e.detail));
  addEventListener("pagehide", () => (away = true));
  addEventListener("pageshow", (e) => {
    if (!e.persisted || document.querySelector("[data-live-topic]")) return;
    away = false;
    connect();
  });
  if (!document.querySelector("[data-live-topic]")) connect();
}
