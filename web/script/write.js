// The writing page: how many characters are left, a preview beside a field through the very pipeline of the pages, the
// toolbar, what is pasted, and plain words. The page is complete without.
// <textarea data-count="200" id="summary"> with <div id="summary-info">; <button data-preview="FIELD" hidden> after a field.
import { post } from "./write/field.js";
import { mentions } from "./write/mention.js";
import { pastes } from "./write/paste.js";
import { toolbars } from "./write/toolbar.js";
import { words } from "./write/words.js";

for (const field of document.querySelectorAll("[data-count]")) {
  const shown = document.getElementById(field.id + "-info");
  const heard = document.createElement("div");
  heard.className = "nhsuk-u-visually-hidden";
  heard.setAttribute("role", "status");
  shown.after(heard);
  let timer;
  const count = (tell) => {
    const left = field.dataset.count - [...field.value].length;
    const n = Math.abs(left);
    const text = `You have ${n} character${n === 1 ? "" : "s"} ${left < 0 ? "too many" : "left"}`;
    shown.textContent = text;
    shown.classList.toggle("nhsuk-error-message", left < 0);
    shown.classList.toggle("nhsuk-hint", left >= 0);
    clearTimeout(timer);
    if (tell) timer = setTimeout(() => (heard.textContent = text), 1000);
  };
  field.addEventListener("input", () => count(true));
  count(false);
}

for (const button of document.querySelectorAll("[data-preview]")) {
  const field = document.getElementById(button.dataset.preview);
  const region = document.createElement("div");
  let shown;
  region.id = field.id + "-preview";
  region.className = "cp-preview cp-text";
  region.hidden = true;
  region.setAttribute("role", "region");
  region.setAttribute("aria-live", "polite");
  region.setAttribute("aria-label", "Preview of " + field.labels[0].textContent.trim());
  button.parentNode.after(region);
  button.setAttribute("aria-controls", region.id);
  button.setAttribute("aria-expanded", "false");
  button.hidden = false;

  const open = (yes) => {
    region.hidden = !yes;
    button.setAttribute("aria-expanded", yes);
    if (yes) region.scrollIntoView({ block: "nearest" });
  };
  button.addEventListener("click", () => {
    const text = field.value;
    if (!region.hidden && text === shown) return open(false);
    // A field of points has one on each line.
    const markdown = "previewPoints" in button.dataset ? text.replace(/^\s*(?=\S)/gm, "- ") : text;
    post("/-/preview", { markdown })
      .then(({ html }) => {
        const template = document.createElement("template");
        template.innerHTML = html; // rendered and cleaned by our own server
        region.textContent = "";
        region.append(template.content);
        shown = text;
        open(true);
      })
      .catch(() => {
        region.textContent = "The preview is not to be had just now. What you wrote is safe; try again.";
        shown = undefined;
        open(true);
      });
  });
}

mentions();
toolbars();
pastes();
words();
