// Plain words beside the form: the same part that the page has without scripts, asked for while somebody writes. <section
// data-words> holds <button data-words-check> and <div data-words-said>.
import { labelOf, markdownFields, markdownOf, post } from "./field.js";

// Finds a sentence in a field, where marks may stand between its words, and chooses it.
function choose(field, sentence) {
  field.focus();
  const words = sentence.split(/\s+/).map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  for (let n = words.length; n > 2; n = n > 6 ? 6 : n - 1) {
    const m = new RegExp(words.slice(0, n).join("[\\s*_`>\\[\\]#-]+")).exec(field.value);
    if (m) return field.setSelectionRange(m.index, m.index + m[0].length);
  }
}

export function words() {
  const section = document.querySelector("[data-words]");
  if (!section) return;
  const out = section.querySelector("[data-words-said]");
  const button = section.querySelector("[data-words-check]");
  const heard = document.createElement("p");
  heard.className = "nhsuk-u-visually-hidden";
  heard.setAttribute("role", "status");
  section.append(heard);
  const fields = () => {
    const marked = markdownFields();
    return [...document.querySelectorAll("textarea")].filter((f) => marked.includes(f) || f.dataset.count);
  };
  let timer;
  let asked = 0;
  let open = !!out.querySelector("p"); // the page came with an answer

  function check(tell) {
    clearTimeout(timer);
    const mine = ++asked;
    const language = (fields()[0] || document.documentElement).lang;
    return post("/-/plain", { language, fields: fields().map((f) => ({ id: f.id, label: labelOf(f), text: f.value, points: markdownOf(f) === "points" })) }).then(
      ({ html }) => {
        if (mine !== asked) return;
        const template = document.createElement("template");
        template.innerHTML = html; // rendered by our own server
        out.textContent = "";
        out.append(template.content);
        open = true;
        const n = out.querySelectorAll("li").length;
        if (tell) heard.textContent = `${out.querySelector("p").textContent} ${n ? `${n} sentence${n > 1 ? "s" : ""} to mend.` : ""}`;
      },
      () => {
        if (tell) heard.textContent = out.textContent = "The words cannot be checked just now. Try again in a moment.";
      }
    );
  }

  button.addEventListener("click", (e) => {
    e.preventDefault();
    check(true);
  });
  section.closest("form").addEventListener("input", () => {
    if (!open) return;
    clearTimeout(timer);
    timer = setTimeout(check, 2000);
  });
  out.addEventListener("click", (e) => {
    const link = e.target.closest("[data-words-in]");
    const field = link && document.getElementById(link.dataset.wordsIn);
    if (!field) return;
    e.preventDefault();
    const fold = field.closest("details");
    if (fold) fold.open = true;
    choose(field, link.closest("li").querySelector("q").textContent);
    field.scrollIntoView({ block: "center" });
  });
}
