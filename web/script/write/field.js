// The fields of a form that take Markdown: <textarea data-markdown="text"> or, with one point on each line, "points". A field
// with a preview is one too.

export function markdownOf(field) {
  const button = document.querySelector(`[data-preview="${CSS.escape(field.id)}"]`);
  return field.dataset.markdown || (button ? ("previewPoints" in button.dataset ? "points" : "text") : "");
}

export const markdownFields = () => [...document.querySelectorAll("textarea")].filter(markdownOf);

export const labelOf = (field) => (field.labels[0] ? field.labels[0].textContent.trim() : field.name);

// Puts text in place of what is chosen, in one step that can be undone.
export function insert(field, text) {
  field.focus();
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// A line below a field for what scripts have to say of it.
export function said(field) {
  const id = field.id + "-said";
  let line = document.getElementById(id);
  if (!line) {
    line = Object.assign(document.createElement("p"), { id, className: "cp-field-said" });
    line.setAttribute("role", "status");
    field.after(line);
  }
  return line;
}

export const post = (address, body) =>
  fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin", body: JSON.stringify(body) }).then((r) =>
    r.ok ? r.json() : Promise.reject(r)
  );
