// What is pasted from Word, Outlook or a web page becomes Markdown, on the server: POST /-/paste. Without the server, and for
// what holds no marks, it is pasted as plain text.
import { insert, markdownFields, markdownOf, post, said } from "./field.js";

const marked = /<(h[1-6]|ul|ol|li|table|a|b|strong|em|i|blockquote|del|s)[\s>]|mso-list|font-weight|font-style/i;

function paste(e) {
  const field = e.target;
  const html = e.clipboardData.getData("text/html");
  const text = e.clipboardData.getData("text/plain");
  const line = said(field);
  line.textContent = "";
  if (!marked.test(html)) return;
  e.preventDefault();
  const was = { value: field.value, from: field.selectionStart, to: field.selectionEnd };
  const put = (what) => {
    // Somebody who typed on meanwhile gets it where the caret is now.
    if (field.value === was.value) field.setSelectionRange(was.from, was.to);
    insert(field, what);
  };
  const heading = field.name.startsWith("section-") ? 3 : 2;
  post("/-/paste", { html, heading, points: markdownOf(field) === "points" }).then(
    ({ markdown, left }) => {
      put(markdown || text);
      line.textContent = left && left.length ? `Left out: ${left.join(", ")}. Add pictures by themselves.` : "";
    },
    () => {
      put(text);
      line.textContent = "Pasted as plain text.";
    }
  );
}

export function pastes() {
  for (const field of markdownFields()) field.addEventListener("paste", paste);
}
