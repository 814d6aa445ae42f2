// The page on which a reader saves the handbook: <section data-offline="ADDRESS OF THE LIST" hidden> with buttons
// [data-copy-save], [data-copy-renew] and [data-copy-remove], [data-copy-state] and [data-copy-said]. Nothing is stored and
// no worker is there before the first is pressed.

import { ageWords, begun, kept, remove, renew, save } from "./offline/kept.js";
import { dayIn, speakerOf } from "./words/speaker.js";

const section = document.querySelector("[data-offline]");
const { words, tell, lang } = speakerOf(section);
const part = (name) => section.querySelector(`[data-copy-${name}]`);
const state = part("state");
const said = part("said");
const buttons = { save: part("save"), renew: part("renew"), remove: part("remove") };
const worker = () => navigator.serviceWorker.getRegistration();

// sentence says what went wrong, and what to do.
function sentence(fault, had) {
  const kept = had ? words("as-it-was") : words("nothing-saved");
  if (fault.name === "QuotaExceededError") return words("no-room", kept);
  if (fault.status === 410) return words("switched-off", kept);
  if (fault.status) return words("site-failed", kept);
  if (fault.name === "SecurityError" || fault.name === "InvalidStateError" || fault.name === "NotSupportedError") return words("cannot");
  return words("broke-off", kept);
}

function standing({ note, list }) {
  const parts = [ageWords(note, words), dayIn(lang, note.at), list.place];
  return list.place ? words("here-for", ...parts) : words("here", ...parts);
}

// show says how it stands on this phone.
async function show() {
  const copy = await kept();
  const half = !copy && ((await begun()) || !!(await worker()));
  const same = copy && copy.list.at + "list.json" === section.dataset.offline;
  tell(state, copy ? standing(copy) : half ? words("half") : words("none"));
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
    if (!(await save(section.dataset.offline))) return words("other-window");
  } catch (fault) {
    if (!had) await remove();
    throw fault;
  }
  await navigator.serviceWorker.ready;
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {}); // else the phone may clear it when it runs short of room
  return words("saved");
}

const acts = {
  save: saving,
  renew: () => renew().then(() => words("newest")),
  remove: () => remove().then(() => words("removed")),
};
const doing = { save: words("saving"), renew: words("renewing"), remove: words("removing") };

async function act(name) {
  for (const b of Object.values(buttons)) b.disabled = true;
  tell(said, doing[name]);
  const had = await kept().catch(() => {});
  let outcome;
  try {
    outcome = await acts[name]();
  } catch (fault) {
    outcome = sentence(fault, had);
  }
  await show().catch(() => {});
  for (const b of Object.values(buttons)) b.disabled = false;
  tell(said, outcome);
  if (document.activeElement === document.body) Object.values(buttons).find((b) => !b.hidden)?.focus(); // the button that was pressed is gone
}

function start() {
  section.hidden = false;
  document.querySelector("[data-offline-none]").hidden = true;
  for (const [name, button] of Object.entries(buttons)) button.addEventListener("click", () => act(name));
  document.addEventListener("visibilitychange", () => document.hidden || show().catch(() => {})); // another window may have changed it
}

if ("serviceWorker" in navigator && "caches" in self && isSecureContext) {
  show().then(start, () => tell(document.querySelector("[data-offline-why]"), words("cannot")));
}
