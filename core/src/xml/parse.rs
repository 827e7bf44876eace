//! From text to tree, under limits.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesDecl, Event};

use super::encoding::{Cursor, decode};
use super::name::{Namespace, is_qualified_name};
use super::reference::{BadReference, attribute_value, character_data, resolve};
use super::{
    ATTRIBUTES_MAX, Attribute, DEPTH_MAX, Declaration, ELEMENTS_MAX, Element, NAME_BYTES_MAX,
    NAMESPACES_MAX, OwnText, PIECES_PER_ELEMENT_MAX, Piece, Refusal, TABLE_ELEMENTS_MAX, Text,
    Tree, refusal,
};
use crate::diagnostic::Position;

const WELL_FORMED: &str = "Correct the XML at this place; a modeler writes it well-formed.";
const NO_DOCTYPE: &str = "Remove the <!DOCTYPE …> part; a process model needs none.";

/// Reads `bytes` as XML.
///
/// # Errors
/// The first thing that is not UTF-8, not well-formed, forbidden here, or past a limit.
pub(crate) fn parse(bytes: &[u8]) -> Result<Tree<'_>, Refusal> {
    parse_within(bytes, ELEMENTS_MAX)
}

/// Reads `bytes` as XML that may hold large tables.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_tables(bytes: &[u8]) -> Result<Tree<'_>, Refusal> {
    parse_within(bytes, TABLE_ELEMENTS_MAX)
}

fn parse_within(bytes: &[u8], elements_max: usize) -> Result<Tree<'_>, Refusal> {
    let text = decode(bytes)?;
    let mut parser = Parser {
        text,
        cursor: Cursor::new(text),
        declaration: "",
        content: Vec::new(),
        elements: Vec::new(),
        open: Vec::new(),
        bindings: Vec::new(),
        uris: Vec::new(),
        at: Position { line: 1, column: 1 },
        run: None,
        pieces: 0,
        elements_max,
    };
    parser.run()?;
    let Parser { declaration, content, elements, .. } = parser;
    Ok(Tree { declaration, content, elements })
}

/// Attributes as written, names with their values, and namespace declarations.
type StartTag<'a> = (Vec<(&'a str, Cow<'a, str>)>, Vec<Declaration<'a>>);

struct Parser<'a> {
    text: &'a str,
    cursor: Cursor<'a>,
    declaration: &'a str,
    /// What stands around the outermost element, and it.
    content: Vec<Piece<'a>>,
    elements: Vec<Element<'a>>,
    /// Elements not yet closed, each with the number of bindings in force before it.
    open: Vec<(u32, usize)>,
    /// Namespace declarations in force: prefix and namespace, the innermost last.
    bindings: Vec<(&'a str, Namespace<'a>)>,
    /// Every distinct namespace URI so far.
    uris: Vec<Cow<'a, str>>,
    /// Where the part being read starts.
    at: Position,
    /// Text and references that follow each other: start, end, and the place of the start.
    run: Option<(usize, usize, Position)>,
    /// Count of texts, comments and processing instructions.
    pieces: usize,
    elements_max: usize,
}

impl<'a> Parser<'a> {
    fn run(&mut self) -> Result<(), Refusal> {
        let mut reader = Reader::from_str(self.text);
        loop {
            let start = offset(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    self.at = self.cursor.advance(offset(reader.error_position()));
                    return Err(self.refuse("xml-syntax", sentence(&error), WELL_FORMED));
                }
            };
            self.at = self.cursor.advance(start);
            let end = offset(reader.buffer_position());
            if !matches!(event, Event::Text(_) | Event::GeneralRef(_)) {
                self.end_run()?;
            }
            match event {
                Event::Start(tag) => self.open(start, end - 1, tag.name().as_ref().len())?,
                Event::Empty(tag) => {
                    self.open(start, end - 2, tag.name().as_ref().len())?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(_) => self.text(start, end)?,
                Event::CData(_) => {
                    self.inside()?;
                    let content = &self.text[start + "<![CDATA[".len()..end - "]]>".len()];
                    let at = self.cursor.advance(start + "<![CDATA[".len());
                    self.add(Piece::CData(content, at))?;
                }
                Event::GeneralRef(name) => {
                    resolve(&name).map_err(|bad| self.refuse_reference(&bad))?;
                    self.inside()?;
                    self.text(start, end)?;
                }
                Event::Comment(_) => {
                    self.add(Piece::Comment(&self.text[start + "<!--".len()..end - "-->".len()]))?;
                }
                Event::PI(_) => {
                    let content = &self.text[start + "<?".len()..end - "?>".len()];
                    self.add(Piece::Instruction(content))?;
                }
                Event::Decl(declaration) => {
                    self.declaration(&declaration, start)?;
                    self.declaration = &self.text[start + "<?".len()..end - "?>".len()];
                }
                Event::DocType(content) => return Err(self.refuse_doctype(&content)),
                Event::Eof => return self.finish(),
            }
        }
    }

    fn finish(&mut self) -> Result<(), Refusal> {
        if let Some((index, _)) = self.open.last() {
            let name = self.elements[*index as usize].qualified;
            let message = format!("The text ends before <{name}> is closed.");
            return Err(self.refuse("xml-syntax", message, WELL_FORMED));
        }
        if self.elements.is_empty() {
            let message = "The text holds no XML element.";
            return Err(self.refuse("xml-syntax", message, "Give a BPMN file (.bpmn)."));
        }
        Ok(())
    }

    /// A start tag: `text[start..end]` is `<name attributes`.
    fn open(&mut self, start: usize, end: usize, name_bytes: usize) -> Result<(), Refusal> {
        let content = &self.text[start + 1..end];
        let qualified = &content[..name_bytes];
        if self.open.is_empty() && !self.elements.is_empty() {
            let message = format!("<{qualified}> stands after the end of the outermost element.");
            return Err(self.refuse("xml-syntax", message, WELL_FORMED));
        }
        if self.open.len() >= DEPTH_MAX {
            let message =
                format!("<{qualified}> is nested deeper than the {DEPTH_MAX} levels allowed.");
            return Err(self.refuse("xml-depth", message, "Nest elements less deeply."));
        }
        if self.elements.len() >= self.elements_max {
            let message =
                format!("The file has more than the {} elements allowed.", self.elements_max);
            return Err(self.refuse("xml-elements", message, "Divide the model."));
        }
        self.check_name(qualified)?;
        let before = self.bindings.len();
        let (raw, declarations) = self.attributes(qualified, content, name_bytes)?;
        let (namespace, local) = self.resolve_name(qualified, true)?;
        if namespace == Namespace::XInclude {
            let message = format!("<{qualified}> includes another file; XInclude is not read.");
            let remedy = "Put the included part into this file.";
            return Err(self.refuse("xinclude-forbidden", message, remedy));
        }
        let mut attributes = Vec::with_capacity(raw.len());
        for (name, value) in raw {
            let (namespace, local) = self.resolve_name(name, false)?;
            attributes.push(Attribute { namespace, qualified: name, local, value });
        }
        let index = u32::try_from(self.elements.len()).expect("elements are limited");
        let parent = self.open.last().map_or(index, |(parent, _)| *parent);
        self.push(Piece::Element(index));
        self.open.push((index, before));
        self.elements.push(Element {
            namespace,
            qualified,
            local,
            attributes,
            declarations,
            content: Vec::new(),
            text: OwnText::Blank,
            parent,
            position: self.at,
        });
        Ok(())
    }

    /// The attributes of a start tag, and its namespace declarations, which are bound, too.
    fn attributes(
        &mut self,
        element: &str,
        content: &'a str,
        name_bytes: usize,
    ) -> Result<StartTag<'a>, Refusal> {
        let mut found: Vec<(&'a str, Cow<'a, str>)> = Vec::new();
        let mut declarations = Vec::new();
        let own = self.bindings.len();
        let mut attributes = Attributes::new(content, name_bytes);
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(|error| {
                let message = format!("<{element}> has an attribute that cannot be read: {error}.");
                self.refuse("xml-syntax", message, WELL_FORMED)
            })?;
            let name = attribute.key.into_inner();
            self.check_name(name)?;
            let Cow::Borrowed(raw) = attribute.value else {
                unreachable!("attributes of borrowed text are borrowed")
            };
            if raw.contains('<') {
                let message = format!("The attribute {name} of <{element}> holds a bare <.");
                return Err(self.refuse("xml-syntax", message, "Write &lt; instead."));
            }
            let value = attribute_value(raw).map_err(|bad| self.refuse_reference(&bad))?;
            let prefix = match name.split_once(':') {
                Some(("xmlns", prefix)) => Some(prefix),
                None if name == "xmlns" => Some(""),
                _ => None,
            };
            let repeated = match prefix {
                Some(prefix) => self.bindings[own..].iter().any(|(known, _)| *known == prefix),
                None => found.iter().any(|(known, _)| *known == name),
            };
            if repeated {
                let message = format!("The attribute {name} stands twice on <{element}>.");
                return Err(self.refuse("xml-syntax", message, "Remove one of the two."));
            }
            match prefix {
                Some(prefix) => {
                    self.bind(element, prefix, raw, &value)?;
                    let before = u16::try_from(found.len()).unwrap_or(u16::MAX);
                    declarations.push(Declaration { qualified: name, uri: raw, before });
                }
                None if found.len() >= ATTRIBUTES_MAX => {
                    let message = format!(
                        "<{element}> has more than the {ATTRIBUTES_MAX} attributes allowed."
                    );
                    let remedy = "Remove the attributes that no tool needs.";
                    return Err(self.refuse("xml-attributes", message, remedy));
                }
                None => found.push((name, value)),
            }
        }
        Ok((found, declarations))
    }

    fn bind(
        &mut self,
        element: &str,
        prefix: &'a str,
        raw: &'a str,
        value: &str,
    ) -> Result<(), Refusal> {
        if prefix == "xmlns" || prefix == "xml" || (value.is_empty() && !prefix.is_empty()) {
            let message = format!("<{element}> declares the prefix {prefix} in a forbidden way.");
            return Err(self.refuse("xml-namespace", message, WELL_FORMED));
        }
        if value != raw {
            let message = format!("The namespace of the prefix {prefix} holds a reference.");
            return Err(self.refuse("xml-namespace", message, "Write the namespace plainly."));
        }
        if !self.uris.iter().any(|known| known == raw) {
            self.uris.push(Cow::Borrowed(raw));
        }
        if self.uris.len() > NAMESPACES_MAX || self.bindings.len() >= NAMESPACES_MAX {
            let message = format!("<{element}> passes the {NAMESPACES_MAX} namespaces allowed.");
            let remedy = "Remove the namespaces that are not used.";
            return Err(self.refuse("xml-namespaces", message, remedy));
        }
        self.bindings.push((prefix, Namespace::of(raw)));
        Ok(())
    }

    /// Namespace and local part of a name. Only elements fall under the default namespace.
    fn resolve_name(
        &self,
        name: &'a str,
        is_element: bool,
    ) -> Result<(Namespace<'a>, &'a str), Refusal> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if prefix.is_empty() && !is_element {
            return Ok((Namespace::None, local));
        }
        if prefix == "xml" {
            return Ok((Namespace::Tool, local));
        }
        match self.bindings.iter().rev().find(|(known, _)| *known == prefix) {
            Some((_, namespace)) => Ok((*namespace, local)),
            None if prefix.is_empty() => Ok((Namespace::None, local)),
            None => {
                let message = format!("The prefix of {name} is declared nowhere.");
                let remedy = "Declare it with xmlns:… on the outermost element.";
                Err(self.refuse("xml-namespace", message, remedy))
            }
        }
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        if name.len() <= NAME_BYTES_MAX && is_qualified_name(name) {
            return Ok(());
        }
        let cut: String = name.chars().take(64).collect();
        let message = format!("“{cut}” is not a name that XML allows.");
        Err(self.refuse("xml-syntax", message, WELL_FORMED))
    }

    fn close(&mut self) {
        if let Some((index, before)) = self.open.pop() {
            self.bindings.truncate(before);
            let element = &mut self.elements[index as usize];
            element.text = own_text(&element.content);
        }
    }

    /// What stands beside the part being read.
    fn siblings(&mut self) -> &mut Vec<Piece<'a>> {
        match self.open.last() {
            Some((index, _)) => &mut self.elements[*index as usize].content,
            None => &mut self.content,
        }
    }

    fn push(&mut self, piece: Piece<'a>) {
        let siblings = self.siblings();
        if siblings.is_empty() {
            // Most elements hold one thing only.
            siblings.reserve_exact(1);
        }
        siblings.push(piece);
    }

    fn add(&mut self, piece: Piece<'a>) -> Result<(), Refusal> {
        let pieces_max = PIECES_PER_ELEMENT_MAX * self.elements_max;
        if self.pieces >= pieces_max {
            let message =
                format!("The file has more than the {pieces_max} texts and comments allowed.");
            return Err(self.refuse("xml-pieces", message, "Divide the model."));
        }
        self.pieces += 1;
        self.push(piece);
        Ok(())
    }

    fn inside(&self) -> Result<(), Refusal> {
        if self.open.is_empty() {
            let message = "Text stands outside the outermost element.";
            return Err(self.refuse("xml-syntax", message, WELL_FORMED));
        }
        Ok(())
    }

    /// Text, which may go on in references and further text.
    fn text(&mut self, start: usize, end: usize) -> Result<(), Refusal> {
        let text = &self.text[start..end];
        if self.open.is_empty() && !text.trim_matches(['\t', '\n', '\r', ' ']).is_empty() {
            self.inside()?;
        }
        match &mut self.run {
            Some((_, run_end, _)) => *run_end = end,
            None => self.run = Some((start, end, self.at)),
        }
        Ok(())
    }

    fn end_run(&mut self) -> Result<(), Refusal> {
        let Some((start, end, at)) = self.run.take() else { return Ok(()) };
        let raw = &self.text[start..end];
        self.add(Piece::Text(Text { raw, resolved: character_data(raw), at }))
    }

    fn declaration(&self, declaration: &BytesDecl<'_>, start: usize) -> Result<(), Refusal> {
        if start != 0 {
            let message = "The XML declaration does not stand at the very start.";
            return Err(self.refuse("xml-syntax", message, WELL_FORMED));
        }
        if !declaration.version().is_ok_and(|version| version == "1.0") {
            let message = "The XML declaration does not say version 1.0.";
            return Err(self.refuse("xml-syntax", message, "Write version=\"1.0\"."));
        }
        let encoding = match declaration.encoding() {
            None => return Ok(()),
            Some(Ok(encoding)) => encoding,
            Some(Err(_)) => {
                let message = "The encoding of the XML declaration cannot be read.";
                return Err(self.refuse("xml-encoding", message, "Write encoding=\"UTF-8\"."));
            }
        };
        let is_any_of = |names: &[&str]| names.iter().any(|it| encoding.eq_ignore_ascii_case(it));
        // What is ASCII throughout is the same text in these as in UTF-8.
        if is_any_of(&["utf-8", "utf8", "us-ascii", "ascii"])
            || (is_any_of(&["iso-8859-1", "latin1", "windows-1252"]) && self.text.is_ascii())
        {
            return Ok(());
        }
        let cut: String = encoding.chars().take(64).collect();
        let message = format!("The XML declaration says encoding {cut}; only UTF-8 is read.");
        Err(self.refuse("xml-encoding", message, "Save the file as UTF-8."))
    }

    fn refuse_doctype(&self, content: &str) -> Refusal {
        let entity = content.split("<!ENTITY").nth(1).map(|rest| {
            let words: Vec<&str> = rest.split_whitespace().take(2).collect();
            let name = words.iter().find(|word| **word != "%").copied().unwrap_or_default();
            name.chars().take(64).collect::<String>()
        });
        let root = content.split([' ', '\t', '\r', '\n', '[']).find(|word| !word.is_empty());
        let root: String = root.unwrap_or_default().chars().take(64).collect();
        if let Some(entity) = entity {
            let message = format!(
                "The document type of <{root}> declares the entity “{entity}”; \
                 document types and entities are not read."
            );
            return self.refuse("xml-entity", message, NO_DOCTYPE);
        }
        let message = format!("The text declares a document type for <{root}>; none is read.");
        self.refuse("xml-doctype", message, NO_DOCTYPE)
    }

    fn refuse_reference(&self, bad: &BadReference) -> Refusal {
        let remedy = "Write the character itself, &amp; for &, &lt; for <, or &#number;.";
        self.refuse("xml-entity", bad.message(), remedy)
    }

    /// A refusal here, naming the innermost open element that has an id.
    fn refuse(&self, rule: &str, message: impl Into<String>, remedy: &str) -> Refusal {
        let id = self.open.iter().rev().find_map(|(index, _)| {
            let attributes = &self.elements[*index as usize].attributes;
            attributes.iter().find(|a| a.namespace == Namespace::None && a.local == "id")
        });
        refusal(rule, id.map_or("", |id| &id.value), self.at, message, remedy)
    }
}

/// The texts of an element as one.
fn own_text(content: &[Piece<'_>]) -> OwnText {
    let mut found = OwnText::Blank;
    for (index, piece) in content.iter().enumerate() {
        if piece.characters().is_some_and(|text| !text.trim().is_empty()) {
            if !matches!(found, OwnText::Blank) {
                let texts = content.iter().filter_map(Piece::characters);
                return OwnText::Joined(texts.collect::<String>().into_boxed_str());
            }
            found = OwnText::Piece(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }
    found
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// The words of the XML library as a sentence.
fn sentence(error: &quick_xml::Error) -> String {
    let words: String = error.to_string().chars().take(300).collect();
    format!("The text is not well-formed XML: {}.", words.trim_end_matches('.'))
}
