// Similar work while a form is being filled in: <section data-similar="FIELD FIELD" data-self="ID" hidden> with
// a [role=status] and a [data-found] in it. It asks once a title and about two sentences are there, and again when the
// writer pauses; what it finds never moves the cursor.

const pause = 700;
const enough = 60; // characters of text: about two sentences

for (const region of document.querySelectorAll("[data-similar]")) {
  const form = region.closest("form");
  const title = form.querySelector("#title");
  const fields = region.dataset.similar.split(" ").map((id) => form.querySelector("#" + id)).filter(Boolean);
  const shown = region.querySelector("[data-found]");
  const heard = region.querySelector("[role=status]");
  form.querySelector("[name=similar]").value = "seen"; // else it is shown once when the form is sent
  let timer, asked, asking;

  const show = (html) => {
    const chosen = [...shown.querySelectorAll("input:checked")].map((box) => box.value);
    const template = document.createElement("template");
    template.innerHTML = html; // rendered by our own server
    for (const box of template.content.querySelectorAll("input")) if (chosen.includes(box.value)) box.setAttribute("checked", "");
    const n = template.content.querySelectorAll(".cp-similar > li").length;
    shown.textContent = "";
    shown.append(template.content);
    region.hidden = n === 0;
    heard.textContent = n === 0 ? "" : `${n} similar ${n === 1 ? "page" : "pages"} offered below the text.`;
  };
  const ask = () => {
    const text = fields.map((f) => f.value.trim()).filter(Boolean).join("\n");
    const body = JSON.stringify({ title: title.value, text, self: region.dataset.self });
    if (title.value.trim().length < 3 || text.length < enough || body === asked) return;
    asked = body;
    if (asking) asking.abort();
    asking = new AbortController();
    fetch("/-/similar", { method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin", signal: asking.signal, body })
      .then((r) => (r.status === 204 ? "" : r.ok ? r.text() : Promise.reject(r)))
      .then(show)
      .catch(() => (asked = undefined)); // asked again at the next pause; nothing else depends on it
  };
  for (const field of [title, ...fields]) {
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, pause);
    });
  }
  if (region.hidden) ask();
}
