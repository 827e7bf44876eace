// Says how much WebAssembly (brotli) the browser loads on a first visit of each page, and holds it
// to a limit: wasm-sizes.mjs PKG_FOLDER PAGES.json MAX_KB
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const [folder, pages, max] = process.argv.slice(2);
/** The parts that make up each page. */
const PAGES = JSON.parse(readFileSync(pages, "utf8"));
const bytes = (file) => statSync(join(folder, `${file}.wasm.br`)).size;
const kb = (size) => Math.ceil(size / 1024);

const files = JSON.parse(readFileSync(join(folder, "__wasm_split_manifest.json"), "utf8"));
const counted = new Set(Object.values(PAGES).flat());
const odd = [...counted].filter((part) => !(part in files)).concat(Object.keys(files).filter((part) => !counted.has(part)));
if (odd.length > 0) {
  console.error(`Parts and pages do not agree on: ${odd.join(", ")}`);
  process.exit(1);
}

/** Where people come in: what they load there is held to the limit. */
const ENTRANCES = ["/sign-in", "/set-up/…", "/tasks"];
/** No page may load more than this, in KB: it must not grow unseen. */
const PAGE_MAX = 470;

const rest = bytes("spartito");
const visits = Object.entries(PAGES).map(([page, parts]) => {
  const needed = [...new Set(parts.flatMap((part) => files[part]))];
  return { page, files: needed.length + 1, size: needed.reduce((sum, file) => sum + bytes(file), rest) };
});
for (const { page, files, size } of visits) {
  console.log(`    ${page.padEnd(20)} ${String(kb(size)).padStart(4)} KB in ${String(files).padStart(2)} files`);
}
// What stands in brackets is loaded later, when somebody asks for it.
const first = visits.filter((visit) => !visit.page.startsWith("("));
const most = (some) => some.reduce((one, other) => (other.size > one.size ? other : one));
const entrance = most(first.filter(({ page }) => ENTRANCES.includes(page)));
const largest = most(first);
console.log(
  `    Who comes in loads at most ${kb(entrance.size)} KB of WebAssembly (brotli; limit ${max} KB), of which ` +
    `${kb(rest)} KB are of use on all pages; the largest page opened by a link, ${largest.page}, ${kb(largest.size)} KB.`,
);
process.exit(entrance.size > Number(max) * 1024 || largest.size > PAGE_MAX * 1024 ? 2 : 0);
