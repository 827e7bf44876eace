//! Commands that work on files and texts, without a server.

pub mod check;
pub mod decide;
pub mod feel;
pub mod play;

use std::io::Read;
use std::path::Path;

use anyhow::Context as _;
use spartito_core::value::{Context, json};

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

/// Variables: a JSON object as text, or a file that holds one; none where nothing is given.
fn context(given: Option<&str>) -> anyhow::Result<Context> {
    let Some(given) = given else { return Ok(Context::default()) };
    let text = if given.trim_start().starts_with('{') {
        given.as_bytes().to_vec()
    } else {
        read_input(given)?
    };
    let value = json::parse(text, json::Limits::default())
        .map_err(|error| anyhow::anyhow!("the context is not JSON: {error}"))?;
    match value.as_context() {
        Some(variables) => Ok(variables.clone()),
        None => anyhow::bail!("the context must be a JSON object"),
    }
}
