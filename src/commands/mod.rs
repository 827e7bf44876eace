//! Commands that work on files and texts, without a server.

pub mod check;
pub mod feel;

use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

/// Reads a file, or standard input for `-`.
fn read_input(name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if name == "-" {
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        bytes = std::fs::read(Path::new(name)).with_context(|| format!("cannot read {name}"))?;
    }
    Ok(bytes)
}
