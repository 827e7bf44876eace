//! Cuts the pages out of the compiled browser half, and writes the script that loads them.
//!
//! A part is what one page needs and the rest has not. The splitter cuts at functions that are
//! marked in the source; what it cuts is put together again to few files, named by their content,
//! so that a page that was open while the server was renewed never loads what does not fit it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use wasm_split_cli_support::{Options, transform};
use wasmparser::{Parser, Payload};

use crate::merge::{merge, put_back};
use crate::pack::{Pack, pack};

/// The script that loads the parts, by the name that Leptos tells the browser to load early.
const LOADER: &str = "__wasm_split.______________________.js";

/// Which files each part needs, by the name under which Leptos looks for it.
const MANIFEST: &str = "__wasm_split_manifest.json";

/// The folder of the files that hold the parts.
const PARTS: &str = "parts";

/// Where the splitter's own loaders begin, which know only its own files.
const LOADERS_BEGIN: [&str; 2] = ["\n/* ", "\nexport const __wasm_split_load_"];

/// What the script of the splitter defines and the loaders use.
const LOADERS_NEED: [&str; 3] =
    ["function getSharedImports(", "function makeLoad(", "function wrapAsyncCb("];

/// Cuts `compiled` up below `out_dir`; gives the path of the rest, which `NAME.js` is to load.
/// `visits` tells which parts make up each page.
///
/// # Errors
/// When it was compiled without the records that the splitter reads, or a folder cannot be written.
pub fn split(
    compiled: &[u8],
    visits: &[BTreeSet<String>],
    out_dir: &Path,
    name: &str,
) -> Result<PathBuf> {
    let scraps = out_dir.join("scraps");
    std::fs::create_dir_all(&scraps)?;
    let rest = out_dir.join(format!("{name}.rest.wasm"));
    let link_name = format!("./{LOADER}");
    let main_module = format!("./{name}.js");
    let mut options = Options::new(compiled);
    options.output_dir = &scraps;
    options.main_out_path = &rest;
    options.link_name = &link_name;
    options.main_module = &main_module;
    let cut = transform(options).map_err(|error| anyhow!("{error:?}")).context("cannot split")?;
    let needed: BTreeMap<String, Vec<String>> = cut.prefetch_map.into_iter().collect();

    let files = Files::write(&needed, visits, &scraps, out_dir, &rest)?;
    let script = std::fs::read_to_string(scraps.join(LOADER)).context("no script was written")?;
    std::fs::write(out_dir.join(LOADER), loader(&script, &files, needed.keys())?)?;
    std::fs::write(out_dir.join(MANIFEST), serde_json::to_string_pretty(&files.by_part(&needed))?)?;
    std::fs::remove_dir_all(&scraps)?;
    Ok(rest)
}

/// The files that hold the parts: path without ending, and the parts that load each.
struct Files(Vec<(String, BTreeSet<String>)>);

impl Files {
    /// Writes the files, and puts what every visit needs back into the rest.
    fn write(
        needed: &BTreeMap<String, Vec<String>>,
        visits: &[BTreeSet<String>],
        scraps: &Path,
        out_dir: &Path,
        rest: &Path,
    ) -> Result<Self> {
        let mut parts_of = BTreeMap::<&String, BTreeSet<String>>::new();
        for (part, pieces) in needed {
            for piece in pieces {
                parts_of.entry(piece).or_default().insert(part.clone());
            }
        }
        let mut contents = Vec::new();
        let mut pieces = Vec::new();
        for (number, (piece, parts)) in parts_of.into_iter().enumerate() {
            // Alone it loses what only people read, and shows its true size.
            let alone = merge(&[read(&scraps.join(format!("{piece}.wasm")))?])?;
            pieces.push(Pack { parts, bytes: alone.len(), pieces: vec![number] });
            contents.push(alone);
        }
        std::fs::create_dir_all(out_dir.join(PARTS))?;
        let rest_content = read(rest)?;
        let mut files = Vec::new();
        let mut of_all = Vec::new();
        for pack in pack(pieces, visits, code_bytes(&rest_content)?) {
            let pieces = pack.pieces.iter().map(|at| contents[*at].clone()).collect::<Vec<_>>();
            if pack.is_of_all(visits) {
                of_all.extend(pieces);
            } else {
                let merged = merge(&pieces)?;
                let stem = format!("{PARTS}/{}", stem(&pack.parts, &merged));
                std::fs::write(out_dir.join(format!("{stem}.wasm")), merged)?;
                files.push((stem, pack.parts));
            }
        }
        std::fs::write(rest, put_back(&rest_content, &of_all)?)?;
        Ok(Self(files))
    }

    fn of<'a>(&'a self, part: &'a str) -> impl Iterator<Item = (usize, &'a String)> {
        let files = self.0.iter().enumerate();
        files.filter(move |(_, (_, parts))| parts.contains(part)).map(|(at, (stem, _))| (at, stem))
    }

    fn by_part<'a>(
        &'a self,
        needed: &'a BTreeMap<String, Vec<String>>,
    ) -> BTreeMap<&'a str, Vec<&'a String>> {
        needed
            .keys()
            .map(|part| (part.as_str(), self.of(part).map(|(_, stem)| stem).collect()))
            .collect()
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The size of the code in a module.
fn code_bytes(module: &[u8]) -> Result<usize> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CodeSectionStart { size, .. } = payload? {
            return Ok(usize::try_from(size)?);
        }
    }
    Ok(0)
}

/// The name of a file: what it holds, for people, and what is in it, for caches.
fn stem(parts: &BTreeSet<String>, content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    let mut names = parts.iter();
    let name = match (names.next(), names.next(), names.next()) {
        (Some(only), None, None) => only.clone(),
        (Some(first), Some(second), None) => format!("{first}-{second}"),
        _ => format!("of-{}", parts.len()),
    };
    format!("{name}.{:016x}", hasher.finish())
}

/// The script that loads the parts: that of the splitter, with loaders for our files.
fn loader<'a>(
    script: &str,
    files: &Files,
    parts: impl Iterator<Item = &'a String>,
) -> Result<String> {
    let end = LOADERS_BEGIN.iter().filter_map(|begin| script.find(begin)).min();
    let mut written =
        script[..end.context("the script of the splitter has no loaders")?].to_owned();
    for definition in LOADERS_NEED {
        ensure!(written.contains(definition), "the script of the splitter lacks {definition:?}");
    }
    written.push_str(
        "
const file = (path) => makeLoad(() => {
    const source = fetch(new URL(path, import.meta.url));
    source.catch(() => {});
    return (imports) => WebAssembly.instantiateStreaming(source, imports);
}, []);
const load = (files) => wrapAsyncCb(() => Promise.all(files.map((file) => file())));
",
    );
    for (number, (stem, _)) in files.0.iter().enumerate() {
        writeln!(written, "const file{number} = file(\"./{stem}.wasm\");")?;
    }
    for part in parts {
        let names: Vec<_> = files.of(part).map(|(number, _)| format!("file{number}")).collect();
        writeln!(written, "export const __wasm_split_load_{part} = load([{}]);", names.join(", "))?;
    }
    Ok(written)
}
