// Suggestions under a search field, as an ARIA combobox. Without this the form is a plain one.
// <input type="search" data-suggest data-says> in a form; GET /-/suggest?q= answers [{title, url, kind}], kind in a reader's words.
import { speakerOf } from "./words/speaker.js";

function make(tag, props, parent) {
  const el = Object.assign(document.createElement(tag), props);
  parent.append(el);
  return el;
}

document.querySelectorAll("[data-suggest]").forEach((input, n) => {
  const id = "suggest-" + n;
  const { words, tell } = speakerOf(input);
  const list = make("ul", { id, className: "cp-suggest", hidden: true }, input.form);
  const status = make("div", { className: "nhsuk-u-visually-hidden" }, input.form);
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words("list"));
  status.setAttribute("role", "status");
  const aria = { role: "combobox", "aria-autocomplete": "list", "aria-controls": id, "aria-expanded": "false" };
  for (const name in aria) input.setAttribute(name, aria[name]);

  let items = [];
  let at = -1;
  let timer;
  let asked;

  function choose(i) {
    at = i;
    [...list.children].forEach((li, k) => li.setAttribute("aria-selected", k === at));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[at].id);
  }

  function show(found) {
    items = found;
    list.textContent = "";
    items.forEach((item, i) => {
      const li = make("li", { id: `${id}-${i}`, textContent: item.title }, list);
      li.setAttribute("role", "option");
      make("span", { textContent: item.kind }, li);
      li.onclick = () => location.assign(item.url);
    });
    choose(-1);
    list.hidden = !items.length;
    input.setAttribute("aria-expanded", !list.hidden);
  }

  function ask() {
    if (self.matchMedia && matchMedia("(prefers-reduced-data: reduce)").matches) return; // each letter would cost an answer
    if (asked) asked.abort();
    const q = input.value.trim();
    if (q.length < 2) return close();
    asked = self.AbortController ? new AbortController() : null;
    fetch("/-/suggest?q=" + encodeURIComponent(q), { signal: asked ? asked.signal : undefined, credentials: "same-origin" })
      .then((r) => (r.ok ? r.json() : []))
      .then((found) => {
        if (input.value.trim() !== q || document.activeElement !== input) return;
        show(found);
        tell(status, items.length ? words("found", items.length) : words("none"));
      })
      .catch(() => {});
  }

  function close() {
    clearTimeout(timer);
    show([]);
    status.textContent = "";
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  input.addEventListener("keydown", (e) => {
    if (list.hidden || e.isComposing) return;
    const size = items.length + 1; // the field itself is one of the stops
    if (e.key === "ArrowDown") choose(((at + 2) % size) - 1);
    else if (e.key === "ArrowUp") choose(((at + size) % size) - 1);
    else if (e.key === "Escape") close();
    else if (e.key === "Enter" && at >= 0) location.assign(items[at].url);
    else return;
    e.preventDefault();
  });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (e) => e.preventDefault()); // keeps the field focused until the click
});

// Ctrl-K leads to the search box of the page. No key does so alone: who speaks to a computer would press it by chance
// (WCAG 2.1.4).
document.addEventListener("keydown", (e) => {
  const k = e.key.toLowerCase() === "k" && (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey;
  const box = document.querySelector("[data-suggest]");
  if (!box || !k) return;
  e.preventDefault();
  box.focus();
  box.select();
  box.scrollIntoView({ block: "nearest" });
});
