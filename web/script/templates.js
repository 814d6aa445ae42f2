// A form that is filled in on the page and nowhere else: <form data-fill="ID">, its questions [data-ask], and beside it
// buttons that print it, make a file of it, empty it, and keep it in this browser. Nothing here asks the network for
// anything. Nothing is stored before the box "Keep on this phone" is ticked.
import { dayIn, speakerOf } from "./words/speaker.js";

const form = document.querySelector("[data-fill]");
const acts = document.querySelector("[data-fill-acts]");
const part = (name) => acts.querySelector(`[data-fill-${name}]`);
const said = part("said");
const { words, tell, lang } = speakerOf(acts);
const box = acts.querySelector("#keep");
const asks = [...form.querySelectorAll("[data-ask]")];
const title = form.querySelector(".cp-fill__title").innerHTML; // as a file has to have it
const today = () => new Date().toISOString().slice(0, 10);

// What is written. An answer is a text, or the labels of the choices that are ticked.

const ticks = (ask) => [...ask.querySelectorAll("[type=checkbox], [type=radio]")];
const labelOf = (tick) => tick.nextElementSibling.textContent;
const field = (ask) => ask.querySelector("textarea, input[type=text]");

function answer(ask) {
  return field(ask) ? field(ask).value.trim() : ticks(ask).filter((tick) => tick.checked).map(labelOf);
}

function answers() {
  const all = {};
  for (const ask of asks) if (answer(ask).length) all[ask.dataset.ask] = answer(ask);
  return all;
}

function write(all) {
  for (const ask of asks) {
    const given = all[ask.dataset.ask] || "";
    if (field(ask)) field(ask).value = given;
    for (const tick of ticks(ask)) tick.checked = given.includes(labelOf(tick));
  }
  show();
}

// On paper what was typed stands as text, in boxes that grow with it.

for (const ask of asks) {
  if (!field(ask)) continue;
  const written = document.createElement("div");
  written.className = "cp-ask__written";
  written.setAttribute("aria-hidden", "true");
  ask.append(written);
}
form.classList.add("cp-fill--live");

function show() {
  for (const ask of asks) {
    const typed = field(ask);
    if (!typed) continue;
    ask.lastElementChild.textContent = typed.value.trim();
    ask.classList.toggle("cp-ask--written", typed.value.trim() !== "");
    if (!CSS.supports("field-sizing", "content") && typed.matches("textarea")) {
      typed.style.height = "";
      typed.style.height = typed.scrollHeight + 4 + "px";
    }
  }
  tell(form.querySelector("[data-fill-today]"), Object.keys(answers()).length ? dayIn(lang, new Date()) : "");
}

// The sheet as it is printed, for files and to be measured: every answer as text, nothing to type in.
function sheet() {
  show();
  const copy = form.cloneNode(true);
  copy.removeAttribute("data-fill");
  for (const el of copy.querySelectorAll("button, textarea, input[type=text]")) el.remove();
  const was = form.querySelectorAll("[type=checkbox], [type=radio]");
  copy.querySelectorAll("[type=checkbox], [type=radio]").forEach((tick, i) => {
    tick.toggleAttribute("checked", was[i].checked);
    tick.disabled = true;
  });
  return copy;
}

// The style of paper, which nobody waits for: it may come after this script, or on a bad line not at all.
const paper = () => [...document.styleSheets].find((s) => s.href && s.href.includes("/form."));
const rules = () => [...(paper() ? paper().cssRules : [])].map((r) => r.cssText).join("\n");

// Much that is written becomes smaller until it fits the page that it has to fit on; the sheet is laid out to see it.
const pageHeight = (270 / 25.4) * 96;

function fit() {
  delete form.dataset.fit;
  if (!form.classList.contains("cp-fill--one") || !asks.some((a) => a.matches(".cp-ask--written")) || !paper() || !form.attachShadow || !window.CSSStyleSheet.prototype.replaceSync) return true;
  const measure = document.createElement("div");
  measure.className = "cp-fill-measure";
  const inside = measure.attachShadow({ mode: "closed" });
  const style = new CSSStyleSheet();
  style.replaceSync(rules() + ":host{width:180mm}");
  inside.adoptedStyleSheets = [style];
  const copy = sheet();
  inside.append(copy);
  document.body.append(measure);
  let step = 0;
  while (copy.offsetHeight > pageHeight + 1 && step < 4) copy.dataset.fit = ++step;
  const fits = copy.offsetHeight <= pageHeight + 1;
  measure.remove();
  if (step) form.dataset.fit = step;
  return fits;
}

window.addEventListener("beforeprint", () => {
  show();
  fit();
});

part("print").addEventListener("click", () => {
  show();
  tell(said, fit() ? "" : words("long"));
  print();
});

part("download").addEventListener("click", () => {
  fit();
  const page = `<!doctype html>
<html lang="${document.documentElement.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${rules()}</style>
</head>
<body class="cp-file">
${sheet().outerHTML}
</body>
</html>
`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  link.download = `${location.pathname.split("/").pop()}-${today()}.html`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  tell(said, words("downloaded"));
});

part("empty").addEventListener("click", () => {
  if (!confirm(words("empty"))) return;
  write({});
  if (box.checked) remove();
  tell(said, words("emptied"));
});

// What is kept: one entry for each template, with the day on which it was last opened or written in.

const prefix = "commonplace-form ";
const key = prefix + form.dataset.fill;
const keptDays = 90;
let store = null;
try {
  store = window.localStorage;
} catch {
  // switched off
}

function read(name) {
  try {
    return JSON.parse(store.getItem(name)) || {};
  } catch {
    return {};
  }
}

function clearOld() {
  for (const name of Object.keys(store)) {
    if (name.startsWith(prefix) && !(Date.now() - Date.parse(read(name).used) < keptDays * 864e5)) store.removeItem(name);
  }
}

function keep() {
  try {
    store.setItem(key, JSON.stringify({ used: today(), answers: answers() }));
    part("kept").hidden = false;
    return true;
  } catch {
    box.checked = false;
    tell(said, words("cannot"));
    return false;
  }
}

function remove() {
  store.removeItem(key);
  box.checked = false;
  part("kept").hidden = true;
}

box.addEventListener("change", () => {
  if (!box.checked) {
    remove();
    tell(said, words("removed"));
  } else if (keep()) tell(said, words("kept"));
});

part("remove").addEventListener("click", () => {
  remove();
  tell(said, words("removed-still"));
  box.focus();
});

form.addEventListener("input", (e) => {
  if (e.target.type === "checkbox" && e.target.checked) {
    for (const other of ticks(e.target.closest("[data-ask]"))) other.checked = other === e.target; // one choice
  }
  show();
  if (box.checked) keep();
});
form.addEventListener("submit", (e) => e.preventDefault());

for (const name of ["print", "download", "empty"]) part(name).hidden = false;
part("none").hidden = true;
if (store) {
  clearOld();
  const kept = store.getItem(key) !== null;
  box.checked = false; // whatever the browser remembers of the last time
  part("keep").hidden = false;
  if (kept) {
    write(read(key).answers || {});
    box.checked = true;
    keep();
    tell(said, words("found"));
  }
}
show();
