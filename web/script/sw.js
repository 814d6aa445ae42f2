// The worker that answers from the saved copy where there is no signal. Readers get it when they press the button on
// /offline, and lose it with the other one there.
//
// It stores nothing of what pages answer, so nothing of a person who is signed in can stay here: it only hands on what the
// network says, and reads the copy when the network says nothing. That is all it does, in fewer lines than a library of
// routes and strategies would need to be told so; such a library's strategies also store what comes by, and this must not.

import { age, ageWords, asset, due, kept, noted, readable, renew } from "./offline/kept.js";
import { dayIn, speaker } from "./words/speaker.js";

const patience = 3000; // ms for the network where the copy has the page too
const tooOld = 90; // days

// What the server sends with its pages, so that nothing more may run in the copy's.
const headers = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
};

// On the page of a form that somebody fills in, nothing may talk to anybody.
const apart = { ...headers, "Content-Security-Policy": headers["Content-Security-Policy"].replace("connect-src 'self'", "connect-src 'none'") };

const escaped = (text) => text.replace(/[&<>"']/g, (c) => "&#" + c.charCodeAt(0) + ";");
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));

// plainOf parts an address into a place's beginning and the rest.
function plainOf(url) {
  const [, base = "", path] = /^(\/in\/[^/]+)?(.*?)\/*$/.exec(url.pathname);
  return { base, path: path || "/handbook" };
}

// fromCopy is a page of the copy; without one, the page that says so when it is wanted.
async function fromCopy(url, orMissing) {
  const copy = await kept();
  if (!copy) return;
  const frame = await copy.part(copy.list.frame);
  const { words, lang } = speaker(frame.says);
  const { base, path } = plainOf(url);
  const sum = copy.list.pages[path];
  let page = sum && (await copy.part(sum));
  if (path === "/search") page = { title: words("search"), html: frame.search, scripts: copy.list.assets.filter((at) => /\/find\./.test(at)) };
  if (!page && !orMissing) return;
  const found = page || { title: words("missing"), html: frame.missing };
  const banner = filled(frame.banner, {
    age: escaped(ageWords(copy.note, words)),
    day: escaped(dayIn(lang, copy.note.at)),
    here: escaped(url.pathname + url.search),
    old: age(copy.note) > tooOld ? frame.old : "",
    other: page && base && base !== copy.list.base ? frame.other : "",
  });
  const paper = found.paper ? `<link rel="stylesheet" href="${found.paper}" media="print">\n` : "";
  const scripts = paper + (found.scripts || []).map((at) => `<script type="module" src="${at}"></script>`).join("\n");
  const body = filled(frame.page, { title: escaped(found.title), scripts, banner, main: found.html });
  return new Response(body, { status: page ? 200 : 404, headers: found.paper ? apart : headers });
}

// Without a copy there is nothing to take words from: this page alone is English wherever it is read, and says so.
const lost = () =>
  new Response("<!doctype html><html lang=en-GB><meta name=viewport content='width=device-width'><title>No signal</title><h1>You have no signal</h1><p>There is no copy of the handbook on this phone any more. If someone is in danger, call <a href='tel:999'>999</a>.", { status: 503, headers });

// after the network has answered, the copy is renewed when a day is over, or when it has a page that is there no more.
async function after(url, status) {
  const note = await noted();
  if (!note) return;
  const gone = (status === 404 || status === 410) && note.list.pages[plainOf(url).path];
  if (gone || due(note)) await renew();
}

async function page(event, url) {
  const network = fetch(event.request);
  event.waitUntil(network.then((answer) => after(url, answer.status)).catch(() => {}));
  let answer;
  try {
    answer = await Promise.race([network, new Promise((late) => setTimeout(late, patience))]);
  } catch (fault) {} // no signal
  if (answer && answer.status < 500) return answer;
  const own = await fromCopy(url).catch(() => {});
  if (own) return own;
  return network.catch(() => fromCopy(url, true).catch(() => {})).then((last) => last || lost());
}

// A new worker comes with signal. Where it cannot read the copy that is here, the copy is renewed before it takes over.
const readies = async () => {
  const note = await noted();
  if (note && !readable(note.list)) await renew();
};

self.addEventListener("install", (event) => event.waitUntil(readies().catch(() => {}).then(() => self.skipWaiting())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(asset(request).then((own) => own || fetch(request)));
});
