//! Build tool: turns the compiled browser half into what a browser can load.
//!
//! It is a thin command line over the code generator of `wasm-bindgen`, so that its version comes
//! from the same `Cargo.lock` as the library it must agree with. It never optimizes or compresses;
//! `scripts/build-wasm.sh` does that next.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// How the tool is called.
const USAGE: &str = "usage: spartito-bindgen INPUT.wasm OUT_DIR NAME";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, out_dir, name] = arguments.as_slice() else { bail!(USAGE) };
    let written = generate(Path::new(input), Path::new(out_dir), name)?;
    println!("{}", written.display());
    Ok(())
}

/// Writes `NAME.js` and `NAME.wasm` into `out_dir` and returns the path of the latter.
///
/// # Errors
/// When the input is missing, was compiled against another version of `wasm-bindgen`, or the
/// folder cannot be written.
fn generate(input: &Path, out_dir: &Path, name: &str) -> Result<PathBuf> {
    std::fs::create_dir_all(out_dir)
        .with_context(|| format!("cannot create the folder {}", out_dir.display()))?;
    // Leptos passes the module's address itself and expects NAME.wasm, not the default
    // NAME_bg.wasm; the default path would only be a second, wrong name in the script.
    Bindgen::new()
        .input_path(input)
        .out_name(name)
        .web(true)
        .context("cannot choose the browser as the place to run")?
        .typescript(false)
        .omit_default_module_path(true)
        .generate(out_dir)
        .with_context(|| format!("cannot generate the bindings of {}", input.display()))?;
    let wasm = out_dir.join(format!("{name}.wasm"));
    let generated = out_dir.join(format!("{name}_bg.wasm"));
    std::fs::rename(&generated, &wasm)
        .with_context(|| format!("cannot rename {}", generated.display()))?;
    Ok(wasm)
}

#[cfg(test)]
mod tests {
    use super::generate;

    #[test]
    fn says_which_input_is_missing() {
        let folder = std::env::temp_dir().join(format!("spartito-bindgen-{}", std::process::id()));
        let error = generate(&folder.join("nothing.wasm"), &folder, "app")
            .expect_err("there is no such module");
        assert!(format!("{error:#}").contains("nothing.wasm"), "{error:#}");
        std::fs::remove_dir_all(&folder).expect("the folder was made by this test");
    }
}
