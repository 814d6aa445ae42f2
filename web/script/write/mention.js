// Mentions: after @ and a letter or more, those who may be mentioned are offered below the field, for the keys and the
// pointer. The list belongs to the field as a combobox does; what is chosen is written as Markdown.
// <form data-mention="THREAD"> around a Markdown field; without a thread, the form's space and document say who may read.
import { insert } from "./field.js";

const typed = /(^|[\s(])@([\p{L}\p{N}][\p{L}\p{N} .'’-]{0,30})$/u;

export function mentions() {
  for (const form of document.querySelectorAll("[data-mention]")) for (const field of form.querySelectorAll("textarea")) offer(form.dataset.mention, field);
}

function offer(thread, field) {
  const list = Object.assign(document.createElement("ul"), { id: field.id + "-mentions", className: "cp-mentions", hidden: true });
  const heard = Object.assign(document.createElement("p"), { className: "nhsuk-u-visually-hidden" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People and groups to mention");
  heard.setAttribute("role", "status");
  field.after(list, heard);
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  let at = -1;
  let timer;
  let asked = 0;

  const close = () => {
    list.hidden = true;
    at = -1;
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (n) => {
    at = (n + list.children.length) % list.children.length;
    [...list.children].forEach((li, i) => li.setAttribute("aria-selected", i === at));
    field.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const word = () => (field.selectionStart === field.selectionEnd ? typed.exec(field.value.slice(0, field.selectionEnd)) : null);
  const take = (n) => {
    const found = word();
    const text = list.children[n].dataset.text;
    close();
    if (!found) return;
    field.setSelectionRange(field.selectionEnd - found[2].length - 1, field.selectionEnd);
    insert(field, text + " ");
  };
  const show = (people) => {
    list.textContent = "";
    people.forEach((p, i) => {
      const li = document.createElement("li");
      li.id = `${list.id}-${i}`;
      li.dataset.text = p.text;
      li.setAttribute("role", "option");
      li.append(Object.assign(document.createElement("bdi"), { textContent: p.name }), Object.assign(document.createElement("span"), { textContent: p.role }));
      li.addEventListener("mousedown", (e) => e.preventDefault());
      li.addEventListener("click", () => take(i));
      list.append(li);
    });
    list.hidden = !people.length;
    heard.textContent = people.length ? `${people.length} to mention. Arrow keys choose, Enter takes one.` : "";
    if (people.length) mark(0);
    else close();
  };
  const look = () => {
    const found = word();
    const n = ++asked;
    if (!found) return close();
    const where = thread ? { thread } : {};
    for (const name of thread ? [] : ["space", "document"]) if (field.form.elements[name]) where[name] = field.form.elements[name].value;
    fetch("/-/mention?" + new URLSearchParams({ ...where, q: found[2] }), { credentials: "same-origin" })
      .then((r) => (r.ok ? r.json() : []))
      .then((people) => n === asked && show(people))
      .catch(close);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (!word()) return ++asked, close();
    timer = setTimeout(look, 300);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (e) => {
    if (list.hidden) return;
    if (e.key === "ArrowDown") mark(at + 1);
    else if (e.key === "ArrowUp") mark(at - 1);
    else if (e.key === "Enter" || e.key === "Tab") take(at);
    else if (e.key === "Escape") close();
    else return;
    e.preventDefault();
  });
}
