//! How answers cross: as JSON, read by little code.
//!
//! The code that `serde_json` generates to read a type straight from text is large, mostly for
//! words about what does not fit, and each type pays for it. Here the text becomes a plain tree
//! first, by code that exists once, and types are read from the tree, saying only whether they fit.

use bytes::Bytes;
use leptos::prelude::codee::{Decoder, Encoder};
use leptos::server_fn::codec::Post;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::tree::{Misfit, Tree};

/// The form of answers of calls, and of what a page brings with it.
#[derive(Debug)]
pub struct Json;

/// What calls name as the form of their answers.
pub type Answer = Post<Json>;

/// Reads an answer.
fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Misfit> {
    let tree: Tree = serde_json::from_slice(text).map_err(|_| Misfit)?;
    T::deserialize(tree)
}

impl ContentType for Json {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Json {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Json {
    type Error = serde_json::Error;

    fn encode(answer: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(answer).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Json {
    type Error = Misfit;

    fn decode(bytes: Bytes) -> Result<T, Misfit> {
        read(&bytes)
    }
}

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(brought: &T) -> Result<String, Self::Error> {
        serde_json::to_string(brought)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = Misfit;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Misfit> {
        read(text.as_bytes())
    }
}
