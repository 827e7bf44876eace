//! Test files as plain trees; they are trusted.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element: local names only.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub inside: Vec<Element>,
    pub text: String,
}

impl Element {
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.inside.iter().find(|child| child.name == name)
    }

    pub fn children<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.inside.iter().filter(move |child| child.name == name)
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn element(tag: &BytesStart<'_>) -> Element {
    let attributes = tag
        .attributes()
        .map(|it| it.expect("an attribute"))
        .map(|it| (local(it.key.as_ref()), unescaped(&it.value)))
        .collect();
    Element { name: local(tag.name().as_ref()), attributes, ..Element::default() }
}

fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).expect("known entities").into_owned()
}

/// The outermost element of a text.
pub fn parse(text: &str) -> Element {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(tag) => open.push(element(&tag)),
            Event::Empty(tag) => {
                let child = element(&tag);
                open.last_mut().expect("an open element").inside.push(child);
            }
            Event::End(_) => {
                let closed = open.pop().expect("an open element");
                open.last_mut().expect("an open element").inside.push(closed);
            }
            Event::Text(text) => {
                open.last_mut().expect("an open element").text.push_str(&text);
            }
            Event::GeneralRef(name) => {
                let resolved = unescaped(&format!("&{};", &*name));
                open.last_mut().expect("an open element").text.push_str(&resolved);
            }
            Event::CData(text) => {
                open.last_mut().expect("an open element").text.push_str(&text);
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    open.swap_remove(0).inside.into_iter().next().unwrap_or_default()
}
