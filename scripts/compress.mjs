// Writes FILE.br and FILE.gz beside every text or WebAssembly file of the given folders, when newer.
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// Fonts and photographs are compressed already.
const compressible = new Set([".wasm", ".js", ".css", ".svg", ".json", ".txt", ".webmanifest", ".ico"]);

/** Compresses one file, unless its compressed forms are as new as it is. */
function compress(path) {
  const { mtime, size } = statSync(path);
  const fresh = (suffix) => existsSync(path + suffix) && statSync(path + suffix).mtime >= mtime;
  if (fresh(".br") && fresh(".gz")) return;
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: size,
    },
  });
  for (const [suffix, data] of [[".br", brotli], [".gz", gzipSync(bytes, { level: 9 })]]) {
    writeFileSync(path + suffix, data);
    utimesSync(path + suffix, mtime, mtime);
  }
}

/** Compresses what is worth it in a folder and all folders inside. */
function walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path);
    else if (compressible.has(extname(entry.name))) compress(path);
  }
}

for (const folder of process.argv.slice(2)) walk(folder);
