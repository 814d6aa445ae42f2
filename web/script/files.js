// Files by drop and paste. On the page of files, a drop fills the form's own field and sends it. In a Markdown field, a
// picture that is pasted or dropped is sent beside, and ![alt](/files/...) is put where the cursor is.
// <form data-files> is the form of files; <form data-files-to="/write/.../files"> has Markdown fields.

const most = 25 * 1024 * 1024;
const tooLarge = "This file is larger than 25 MB, which is the most. Save it smaller, or link to where it is.";

document.querySelectorAll("form[data-files]").forEach((form) => {
  const field = form.querySelector("input[type=file]");
  const said = form.querySelector("[data-files-said]");
  const check = () => {
    const large = field.files[0] && field.files[0].size > most;
    said.textContent = large ? tooLarge : "";
    return !large;
  };
  field.addEventListener("change", check);
  form.addEventListener("submit", (event) => check() || event.preventDefault());
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    if (check()) said.textContent = `${field.files[0].name} is chosen. Press “Add it”.`;
  });
});

// Puts words where the cursor is, so that undo knows of them.
function put(field, words) {
  field.focus();
  if (!document.execCommand || !document.execCommand("insertText", false, words)) field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// A picture inside the brackets of another would break both: the cursor goes behind it.
function leaveBrackets(field) {
  const at = field.selectionStart;
  const inside = /!\[[^\]\n]*$/.test(field.value.slice(0, at)) && /^[^\]\n]*\]\([^)\n]*\)/.exec(field.value.slice(at));
  if (inside) field.selectionStart = field.selectionEnd = at + inside[0].length;
}

async function send(field, file, said) {
  if (file.size > most) return (said.textContent = tooLarge);
  said.textContent = `Sending ${file.name}…`;
  const form = new FormData();
  form.append("file", file, file.name || "picture.png");
  try {
    const answer = await fetch(field.form.dataset.filesTo, { method: "POST", body: form, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.message);
    leaveBrackets(field);
    put(field, told.picture ? `\n\n![](${told.url})\n\n` : `[${told.name}](${told.url})`);
    if (told.picture) field.selectionStart = field.selectionEnd = field.selectionEnd - told.url.length - 5;
    said.textContent = told.picture ? "The picture is in the text. Type what it shows: you are between its brackets." : "The file is in the text.";
  } catch (fault) {
    said.textContent = fault.message || "The file could not be sent. Try again when you are online.";
  }
}

document.querySelectorAll("form[data-files-to] textarea").forEach((field) => {
  const said = document.createElement("p");
  said.className = "cp-small";
  said.setAttribute("role", "status");
  field.after(said);
  const take = (event, data) => {
    const files = [...(data ? data.files : [])];
    if (!files.length || (data.types.includes("text/html") && data.types.includes("text/plain"))) return; // words with a picture of them, as Word brings
    event.preventDefault();
    files.reduce((before, file) => before.then(() => send(field, file, said)), Promise.resolve());
  };
  field.addEventListener("paste", (event) => take(event, event.clipboardData));
  field.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  field.addEventListener("drop", (event) => take(event, event.dataTransfer));
});
