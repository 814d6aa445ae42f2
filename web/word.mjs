// Builds ../internal/word/mammoth.js from mammoth and the few lines in word/:  npm ci && npm run word
//
// The archive and its XML are read by Go, so jszip and xmldom are left out. Beside the bundle stand its checksum, which a
// test compares, and the licences of what is in it. The same pinned packages give the same bytes.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { outputFiles, metafile } = await build({
  absWorkingDir: here("."),
  stdin: { contents: 'import "./word/around.js"; import "./word/entry.js";', resolveDir: here(".") },
  alias: { jszip: here("word/zip.js"), "@xmldom/xmldom/lib/dom": here("word/xml.js"), "@xmldom/xmldom": here("word/xml.js") },
  bundle: true, write: false, metafile: true, minify: true,
  platform: "browser", format: "iife", target: "es2015", legalComments: "none", charset: "utf8",
});
const bundle = Buffer.from(outputFiles[0].contents);
const sum = createHash("sha256").update(bundle).digest("hex");

const names = [...new Set(Object.keys(metafile.inputs).flatMap((f) => f.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []))].sort();
const licences = names.map((name) => {
  const { version, license } = JSON.parse(readFileSync(here(`node_modules/${name}/package.json`), "utf8"));
  const file = readdirSync(here(`node_modules/${name}`)).find((f) => /^licen[cs]e/i.test(f));
  const text = file ? readFileSync(here(`node_modules/${name}/${file}`), "utf8").trim() : "The package names its licence and carries no text of it.";
  return `${name} ${version} (${license ?? "see below"})\n\n${text}\n`;
});
writeFileSync(here("../internal/word/mammoth.js"), bundle);
writeFileSync(here("../internal/word/mammoth.js.sha256"), `${sum}  mammoth.js\n`);
writeFileSync(here("../internal/word/mammoth.licence.txt"), licences.join(`\n${"-".repeat(72)}\n\n`));
console.log(`mammoth.js: ${bundle.length} bytes, ${sum}, with ${names.join(", ")}`);
