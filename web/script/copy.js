// Buttons that copy the text beside them: <button data-copy="ID" hidden>, then <span role="status">.
// The text can be selected and copied without this.
import { speakerOf } from "./words/speaker.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const said = button.nextElementSibling;
  if (!text || !said || !navigator.clipboard) continue;
  const { words, tell } = speakerOf(button);
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      tell(said, words("copied"));
    } catch {
      tell(said, words("selected"));
    }
  });
}
