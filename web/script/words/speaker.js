// What scripts say to readers comes from the catalogue. It stands on the element that the script works on, all of it in one
// language (see says in internal/site/catalogue.go): data-says='{"lang":"en-GB","today":"from today","days.one":"{1} day old",…}'

// formOf names the form that a language has for a number; Safari 12 does not know them.
const formOf = (lang, n) => (Intl.PluralRules ? new Intl.PluralRules(lang).select(n) : n === 1 ? "one" : "other");

// speaker gives words, which fills a sentence in, and tell, which puts it into an element. The first part may count.
export function speaker(all) {
  const words = (key, ...parts) => (all[key] || all[key + "." + formOf(all.lang, parts[0])] || all[key + ".other"]).replace(/\{(\d)\}/g, (_, n) => parts[n - 1]);
  const tell = (el, text) => Object.assign(el, { lang: all.lang, dir: "auto", textContent: text });
  return { words, tell, lang: all.lang };
}

export const speakerOf = (el) => speaker(JSON.parse(el.dataset.says));

export const dayIn = (lang, day) => new Date(day).toLocaleDateString(lang, { day: "numeric", month: "long", year: "numeric" });
