// The copy of the handbook on this phone: a shelf in the browser's cache storage, and on it each part under the sum of its
// bytes, the files that pages need, and last of all a note of what belongs together. Without the note there is no copy, so
// one that broke off half-way is never read; a new note makes a new copy at once, and what it does not name goes.
//
// Only what /offline lists is ever put there, asked for without cookies: it is the same for everybody.

const shelf = "commonplace-handbook";
const noteAt = "/offline/note.json";
const format = 2; // what this script reads, see copyFormat in internal/site/offline_copy.go
const day = 24 * 3600e3;
const hour = 3600e3;

const partAt = (sum) => "/offline/part/" + sum + ".json";
const read = (cache, at) => cache.match(at).then((r) => r && r.json());
const write = (cache, at, value) => cache.put(at, new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json" } }));

// One window or worker at a time; where the browser has no locks, doing it twice does no harm.
const alone = (f, options = {}) => (navigator.locks ? navigator.locks.request("commonplace-handbook", options, f) : f(true));

// readable says whether the list was made for this script: after a release, either may be the older one for a while.
export const readable = (list) => list.format === format;

// begun says whether anything is on the shelf. Asking makes no shelf.
export const begun = () => caches.has(shelf);

// kept is the copy: the note, with ways to its parts. There is none while it is not whole.
export async function kept() {
  if (!(await begun())) return;
  const cache = await caches.open(shelf);
  const note = await read(cache, noteAt);
  if (note && readable(note.list)) return { note, list: note.list, part: (sum) => read(cache, partAt(sum)) };
}

// asset is a file that pages of the copy need.
export const asset = (request) => caches.match(request, { cacheName: shelf });

export class Refused extends Error {}

async function ask(address, headers = {}) {
  const answer = await fetch(address, { credentials: "omit", cache: "no-store", headers });
  if (answer.ok || answer.status === 304) return answer;
  const refused = new Refused(address);
  refused.status = answer.status;
  throw refused;
}

// sums are the parts that belong to a copy.
const sums = (list) => [...new Set([list.frame, list.words, ...Object.values(list.pages)])];

// fetchMissing puts on the shelf what the list names and is not there: all in one when that is most of it.
async function fetchMissing(cache, list) {
  const there = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  const missing = sums(list).filter((sum) => !there.has(partAt(sum)));
  if (missing.length * 2 > sums(list).length) {
    const whole = await (await ask(list.at + list.whole + ".json")).json();
    for (const sum of missing) await write(cache, partAt(sum), whole[sum]);
  } else {
    await Promise.all(missing.map((sum) => ask(list.at + sum + ".json").then((answer) => cache.put(partAt(sum), answer))));
  }
  await Promise.all(list.assets.filter((at) => !there.has(at)).map((at) => ask(at).then((answer) => cache.put(at, answer))));
}

async function tidy(cache, list) {
  const named = new Set([noteAt, ...sums(list).map(partAt), ...list.assets]);
  for (const request of await cache.keys()) if (!named.has(new URL(request.url).pathname)) await cache.delete(request);
}

const dateOf = (answer) => Date.parse(answer.headers.get("Date")) || Date.now();

// take makes the copy what the list at an address says now. It is asked twice when a page changes in between.
async function take(cache, address, old, again = true) {
  const answer = await ask(address, old ? { "If-None-Match": old.etag } : {});
  if (answer.status === 304) return write(cache, noteAt, { ...old, at: dateOf(answer) });
  const list = await answer.json();
  if (!readable(list)) throw new Refused("format");
  try {
    await fetchMissing(cache, list);
  } catch (fault) {
    if (again && fault.status === 404) return take(cache, address, old, false);
    throw fault;
  }
  await write(cache, noteAt, { list, etag: answer.headers.get("Etag"), at: dateOf(answer) });
  await tidy(cache, list);
}

// save makes or replaces the copy. It gives false when another window is at it.
export const save = (address) => alone(async (free) => free && (await take(await caches.open(shelf), address), true), { ifAvailable: true });

// renew fetches what changed. A place that is gone leaves the handbook without one; where saving is over, nothing stays.
export const renew = () =>
  alone(async () => {
    if (!(await begun())) return;
    const cache = await caches.open(shelf);
    const old = await read(cache, noteAt);
    if (!old) return;
    await write(cache, noteAt, { ...old, tried: Date.now() });
    try {
      await take(cache, old.list.at + "list.json", old);
    } catch (fault) {
      if (fault.status === 410) return forget();
      if (fault.status !== 404 || !old.list.base) throw fault;
      await take(cache, "/offline/list.json");
    }
  });

// noted is what is known of the copy, whether this script can read it or not. Asking makes no shelf.
export const noted = () => asset(noteAt).then((r) => r && r.json());

// due says whether a day is over since the copy was known to be new, and an hour since that was last tried.
export const due = (note) => (Date.now() - note.at > day || !readable(note.list)) && Date.now() - (note.tried || 0) > hour;

export const age = (note) => Math.max(0, Math.floor((Date.now() - note.at) / day));

export const ageWords = (note, words) => (age(note) ? words("days", age(note)) : words("today"));

// forget takes the copy and its worker away.
export async function forget() {
  await caches.delete(shelf);
  const all = self.registration ? [self.registration] : await navigator.serviceWorker.getRegistrations();
  await Promise.all(all.map((registration) => registration.unregister()));
}

export const remove = () => alone(forget);
