// The toolbar of a field: github's markdown-toolbar-element, which writes into the textarea and can be undone. It stands
// beside the preview's button while the field, or something beside it, has the focus; what it does can be typed as well.
import "@github/markdown-toolbar-element";
import { labelOf, markdownFields, markdownOf } from "./field.js";

const tools = {
  text: [["md-header", "Heading", { level: "3" }], ["md-bold", "Bold"], ["md-unordered-list", "List"], ["md-ordered-list", "Numbers"], ["md-link", "Link"], ["md-quote", "Quote"]],
  points: [["md-bold", "Bold"], ["md-link", "Link"]],
};

export function toolbars() {
  for (const field of markdownFields()) {
    const bar = document.createElement("markdown-toolbar");
    bar.className = "cp-tools";
    bar.setAttribute("for", field.id);
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", "Marks for " + labelOf(field));
    bar.setAttribute("aria-controls", field.id);
    for (const [tag, text, more] of tools[markdownOf(field)] || tools.text) {
      const tool = document.createElement(tag);
      tool.className = "cp-tools__tool";
      tool.textContent = text;
      for (const name in more) tool.setAttribute(name, more[name]);
      tool.setAttribute("role", "button");
      // What is chosen in the field stays chosen.
      tool.addEventListener("mousedown", (e) => e.preventDefault());
      bar.append(tool);
    }
    const row = field.parentNode.querySelector(".cp-preview-button");
    if (row) {
      row.classList.add("cp-field-row");
      row.append(bar);
    } else field.after(bar);
  }
}
