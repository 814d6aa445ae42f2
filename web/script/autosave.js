// Keeps what is typed into a form and not saved: on this device at once, on the server every few seconds. It waits there
// until it is saved, taken up or thrown away; each window keeps its own, so none writes over another's.
// <form data-autosave="ADDRESS" data-person="ID"> has hidden fields autosave and autosave_from; [data-autosave-said] says how
// it stands, and what is found on this device comes before the form, made by the server as all else.

const here = 250; // ms until what was typed lies on this device
const there = 2500; // and on the server
const month = 30 * 24 * 3600e3;
const freshName = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => (b % 36).toString(36)).join("");

// The shelf on this device: one entry for each window, by its name. Where the browser has none, it takes and gives nothing.
const shelf = (() => {
  let opened;
  const open = () =>
    opened ||
    (opened = new Promise((done, failed) => {
      const asked = indexedDB.open("commonplace", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("autosaves", { keyPath: "window" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = asked.onblocked = () => failed(asked.error);
    }));
  const use = (mode, what) =>
    open().then(
      (db) =>
        new Promise((done, failed) => {
          const t = db.transaction("autosaves", mode);
          const asked = what(t.objectStore("autosaves"));
          t.oncomplete = () => done(asked.result);
          t.onerror = t.onabort = () => failed(t.error);
        })
    );
  return {
    all: () => use("readonly", (s) => s.getAll()),
    put: (entry) => use("readwrite", (s) => s.put(entry)),
    take: (name) => use("readwrite", (s) => s.delete(name)),
  };
})();

const addressOf = (entry, more) => "/-/autosave?" + new URLSearchParams({ at: entry.address, window: entry.window, from: entry.from || "", ...more });

// Sends an entry, and gives the answer or the status that there was instead of one, 0 without a connection.
function send(entry, more) {
  const stop = self.AbortController ? new AbortController() : {};
  const timer = setTimeout(() => stop.abort && stop.abort(), 10000);
  return fetch(addressOf(entry, more), { method: "POST", body: new URLSearchParams(entry.fields), credentials: "same-origin", signal: stop.signal })
    .then((r) => (r.ok ? r.json() : { status: r.status }))
    .catch(() => ({ status: 0 }))
    .then((answer) => (clearTimeout(timer), answer));
}

const trouble = {
  0: "you are offline. We go on trying",
  403: "you are signed out. Sign in again in another window",
  413: "it is too long for the server",
};

function keep(form) {
  const name = form.elements.autosave;
  const from = form.elements.autosave_from;
  const person = form.dataset.person;
  const shown = form.querySelector("[data-autosave-said]");
  const heard = document.createElement("span");
  heard.className = "nhsuk-u-visually-hidden";
  heard.setAttribute("role", "status");
  shown.after(heard);
  name.value = name.value || freshName();

  let typed = 0; // how often, so far
  let sent = 0; // what of it the server has
  let kept = 0; // what of it this device has
  let shelved = true; // this device keeps
  let saving = false; // the form was sent off
  let busy = false;
  let wait = there;
  let shelfTimer, sendTimer, state;

  const fields = () => [...new FormData(form)].filter(([k, v]) => typeof v === "string" && k !== "autosave" && k !== "autosave_from");
  const entry = () => ({ window: name.value, person, address: form.dataset.autosave, from: from.value, at: Date.now(), fields: fields(), sent: sent === typed, saving });

  // What changes is heard; the time is only seen, for it changes all the time.
  function say(now, text) {
    shown.hidden = false;
    shown.textContent = text;
    shown.classList.toggle("cp-autosave--here", now !== "there");
    if (now !== state && (state || now !== "there")) heard.textContent = now === "there" ? "Autosaved" : text;
    state = now;
  }

  function shelve() {
    clearTimeout(shelfTimer);
    shelfTimer = 0;
    const now = typed;
    return shelf.put(entry()).then(
      () => ((kept = now), (shelved = true)),
      () => (shelved = false)
    );
  }

  function later(ms) {
    if (!sendTimer) sendTimer = setTimeout(pass, ms);
  }

  function pass() {
    clearTimeout(sendTimer);
    sendTimer = 0;
    if (busy || saving || sent === typed) return;
    busy = true;
    const now = typed;
    send(entry()).then((answer) => {
      busy = false;
      if (answer.ended && !saving) {
        another();
        return pass();
      }
      if (answer.at) {
        sent = now;
        wait = there;
        from.value = "";
        say("there", "Autosaved at " + answer.at);
        shelve();
      } else if (!answer.ended && !saving) {
        const why = trouble[answer.status] || "the server cannot take it just now. We go on trying";
        say("here " + why, shelved ? `Autosaved on this device only: ${why}.` : `Not autosaved: ${why}. Save before you leave this page.`);
        wait = Math.min(30000, wait * 1.5);
      }
      if (sent !== typed) later(wait);
    });
  }

  // What this window kept so far was saved, thrown away or taken up elsewhere: it goes on under another name.
  function another() {
    shelf.take(name.value).catch(() => {});
    name.value = freshName();
    from.value = "";
  }

  function touch(e) {
    if (e && e.target.closest("[data-no-autosave]")) return;
    typed++;
    saving = false;
    if (!shelfTimer) shelfTimer = setTimeout(shelve, here);
    later(wait);
  }

  function leave() {
    if (kept !== typed) shelve();
    if (sent === typed || saving) return;
    const e = entry();
    if (navigator.sendBeacon) navigator.sendBeacon(addressOf(e), new URLSearchParams(e.fields));
  }

  form.addEventListener("input", touch);
  form.addEventListener("change", touch);
  form.addEventListener("submit", () => {
    saving = true;
    if (typed) shelve();
  });
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  addEventListener("online", () => ((wait = there), pass()));
  addEventListener("pageshow", (e) => {
    if (!e.persisted || !saving) return;
    saving = false;
    another();
  });
}

// What lies on this device and never reached the server goes there now, and is offered with the rest.
function bringBack(entry, tries) {
  if (entry.sent || Date.now() - entry.at > month) return shelf.take(entry.window);
  return send(entry, { offer: 1 }).then((answer) => {
    if (answer.at) {
      offer(entry, answer);
      return shelf.take(entry.window);
    }
    if (!answer.ended) return;
    shelf.take(entry.window);
    // Its window was saved. What was typed after that was not.
    if (!entry.saving && !tries) return bringBack(Object.assign(entry, { window: freshName(), from: "" }), 1);
  });
}

function offer(entry, answer) {
  const form = document.querySelector("[data-autosave]");
  if (entry.address !== form.dataset.autosave) return;
  const template = document.createElement("template");
  template.innerHTML = answer.html; // rendered by our own server
  const old = document.getElementById("unsaved-" + answer.id);
  if (old) return old.parentNode.replaceWith(template.content);
  const others = document.querySelector("[id^=unsaved-]");
  (others ? others.parentNode : form).before(template.content);
}

const forms = [...document.querySelectorAll("[data-autosave]")];
const open = new Set(forms.map((f) => f.elements.autosave.value));
const left = (e) => e.person === forms[0].dataset.person && !open.has(e.window);
if (forms.length) {
  shelf
    .all()
    .then((entries) => Promise.all(entries.filter(left).map((e) => bringBack(e))))
    .catch(() => {})
    .then(() => (document.documentElement.dataset.autosaves = "all")); // that there were are on the server by now
  forms.forEach(keep);
}
