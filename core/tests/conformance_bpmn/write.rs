//! Reading then writing loses nothing.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use spartito_core::bpmn::{inspect, rewrite};

/// All that a text says, in its order: tags with their attributes, texts, comments.
fn said(text: &str) -> Vec<String> {
    let mut reader = Reader::from_str(text);
    let mut all: Vec<String> = Vec::new();
    let tag = |tag: &BytesStart<'_>| {
        let attributes: String = tag
            .attributes()
            .map(|it| it.expect("an attribute"))
            .map(|it| {
                let value = it.value.replace(['\n', '\t'], " ");
                let value = quick_xml::escape::unescape(&value).expect("known").into_owned();
                format!(" {}={value:?}", it.key.as_ref())
            })
            .collect();
        format!("<{}{attributes}>", tag.name().as_ref())
    };
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => all.push(tag(&start)),
            Event::Empty(start) => {
                all.push(tag(&start));
                all.push("</>".to_owned());
            }
            Event::End(_) => all.push("</>".to_owned()),
            Event::Eof => return all,
            other @ (Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_)) => all.push(format!("{other:?}")),
        }
    }
}

/// What execution sees of a model, without places in the text.
fn seen(bytes: &[u8]) -> String {
    let definitions = inspect(bytes).definitions.expect("a model of BPMN");
    let text = format!("{definitions:?}");
    let parts = text.split("Position {").enumerate().map(|(index, part)| {
        if index == 0 { part } else { part.split_once('}').map_or(part, |(_, rest)| rest) }
    });
    parts.collect()
}

#[test]
fn what_was_read_is_written_with_all_that_it_says() {
    for folder in ["miwg", "token-simulation", "models", "fbpmn"] {
        let Some(files) = super::files(folder) else { return };
        let mut count = 0;
        for (name, bytes) in files.iter().filter(|(name, _)| super::is_model(name)) {
            let Ok(text) = std::str::from_utf8(bytes) else { continue };
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
            let Ok(written) = rewrite(text.as_bytes()) else {
                assert_ne!(folder, "miwg", "{name} cannot be read");
                continue;
            };
            assert!(said(&written) == said(&text), "{name} loses something");
            let again = rewrite(written.as_bytes()).expect("what is written is read");
            assert_eq!(again, written, "{name} changes once more");
            if inspect(bytes).definitions.is_some() {
                assert!(seen(written.as_bytes()) == seen(bytes), "{name} means something else");
            }
            count += 1;
        }
        println!("{folder}: {count} files are written as they were read");
        assert!(count > 0, "{folder}");
    }
}
