// Live threads: posts arrive while the page is read, and the composer posts without leaving it.
// The page is complete without this; the protocol is under "Live threads" in the contract. Where a socket does not come
// through, the same events are asked for at /-/live.
//
// <section data-live-topic="thread:ID" data-seq="N" data-epoch="E"> holds <ol data-posts>, <p role="status" data-live-status>,
// and, where wanted, <button data-live-jump hidden>, [data-live-present] and <form data-live-form> with a hidden client_key.
// What is said of it is in its data-says.

import { asker } from "./live/ask.js";
import { joinMe } from "./live/me.js";
import { watch } from "./live/seen.js";
import { speakerOf } from "./words/speaker.js";
import { insert } from "./write/field.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

const topics = [...document.querySelectorAll("[data-live-topic]")].map((el) => ({
  el,
  ...speakerOf(el),
  name: el.dataset.liveTopic,
  seq: +el.dataset.seq || 0,
  epoch: el.dataset.epoch || "",
  list: el.querySelector("[data-posts]"),
  status: el.querySelector("[data-live-status]"),
  jump: el.querySelector("[data-live-jump]"),
  present: el.querySelector("[data-live-present]"),
  unseen: [], // posts that came out of view
  heard: 0, // posts since the last announcement
  posted: 0, // when our own post was sent
  joined: false,
  over: false, // no longer followed until the page is loaded again
}));

let socket;
let timer;
let tries = 0;
let failed = 0; // sockets in a row on which nothing was heard
let away = false; // the page is in the back-forward cache, or may not come back

const mostFailed = 3; // then the page asks, until a socket comes through
const silence = 15000; // a way that opens sockets and carries nothing is blocked, too
const bell = document.querySelector("[data-bell]"); // bell.js hears of it here

function connect() {
  clearTimeout(timer);
  if (away || (socket && socket.readyState < 2)) return;
  let ws;
  try {
    ws = socket = new WebSocket(location.origin.replace("http", "ws") + "/live");
  } catch (_) {
    return again({});
  }
  let heard = false;
  let asked = []; // topics whose answers have not come; they come in this order
  const waited = setTimeout(() => ws.close(), silence);
  ws.onopen = () => {
    asked = topics.filter((t) => !t.over);
    for (const t of asked) ws.send(JSON.stringify({ op: "join", topic: t.name, since: t.seq, epoch: t.epoch }));
    if (bell) joinMe(ws, bell);
  };
  ws.onmessage = (m) => {
    if (!heard) clearTimeout(waited);
    heard = true;
    failed = 0;
    asking.stop();
    const msg = JSON.parse(m.data);
    if (msg.topic === "me") {
      dispatchEvent(new CustomEvent("cp-me", { detail: msg }));
      if (msg.op === "reset") joinMe(ws, bell);
    }
    if (msg.code === "no-topic" && asked.length) on.left(asked[0]); // it is gone, or was closed to us, while we were away
    asked = asked.filter((t) => !t.over && t.name !== msg.topic);
    for (const t of topics) if (t.name === msg.topic && !t.over && on[msg.op]) on[msg.op](t, msg);
  };
  ws.onclose = (e) => {
    clearTimeout(waited);
    for (const t of topics) t.joined = false;
    if (e.code === 4403) {
      away = true;
      for (const t of topics) stop(t, t.words("signed-out"));
    }
    if (!heard) failed++;
    again(e);
  };
}

function again(e) {
  if (away || topics.every((t) => t.over)) return asking.stop();
  if (!e.code || failed >= mostFailed) asking.start();
  const wait = e.code === 1012 ? 300 + 1700 * Math.random() : Math.min(30000, 1000 * 2 ** tries++) * (0.5 + Math.random() / 2);
  timer = setTimeout(connect, wait);
}

const asking = asker(() => Promise.all(topics.filter((t) => !t.over).map(catchUp)));

// Asks for what happened in a topic, as if a socket said it.
async function catchUp(t) {
  const where = new URLSearchParams({ topic: t.name, since: t.seq, epoch: t.epoch, me: (t.list && t.list.dataset.me) || "" });
  const r = await fetch("/-/live?" + where, { credentials: "same-origin" }).catch(() => ({}));
  if (t.over || !asking.on) return;
  if (r.status === 404) on.left(t);
  if (r.status === 410) on.reset(t);
  if (r.status !== 200) return; // nothing new, or not to be reached
  const { events, more } = await r.json();
  for (const msg of events) on.event(t, msg);
  if (more) return catchUp(t);
}

const on = {
  joined(t, msg) {
    tries = 0;
    t.joined = true;
    t.epoch = msg.epoch;
    t.seq = t.seq || msg.seq; // what lies between comes as events
    on.presence(t, msg);
  },
  presence(t, msg) {
    const n = (msg.present || []).length;
    if (t.present) t.tell(t.present, n > 1 ? t.words("present", n) : "");
  },
  event(t, msg) {
    if (msg.seq <= t.seq) return;
    t.seq = msg.seq;
    const post = parse(msg.html);
    const old = document.getElementById(post ? post.id : "post-" + msg.id);
    if (msg.kind === "thread.changed") offer(t, t.words("changed"));
    else if (msg.kind === "post.created") old || !post || arrive(t, post);
    else if (old && post) replace(old, own(t, post));
    else if (old && msg.kind === "post.removed") hold(() => bottom(t.list), () => old.remove());
  },
  reset(t) {
    stop(t, t.words("behind"));
  },
  left(t) {
    stop(t, t.words("left"));
  },
};

function stop(t, why) {
  t.over = true;
  t.joined = false;
  if (topics.every((x) => x.over)) asking.stop();
  offer(t, why);
}

// The one place where markup becomes nodes: a part rendered by our own server.
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html || "";
  return template.content.firstElementChild;
}

// Changes what lies above the reader without moving the page under them.
function hold(edge, change) {
  const before = edge();
  change();
  if (before < 0) scrollBy({ top: edge() - before, behavior: "instant" });
}
const bottom = (el) => el.getBoundingClientRect().bottom;

// A part is made for all members at once. What is the reader's own shows here: their reactions, and what they may change.
function own(t, post) {
  const me = t.list && t.list.dataset.me;
  if (!me) return post;
  for (const el of post.querySelectorAll("[data-own]")) el.hidden = el.dataset.own !== me;
  for (const el of post.querySelectorAll("[data-reacted]")) {
    const mine = el.dataset.reacted.split(" ").includes(me);
    el.setAttribute("aria-pressed", mine);
    el.name = mine ? "off" : "on";
  }
  return post;
}

function arrive(t, post) {
  const by = post.querySelector("[data-own]");
  const ours = Date.now() - t.posted < 1500 && (!by || by.dataset.own === t.list.dataset.me); // others write meanwhile
  post.classList.add("cp-post--fresh");
  setTimeout(() => post.classList.remove("cp-post--fresh"), 9000);
  hold(() => bottom(t.list), () => t.list.append(own(t, post)));
  watch(post);
  if (ours) return;
  const box = post.getBoundingClientRect();
  if (box.bottom < 0 || box.top > innerHeight - 40) {
    t.unseen.push(post);
    if (sight) sight.observe(post);
    count(t);
  }
  t.heard++;
  clearTimeout(t.telling);
  t.telling = setTimeout(() => {
    say(t, t.heard === 1 ? t.words("reply-from", post.dataset.by) : t.words("replies", t.heard));
    t.heard = 0;
  }, 400);
}

function replace(old, post) {
  const held = old.contains(document.activeElement) && document.activeElement;
  let now = old;
  hold(() => bottom(now), () => {
    const more = old.querySelector("details[open]");
    old.replaceWith(post);
    now = post;
    watch(post);
    if (more && post.querySelector("details")) post.querySelector("details").open = true;
  });
  if (!held) return;
  const same = [...post.querySelectorAll(held.localName)].find((el) => el.value === held.value && el.getAttribute("href") === held.getAttribute("href"));
  if (same) same.focus({ preventScroll: true });
}

const sight = self.IntersectionObserver && new IntersectionObserver((seen) => {
  for (const s of seen) if (s.isIntersecting) for (const t of topics) see(t, s.target);
});

function see(t, post) {
  const at = t.unseen.indexOf(post);
  if (at < 0) return;
  if (sight) sight.unobserve(post);
  t.unseen.splice(at, 1);
  count(t);
}

function count(t) {
  if (!t.jump) return;
  t.jump.hidden = !t.unseen.length;
  t.tell(t.jump, t.words("replies", t.unseen.length));
}

function say(t, text, wrong) {
  if (!t.status) return;
  t.tell(t.status, text);
  t.status.classList.toggle("nhsuk-error-message", !!wrong);
}

function offer(t, text) {
  say(t, text + " ");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cp-plain-button";
  t.tell(button, t.words("reload"));
  button.onclick = () => location.reload();
  if (t.status) t.status.append(button);
}

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

// Kept for this tab, where the browser lets us.
const shelf = {
  get(name) {
    try {
      return sessionStorage.getItem(name) || "";
    } catch (_) {
      return "";
    }
  },
  set(name, value) {
    try {
      if (value) sessionStorage.setItem(name, value);
      else sessionStorage.removeItem(name);
    } catch (_) {
      // storage may be switched off
    }
  },
};

const patience = 30000; // with a line that carries nothing: what is sent again is not posted twice

// The composer. Text that was typed is kept until it has arrived: over a failure, a closed page and a sign-in.
function compose(t, form) {
  const text = form.querySelector("textarea");
  const draft = "cp-draft:" + form.getAttribute("action");
  const sent = "cp-sent:" + form.getAttribute("action");
  if (shelf.get(sent) && location.hash.startsWith("#post-")) shelf.set(draft, ""); // the plain form was answered
  shelf.set(sent, "");
  const window_ = form.elements.autosave; // what is kept of this window on the server
  if (!text.value && shelf.get(draft)) {
    text.value = shelf.get(draft);
    const offered = window_ && [...document.querySelectorAll("[data-window]")].find((el) => el.dataset.window === shelf.get(draft + ":window"));
    if (offered) {
      window_.value = offered.dataset.window; // it goes on here
      offered.remove();
    }
  }
  text.addEventListener("input", () => {
    shelf.set(draft, text.value);
    if (window_) shelf.set(draft + ":window", window_.value);
  });

  const natively = () => {
    shelf.set(draft, text.value); // signing out elsewhere has emptied the shelf
    shelf.set(sent, "1");
    form.submit();
  };
  let busy = false;
  const failed = () => {
    busy = false;
    t.posted = 0;
    say(t, t.words("not-posted"), true);
  };
  const arrived = (since, words) => {
    const more = text.value === words ? "" : text.value.startsWith(words) ? text.value.slice(words.length).trimStart() : text.value; // written meanwhile
    shelf.set(draft, more);
    if (!t.joined && !asking.on) return location.reload(); // nothing else would show it
    busy = false;
    t.posted = Date.now();
    asking.now();
    text.value = more;
    form.elements.client_key.value = freshKey();
    for (const el of form.querySelectorAll("[name=reply_to], .cp-post__to")) el.remove();
    say(t, t.words("posted"));
    setTimeout(() => t.seq === since && offer(t, t.words("posted-elsewhere")), 5000); // the socket may have gone quiet
  };
  form.addEventListener("submit", (e) => {
    if (busy) return e.preventDefault();
    if (!text.value.trim()) return;
    if (form.elements.file && form.elements.file.value) return; // a file goes as forms send it
    e.preventDefault();
    busy = true;
    const since = t.seq;
    const words = text.value;
    const stop = self.AbortController ? new AbortController() : {};
    const late = setTimeout(() => stop.abort && stop.abort(), patience);
    t.posted = Date.now() + 20000; // ours until the answer comes
    fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin", signal: stop.signal })
      .then((r) => {
        if (r.ok && !new URL(r.url).pathname.startsWith("/sign-in")) arrived(since, words);
        else if (r.status === 429 || r.status >= 500) failed();
        else natively(); // the page of the answer says what is wrong
      })
      .catch(failed)
      .finally(() => clearTimeout(late));
  });
}

// A reaction goes without leaving the page; what it changes comes back as for everybody else.
function react(e) {
  const form = e.target.closest("[data-react]");
  const t = form && topics.find((x) => (x.joined || (asking.on && !x.over)) && x.el.contains(form));
  if (!t || !e.submitter) return;
  e.preventDefault();
  const button = e.submitter;
  const word = button.firstChild.textContent.trim();
  fetch(form.action, { method: "POST", body: new URLSearchParams({ [button.name]: button.value }), credentials: "same-origin", redirect: "manual" })
    .then((r) => (r.type === "opaqueredirect" || r.ok ? say(t, button.name === "on" ? t.words("given", word) : t.words("taken-back", word)) : Promise.reject(r)))
    .then(asking.now)
    .catch(() => say(t, t.words("not-sent"), true));
}

// What was selected last of a post: the selection itself goes when the keyboard moves on to "Quote".
let chosen = {};
function choose() {
  const s = getSelection();
  if (s.isCollapsed) return;
  const words = (s.anchorNode.closest ? s.anchorNode : s.anchorNode.parentElement).closest(".cp-text");
  chosen = words && words.contains(s.focusNode) ? { words, text: s.toString() } : {};
}

// What is selected of a post, or all of it, goes into the reply with who said it and where.
function quote(e) {
  const link = e.target.closest("[data-quote]");
  const t = link && topics.find((x) => x.el.contains(link));
  const form = t && t.el.querySelector("[data-live-form]");
  if (!form) return;
  e.preventDefault();
  const post = link.closest(".cp-post");
  const words = post.querySelector(".cp-text");
  const part = chosen.words === words ? chosen.text : words.innerText;
  chosen = {};
  const text = form.querySelector("textarea");
  const said = `[${link.dataset.quote.replace(/[[\]]/g, "")}](/discussions/${t.name.slice(7)}/posts/${post.id.slice(5)})`;
  const lines = part.trim().replace(/\n{2,}/g, "\n\n").replace(/^/gm, "> ");
  text.setSelectionRange(text.value.length, text.value.length);
  insert(text, `${text.value.trim() ? "\n\n" : ""}${t.words("wrote", said)}\n\n${lines}\n\n`);
  text.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  say(t, t.words("quoted"));
}

// A post that is not on this page has one of its own in the thread.
function elsewhere() {
  const post = /^#post-([a-z0-9]{15})$/.exec(location.hash);
  const t = topics.find((x) => x.name.startsWith("thread:"));
  if (post && t && !document.getElementById(location.hash.slice(1))) location.replace(`/discussions/${t.name.slice(7)}/posts/${post[1]}`);
}

if (topics.length) {
  document.documentElement.classList.add("cp-is-live");
  for (const t of topics) {
    for (const form of t.el.querySelectorAll("[data-live-form]")) compose(t, form);
    if (t.jump) {
      t.jump.onclick = () => {
        const post = t.unseen[0];
        post.tabIndex = -1;
        post.focus({ preventScroll: true });
        post.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
        for (const p of [...t.unseen]) see(t, p);
      };
    }
  }
  document.addEventListener("submit", react);
  document.addEventListener("selectionchange", choose);
  document.addEventListener("mousedown", (e) => (e.target.closest("[data-quote]") ? e.preventDefault() : (chosen = {})));
  document.addEventListener("click", quote);
  addEventListener("hashchange", elsewhere);
  elsewhere();
  addEventListener("pagehide", () => {
    away = true;
    asking.stop();
    if (socket) socket.close();
  });
  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    away = false;
    connect();
  });
  addEventListener("online", connect);
  connect();
}
