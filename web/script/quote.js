// A passage that is selected can be copied with its source: what it says, the page, and the page as it is today, which stays.
// "Use this page" has the citation of the whole page without this.
import { dayIn, speakerOf } from "./words/speaker.js";

const kept = document.querySelector("[data-quoted]");
const main = document.getElementById("main");
if (kept && navigator.clipboard) {
  const { words, tell, lang } = speakerOf(kept);
  const bar = document.createElement("span");
  bar.className = "cp-quote";
  bar.innerHTML = '<button class="nhsuk-button" type="button"></button><span role="status"></span>';
  const [button, said] = bar.children;
  tell(button, words("button"));
  let passage = "", wait;
  const look = () => {
    const chosen = getSelection();
    const end = chosen.focusNode && (chosen.focusNode.closest ? chosen.focusNode : chosen.focusNode.parentElement);
    const text = chosen.isCollapsed ? "" : chosen.toString().trim();
    if (bar.contains(document.activeElement)) return;
    if (text.length < 10 || !main.contains(chosen.anchorNode) || !main.contains(end) || end.closest("form, input, textarea")) return bar.remove();
    passage = text;
    said.textContent = "";
    if (!bar.isConnected || !bar.parentElement.contains(end)) (end.closest("p, li, dd, td, h1, h2, h3, blockquote, section") || main).append(bar); // next by keyboard
  };
  document.addEventListener("selectionchange", () => {
    clearTimeout(wait);
    wait = setTimeout(look, 200);
  });
  bar.addEventListener("mousedown", (e) => e.preventDefault()); // what is selected stays so
  bar.addEventListener("focusout", () => setTimeout(look));
  button.addEventListener("click", async () => {
    const today = new Date(), two = (n) => String(n).padStart(2, "0");
    const day = today.getFullYear() + "-" + two(today.getMonth() + 1) + "-" + two(today.getDate());
    try {
      await navigator.clipboard.writeText(`\u201c${passage}\u201d\n${kept.dataset.quoted} ${location.origin}${kept.dataset.at}${day} ${words("read", dayIn(lang, today))}`);
      tell(said, words("copied"));
    } catch {
      tell(said, words("cannot"));
    }
  });
}
