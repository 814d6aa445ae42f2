// Builds built/ from style/ and script/:  npm ci && npm run build
//
// style/nhsuk.scss (pruned) and style/site.scss -> built/site.css, style/paper.scss and form.scss -> built/paper.css and form.css, every script/*.js -> built/*.js, each beside its .gz and .br.
// The same sources and the same pinned tools give the same bytes, so built/ is checked in and `go build` needs no Node.
import { readFileSync, writeFileSync, readdirSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import postcss from "postcss";
import * as sass from "sass";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const browsers = ["chrome61", "firefox60", "safari11"];

// Parts of the imported nhsuk components that no page of ours has: their variants, icons and expanders, work-arounds
// for browsers older than the ones above, and rules for bare elements, which base.scss sets.
const unused = [
  /nhsuk-icon(?!--arrow)/, /expander/, /frontend-supported/, /--(reverse|login|brand|icon|secondary-solid|numbered|code|large|tick|cross|fluid)\b/,
  /container-fluid/, /nhsuk-pagination__(item|previous|next)/, /nhsuk-button__content/, /nhsuk-input-wrapper|__wrapper|__prefix|__suffix/,
  /nhsuk-(radios|checkboxes)--(small|inline)/, /__divider/, /__conditional/, /-width-(xl|\d+)/, /form-group--inline/, /skip-link-focused/,
  /heading-(xl|l|m|s|xs|xxs)\b/, /caption/, /nhsuk-(label|fieldset__legend)--(xs|s|xl)\b/, /label-wrapper/, /nhsuk-lede|nhsuk-body/,
  /nhsuk-list\b/, /^(ol|ul|p|h\d)\b/, /:has\(/, /-moz-|-ms-|x:-/, /type=.?(search|number)/, /error-summary__title/, /:disabled/, /:active:focus/, /banner--success .*link/, /error-summary__list a:hover/, /nhsuk-u-/, /contents-list/,
];

// Colours that stay in light and dark: the focus style, and paper.
const fixed = /#(ffeb3b|1a1613|000)\b/i;

// Puts a token's custom property behind its plain value.
function tokens(root) {
  const name = new Map();
  root.walkRules((rule) => {
    if (rule.selector !== ":root" || rule.parent.type !== "root") return;
    rule.walkDecls(/^--cp-/, (d) => {
      if (name.has(d.value)) throw new Error(`${d.prop} and ${name.get(d.value)} have one light value, ${d.value}`);
      name.set(d.value, d.prop);
    });
  });
  root.walkDecls((d) => {
    if (d.parent.selector === ":root") return;
    if (/, 0\.99\)/.test(d.value)) return d.remove(); // a work-around that would freeze the light value
    const value = d.value.replace(/#[0-9a-f]{3,8}\b/gi, (hex) => (name.has(hex) ? `var(${name.get(hex)})` : hex));
    if (value !== d.value) d.cloneAfter({ value });
    else if (/#[0-9a-f]{3,8}\b/i.test(value) && !fixed.test(value)) throw new Error(`${d.parent.selector} { ${d} } is a colour of no token`);
  });
}

// Keeps of the imported parts what our pages have.
function prune(root) {
  root.walkAtRules((at) => {
    if (/^not \(-ms-ime/.test(at.params)) at.replaceWith(at.nodes);
    else if (/screen\W|caret-color/.test(at.params) && !/forced-colors/.test(at.params)) at.remove();
    else if (/forced-colors/.test(at.params)) at.params = "(forced-colors: active)";
    else if (at.name === "media" && at.params === "print") at.remove(); // print.scss does all of it
  });
  root.walkRules((rule) => {
    rule.selector = rule.selector.replace(/:not\(\.\\:(hover|focus|active)\)/g, "");
    const kept = rule.selectors.filter((s) => !unused.some((u) => u.test(s)));
    if (kept.length === 0) return rule.remove();
    if (kept.length < rule.selectors.length) rule.selectors = kept;
    // A system colour in forced-colors mode is what the browser would use anyway, but on the drawn parts of a control.
    if (/forced-colors/.test(rule.parent.params) && !/radios|checkboxes|::/.test(rule.selector)) rule.walkDecls(/^(color|fill|background-color)$/, (d) => d.remove());
  });
  root.walk((node) => {
    for (let n = node; n.type !== "root" && n.nodes && n.nodes.every((c) => c.type === "comment"); ) {
      const up = n.parent;
      n.remove();
      n = up;
    }
  });
}

function sheet(name, plugins = []) {
  const { css } = sass.compile(here(`style/${name}.scss`), {
    loadPaths: [here("node_modules/nhsuk-frontend/dist")],
    logger: sass.Logger.silent,
    charset: false,
  });
  return postcss(plugins).process(css, { from: undefined }).css;
}

const minified = async (css) => (await transform(css, { loader: "css", minify: true, target: browsers })).code;

const style = () => minified(postcss([tokens]).process(sheet("nhsuk", [prune]) + sheet("site"), { from: undefined }).css);

// A page's script may be made of several files, in a folder of its name, of what several share, and of libraries.
async function script(file) {
  const { outputFiles } = await build({
    entryPoints: [here(`script/${file}`)], bundle: true, write: false, format: "esm", minify: true, target: "es2017", legalComments: "none", absWorkingDir: here("."),
  });
  return outputFiles[0].text;
}

const files = new Map();
files.set("site.css", await style());
for (const name of ["paper", "form"]) files.set(`${name}.css`, await minified(sheet(name))); // light everywhere: their colours stay as they are
for (const file of readdirSync(here("script")).sort()) if (file.endsWith(".js")) files.set(file, await script(file));

rmSync(here("built"), { recursive: true, force: true });
mkdirSync(here("built"));
for (const [name, text] of files) {
  const bytes = Buffer.from(text);
  const gz = gzipSync(bytes, { level: 9 }); // Node writes no name and a time of 0
  gz[9] = 255; // the system it was made on: unknown
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  writeFileSync(here(`built/${name}`), bytes);
  writeFileSync(here(`built/${name}.gz`), gz);
  writeFileSync(here(`built/${name}.br`), br);
  console.log(`${name}: ${bytes.length} bytes, ${gz.length} gzip, ${br.length} brotli`);
}
