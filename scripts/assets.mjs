// Puts styles, fonts and public files into the site folder: node scripts/assets.mjs SITE
//
// The style sheet is style/main.css with its imports written out in place, nothing more: what a
// browser gets is what stands in the files. Fonts pass through public/fonts (not in git), so that
// `cargo leptos` finds them too.
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const site = process.argv[2];
if (!site) throw new Error("usage: node scripts/assets.mjs SITE");

/** The variable fonts of the portal, for the scripts it is written in. */
const fonts = [
  ["@fontsource-variable/inter/files", ["inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2"]],
  [
    "@fontsource-variable/jetbrains-mono/files",
    ["jetbrains-mono-latin-wght-normal.woff2", "jetbrains-mono-latin-ext-wght-normal.woff2"],
  ],
];

const importRule = /^[ \t]*@import\s+(?:url\(\s*)?["']([^"']+)["']\s*\)?\s*([^;]*);[ \t]*$/gm;

/** The text of a style sheet with every import replaced by the file it names. */
function inline(path, seen = []) {
  if (seen.includes(path)) throw new Error(`${path} imports itself through ${seen.join(", ")}`);
  if (!existsSync(path)) throw new Error(`${seen.at(-1) ?? "the build"} imports ${path}, which does not exist`);
  return readFileSync(path, "utf8").replace(importRule, (_, name, condition) => {
    const text = inline(normalize(join(dirname(path), name)), [...seen, path]);
    const layer = /^layer\(([^)]+)\)$/.exec(condition.trim());
    if (layer) return `@layer ${layer[1]} {\n${text}}\n`;
    if (condition.trim()) throw new Error(`${path}: an import may only name a layer, not "${condition.trim()}"`);
    return text;
  });
}

/** Writes a file only when its content differs, so that unchanged files keep their time. */
function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) return;
  writeFileSync(path, content);
}

/** Copies a folder and all folders inside. */
function copyFolder(from, to) {
  for (const name of readdirSync(from)) {
    const source = join(from, name);
    if (statSync(source).isDirectory()) copyFolder(source, join(to, name));
    else write(join(to, name), readFileSync(source));
  }
}

const style = inline("style/main.css");
write(join(site, "pkg/spartito.css"), style);
write(join(site, "../style/main.css"), style);
for (const [folder, names] of fonts) {
  for (const name of names) write(join("public/fonts", name), readFileSync(join("node_modules", folder, name)));
}
copyFolder("public", site);
