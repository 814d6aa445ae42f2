// The page on which a reader saves the handbook: <section data-offline="ADDRESS OF THE LIST" hidden> with buttons
// [data-copy-save], [data-copy-renew] and [data-copy-remove], [data-copy-state] and [data-copy-said]. Nothing is stored and
// no worker is there before the first is pressed.

import { ageWords, begun, dayOf, kept, remove, renew, save } from "./offline/kept.js";

const section = document.querySelector("[data-offline]");
const part = (name) => section.querySelector(`[data-copy-${name}]`);
const state = part("state");
const said = part("said");
const buttons = { save: part("save"), renew: part("renew"), remove: part("remove") };
const cannot = "This browser does not let a page be kept. If this is a private window, open an ordinary one. Nothing was saved.";
const worker = () => navigator.serviceWorker.getRegistration();

// sentence says what went wrong, and what to do.
function sentence(fault, had) {
  const kept = had ? " Your earlier copy is as it was." : " Nothing was saved.";
  if (fault.name === "QuotaExceededError") return "There is no room left on this phone." + kept + " Make some room and try again.";
  if (fault.status === 410) return "The handbook cannot be saved to phones at the moment." + kept;
  if (fault.status) return "The site could not give all of it." + kept + " Try again in a minute.";
  if (fault.name === "SecurityError" || fault.name === "InvalidStateError" || fault.name === "NotSupportedError") return cannot;
  return "The line broke off before all of it was here." + kept + " Try again when you have signal.";
}

// show says how it stands on this phone.
async function show() {
  const copy = await kept();
  const half = !copy && ((await begun()) || !!(await worker()));
  const same = copy && copy.list.at + "list.json" === section.dataset.offline;
  const place = copy && copy.list.place ? `, with answers for ${copy.list.place}` : "";
  if (copy) state.textContent = `The handbook is on this phone, ${ageWords(copy.note)}: as of ${dayOf(copy.note)}${place}.`;
  else if (half) state.textContent = "A save was not finished, so there is nothing to read yet. Save it again, or remove what is there.";
  else state.textContent = "There is no copy on this phone.";
  buttons.save.hidden = same || "off" in section.dataset;
  buttons.renew.hidden = !same || "off" in section.dataset;
  buttons.remove.hidden = !copy && !half;
}

async function saving() {
  const had = await kept();
  const { quota, usage } = navigator.storage && navigator.storage.estimate ? await navigator.storage.estimate() : {};
  if (quota - usage < 3e6) throw new DOMException("", "QuotaExceededError");
  await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
  try {
    if (!(await save(section.dataset.offline))) return "Another window is saving the handbook at this moment.";
  } catch (fault) {
    if (!had) await remove();
    throw fault;
  }
  await navigator.serviceWorker.ready;
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {}); // else the phone may clear it when it runs short of room
  return "Saved. Open this site without signal, and you get the handbook.";
}

const acts = {
  save: saving,
  renew: () => renew().then(() => "This is the newest there is."),
  remove: () => remove().then(() => "Removed. Nothing of it is left on this phone."),
};
const doing = { save: "Saving…", renew: "Looking for what is new…", remove: "Removing…" };

async function act(name) {
  for (const b of Object.values(buttons)) b.disabled = true;
  said.textContent = doing[name];
  const had = await kept().catch(() => {});
  let words;
  try {
    words = await acts[name]();
  } catch (fault) {
    words = sentence(fault, had);
  }
  await show().catch(() => {});
  for (const b of Object.values(buttons)) b.disabled = false;
  said.textContent = words;
  if (document.activeElement === document.body) Object.values(buttons).find((b) => !b.hidden)?.focus(); // the button that was pressed is gone
}

function start() {
  section.hidden = false;
  document.querySelector("[data-offline-none]").hidden = true;
  for (const [name, button] of Object.entries(buttons)) button.addEventListener("click", () => act(name));
  document.addEventListener("visibilitychange", () => document.hidden || show().catch(() => {})); // another window may have changed it
}

if ("serviceWorker" in navigator && "caches" in self && isSecureContext) {
  show().then(start, () => (document.querySelector("[data-offline-why]").textContent = cannot));
}
