// A word of the glossary is explained where it is tapped, in the words that stand at the foot of the page. Without scripts,
// or where a browser knows no popovers, the link leads to the word's own page.
import { speakerOf } from "./words/speaker.js";

const explained = new Map([...document.querySelectorAll("[data-word]")].map((w) => [w.dataset.word, w]));
const box = document.createElement("div");
if (box.showPopover) {
  const { words, tell } = speakerOf(document.querySelector(".cp-explained"));
  box.popover = "auto";
  box.className = "cp-explain";
  box.setAttribute("role", "dialog");
  let from;
  document.addEventListener("click", (e) => {
    const link = e.target.closest("main a[href^='/glossary/']");
    const word = link && explained.get(link.getAttribute("href"));
    if (!word || word.contains(link) || box.contains(link) || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    from = link;
    box.replaceChildren(...[...word.children].map((c) => {
      const p = document.createElement("p");
      p.append(...[...c.childNodes].map((n) => n.cloneNode(true)));
      return p;
    }));
    const more = box.querySelector("a"), close = document.createElement("button");
    box.setAttribute("aria-label", more.textContent);
    close.type = "button";
    close.className = "cp-plain-button";
    tell(close, words("close"));
    close.addEventListener("click", () => box.hidePopover());
    box.append(close);
    link.after(box);
    box.showPopover();
    const at = link.getBoundingClientRect(), room = document.documentElement.clientWidth - box.offsetWidth - 16;
    box.style.left = Math.max(16, Math.min(at.left, room)) + scrollX + "px";
    box.style.top = at.bottom + scrollY + 6 + "px";
    close.focus({ preventScroll: true });
  });
  box.addEventListener("toggle", (e) => {
    if (e.newState == "closed" && from && (document.activeElement == document.body || box.contains(document.activeElement))) from.focus({ preventScroll: true });
  });
}
