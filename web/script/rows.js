// Rows of a form without a round trip: <div data-rows="sources"> holds <fieldset data-row="sources-0"> with a button
// [data-remove] each, and a button [data-add]. Without this script both buttons send the form. A result's row goes by the
// server in any case: its line in the field above goes with it.

const renumber = (row, name, from, to) => {
  const swap = (text) => text.replaceAll(`${name}-${from}-`, `${name}-${to}-`);
  row.dataset.row = `${name}-${to}`;
  for (const el of row.querySelectorAll("*"))
    for (const at of ["id", "name", "for", "aria-describedby"]) if (el.hasAttribute(at)) el.setAttribute(at, swap(el.getAttribute(at)));
  row.querySelector("[data-remove]").value = `remove ${name}-${to}`;
};

const empty = (row) => {
  for (const el of row.querySelectorAll("input, textarea, select")) {
    if (el.type === "checkbox") el.checked = false;
    else el.value = "";
    el.classList.remove("nhsuk-input--error", "nhsuk-textarea--error");
  }
  for (const el of row.querySelectorAll(".nhsuk-error-message")) el.remove();
};

for (const group of document.querySelectorAll("[data-rows]")) {
  const name = group.dataset.rows;
  const rows = () => [...group.querySelectorAll("[data-row]")];
  const number = (row) => +row.dataset.row.slice(name.length + 1);
  const heard = document.createElement("div");
  heard.className = "nhsuk-u-visually-hidden";
  heard.setAttribute("role", "status");
  group.append(heard);

  group.addEventListener("click", (e) => {
    const add = e.target.closest("[data-add]");
    const remove = e.target.closest("[data-remove]");
    if (name === "results") return;
    if (add && rows().length) {
      e.preventDefault();
      const last = rows()[rows().length - 1];
      const row = last.cloneNode(true);
      renumber(row, name, number(last), Math.max(...rows().map(number)) + 1);
      empty(row);
      row.querySelector("legend").textContent = add.textContent.replace(/^Add a /, "A new ");
      last.after(row);
      row.querySelector("input:not([type=hidden]), select, textarea").focus();
    } else if (remove) {
      e.preventDefault();
      const row = remove.closest("[data-row]");
      if (rows().length === 1) empty(row);
      else row.remove();
      heard.textContent = "Removed";
      group.dispatchEvent(new Event("input", { bubbles: true })); // it is not saved yet
      group.querySelector("[data-add]").focus();
    }
  });
}
