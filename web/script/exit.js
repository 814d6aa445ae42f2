// "Leave this page": another page takes the place of this one, also in the browser's history. Shift pressed three times within
// five seconds does the same, as on GOV.UK. Without scripts the link leads away, and the page stays in the history.
import { speakerOf } from "./words/speaker.js";

const exit = document.querySelector("[data-exit]");
const [link, said] = exit.children;
const { words, tell } = speakerOf(exit);
const leave = () => {
  document.documentElement.hidden = true;
  location.replace(link.href);
};
link.addEventListener("click", (e) => {
  e.preventDefault();
  leave();
});
let times = 0, wait;
addEventListener("keydown", (e) => {
  if (e.key != "Shift" || e.repeat) {
    if (e.key != "Shift") times = 0;
    return;
  }
  clearTimeout(wait);
  wait = setTimeout(() => { times = 0; said.textContent = ""; }, 5000);
  if (++times == 3) return leave();
  tell(said, times == 1 ? words("twice") : words("once"));
});
addEventListener("pageshow", (e) => { if (e.persisted) document.documentElement.hidden = false; });
