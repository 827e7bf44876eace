//! Build tool: turns the compiled browser half into what a browser can load.
//!
//! First the pages are cut out of it, each into files that are loaded when the page is opened; then
//! the code generator of `wasm-bindgen` writes the script that loads the rest. Both are libraries
//! here, so that their versions come from the same `Cargo.lock` as what they must agree with. It
//! never optimizes or compresses; `scripts/build-wasm.sh` does that next.

mod merge;
mod pack;
mod split;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// How the tool is called.
const USAGE: &str = "usage: spartito-bindgen INPUT.wasm PAGES.json OUT_DIR NAME";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, pages, out_dir, name] = arguments.as_slice() else { bail!(USAGE) };
    let (input, out_dir) = (Path::new(input), Path::new(out_dir));
    std::fs::create_dir_all(out_dir)
        .with_context(|| format!("cannot create the folder {}", out_dir.display()))?;
    let compiled =
        std::fs::read(input).with_context(|| format!("cannot read {}", input.display()))?;
    let rest = split::split(&compiled, &visits(Path::new(pages))?, out_dir, name)?;
    let written = generate(&rest, out_dir, name)?;
    std::fs::remove_file(&rest).with_context(|| format!("cannot remove {}", rest.display()))?;
    println!("{}", written.display());
    Ok(())
}

/// The parts that make up each page, as the file `pages` tells.
fn visits(pages: &Path) -> Result<Vec<BTreeSet<String>>> {
    let told = std::fs::read_to_string(pages)
        .with_context(|| format!("cannot read {}", pages.display()))?;
    let visits: BTreeMap<String, BTreeSet<String>> = serde_json::from_str(&told)
        .with_context(|| format!("{} tells no parts of pages", pages.display()))?;
    Ok(visits.into_values().collect())
}

/// Writes `NAME.js` and `NAME.wasm` into `out_dir` and returns the path of the latter.
///
/// # Errors
/// When the input is missing, was compiled against another version of `wasm-bindgen`, or the
/// folder cannot be written.
fn generate(input: &Path, out_dir: &Path, name: &str) -> Result<PathBuf> {
    // Leptos passes the module's address itself and expects NAME.wasm, not the default
    // NAME_bg.wasm; the default path would only be a second, wrong name in the script.
    Bindgen::new()
        .input_path(input)
        .out_name(name)
        .web(true)
        .context("cannot choose the browser as the place to run")?
        .typescript(false)
        .omit_default_module_path(true)
        // What the pages that were cut out take from the rest.
        .keep_lld_exports(true)
        .generate(out_dir)
        .with_context(|| format!("cannot generate the bindings of {}", input.display()))?;
    let wasm = out_dir.join(format!("{name}.wasm"));
    let generated = out_dir.join(format!("{name}_bg.wasm"));
    std::fs::rename(&generated, &wasm)
        .with_context(|| format!("cannot rename {}", generated.display()))?;
    Ok(wasm)
}
