// Searches the saved copy: the page's address says for what, [data-found] how much there is, [data-hits] takes the pages.
// MiniSearch, because it is small and searches by beginnings and with typing mistakes; only this page loads it.

import MiniSearch from "minisearch";
import { kept } from "./offline/kept.js";
import { speakerOf } from "./words/speaker.js";

const found = document.querySelector("[data-found]");
const { words, tell } = speakerOf(found);
const hits = document.querySelector("[data-hits]");
const asked = (new URLSearchParams(location.search).get("q") || "").trim();
const around = 80; // letters before and behind what was found

// Words are compared without what English puts at their ends, and small ones not at all.
const small = new Set("a an and are as at be by can do for from how i if in is it me my no of on or so that the they to we what when who with you your".split(" "));
const stem = (word) => {
  const w = word.toLowerCase().replace(/['’]s?$/, "");
  return small.has(w) || w.length < 2 ? null : w.replace(/(?:ies|y)$/, "i").replace(/(?:ing|ed|es|s)$/, (end, at) => (at > 2 ? "" : end));
};

const textOf = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const el of page.querySelectorAll("nav, h1, .cp-lead, .cp-kept, .cp-local__places")) el.remove();
  return page.body.textContent.replace(/\s+/g, " ").trim();
};

async function pagesOf(copy) {
  const documents = Object.keys(copy.list.pages).filter((at) => /^\/(?:handbook\/[^/]+|glossary|templates)\/[^/]+$/.test(at)); // the others only list them
  return Promise.all(
    documents.map(async (id) => {
      const { title, html } = await copy.part(copy.list.pages[id]);
      const lead = /<p class="cp-lead">([^]*?)<\/p>/.exec(html);
      return { id, title, lead: lead ? textOf(lead[1]) : "", text: textOf(html) };
    })
  );
}

// alike are the other words for what is asked, as the editors say.
async function alike(copy) {
  const rows = await copy.part(copy.list.words);
  const said = ` ${asked.toLowerCase()} `;
  return [...new Set(rows.filter((row) => row.some((word) => said.includes(` ${word.toLowerCase()} `))).flat())].filter((word) => !said.includes(` ${word.toLowerCase()} `));
}

// passage is the text around the first of the words that were found.
function passage(page, terms) {
  const word = new RegExp(`(?:^|\\W)(${[asked, ...terms].map((t) => t.replace(/\W/g, "\\$&")).join("|")})`, "i");
  const at = page.text.search(word);
  if (at < 0) return [page.lead || page.text.slice(0, 2 * around)];
  const [, hit] = word.exec(page.text.slice(at));
  const start = page.text.indexOf(hit, at);
  const before = page.text.slice(Math.max(0, start - around), start).replace(/^\S*\s/, start > around ? "… " : "$&");
  const mark = document.createElement("mark");
  mark.textContent = hit;
  return [before, mark, page.text.slice(start + hit.length, start + hit.length + around).replace(/\s\S*$/, " …")];
}

function hitOf(page, base, terms) {
  const li = document.createElement("li");
  const h2 = document.createElement("h2");
  const a = document.createElement("a");
  const p = document.createElement("p");
  a.href = (page.id.startsWith("/handbook") ? base : "") + page.id;
  a.textContent = page.title;
  h2.append(a);
  p.append(...passage(page, terms));
  li.append(h2, p);
  return li;
}

async function find() {
  const copy = await kept();
  const pages = await pagesOf(copy);
  const index = new MiniSearch({ fields: ["title", "lead", "text"], processTerm: stem });
  index.addAll(pages);
  const options = { boost: { title: 4, lead: 2 }, prefix: (t) => t.length > 2, fuzzy: (t) => (t.length > 4 ? 0.2 : false), combineWith: "AND" };
  const queries = [asked, ...(await alike(copy))];
  const weight = (i) => (i === 0 ? 2 : 1);
  let results = index.search({ combineWith: "OR", queries: queries.map((q, i) => ({ ...options, queries: [q], boostDocument: () => weight(i) })) });
  if (results.length === 0) results = index.search(asked, { ...options, combineWith: "OR" });
  const by = new Map(pages.map((p) => [p.id, p]));
  results = results.slice(0, 20);
  hits.append(...results.map((r) => hitOf(by.get(r.id), copy.list.base, r.terms)));
  tell(found, results.length ? words("pages", results.length, asked) : words("nothing", asked));
}

document.querySelector("#find").value = asked;
if (asked) find().catch(() => tell(found, words("failed")));
else tell(found, words("ask"));
