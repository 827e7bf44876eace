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

/** The one page that is still above the limit, with the bound that it must not pass. */
const LARGER = { "/tasks/…": 420 };

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
const largest = first.reduce((most, visit) => (visit.size > most.size ? visit : most));
console.log(
  `    A first visit loads at most ${kb(largest.size)} KB of WebAssembly (brotli; limit ${max} KB), ` +
    `of which ${kb(rest)} KB are of use on all pages.`,
);
const over = first.filter(({ page, size }) => size > (LARGER[page] ?? Number(max)) * 1024);
process.exit(over.length > 0 ? 2 : 0);
