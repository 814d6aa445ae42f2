// The bell in the header counts on while the page is open: the server sends it as the page shows it. A page with a live
// discussion has a socket already (live.js); every other opens one of its own, for the topic "me" under "Live threads" in
// the contract.

import { joinMe } from "./live/me.js";

const bell = document.querySelector("[data-bell]"); // keeps how far it has heard
let tries = 0;
let away = false;

function hear(msg) {
  if (msg.op === "joined") {
    tries = 0;
    bell.dataset.seq = +bell.dataset.seq || msg.seq;
    bell.dataset.epoch = msg.epoch;
  } else if (msg.op === "reset") bell.dataset.seq = 0;
  else if (msg.op === "event" && msg.html) {
    bell.dataset.seq = Math.max(+bell.dataset.seq || 0, msg.seq);
    const template = document.createElement("template");
    template.innerHTML = msg.html; // a part rendered by our own server
    bell.replaceChildren(template.content);
  }
}

function connect() {
  if (away) return;
  const ws = new WebSocket(location.origin.replace("http", "ws") + "/live");
  ws.onopen = () => joinMe(ws, bell);
  ws.onmessage = (m) => {
    const msg = JSON.parse(m.data);
    hear(msg);
    if (msg.op === "reset") joinMe(ws, bell); // from now on
  };
  ws.onclose = (e) => {
    away = away || e.code === 4403;
    setTimeout(connect, e.code === 1012 ? 300 + 1700 * Math.random() : Math.min(60000, 2000 * 2 ** tries++) * (0.5 + Math.random() / 2));
  };
  addEventListener("pagehide", () => ws.close(), { once: true });
}

if (bell && self.WebSocket && !(self.matchMedia && matchMedia("(prefers-reduced-data: reduce)").matches)) {
  addEventListener("cp-me", (e) => hear(e.detail));
  addEventListener("pagehide", () => (away = true));
  addEventListener("pageshow", (e) => {
    if (!e.persisted || document.querySelector("[data-live-topic]")) return;
    away = false;
    connect();
  });
  if (!document.querySelector("[data-live-topic]")) connect();
}
