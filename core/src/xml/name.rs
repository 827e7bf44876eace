//! Names and namespaces.

/// A namespace, as far as a model has to tell it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Namespace<'a> {
    /// A name without a namespace.
    None,
    /// BPMN 2.0 semantic elements.
    Bpmn,
    /// Shapes and edges of BPMN DI.
    BpmnDi,
    /// Bounds and points.
    Dc,
    /// Waypoints.
    Di,
    /// DMN semantic elements, of any version.
    Dmn,
    /// Shapes, edges and geometry of DMN DI, of any version.
    DmnDi,
    /// Extensions that we execute.
    Zeebe,
    /// Extensions of drawing tools, without a meaning for execution.
    Tool,
    /// Extensions of another engine, named by its URI.
    Engine(&'a str),
    /// `xsi:type` and its like.
    SchemaInstance,
    /// Inclusion of other files.
    XInclude,
    /// Any other, named by its URI.
    Other(&'a str),
}

impl<'a> Namespace<'a> {
    /// The namespace of this URI.
    pub(crate) fn of(uri: &'a str) -> Self {
        match uri {
            "" => Self::None,
            "http://www.omg.org/spec/BPMN/20100524/MODEL" => Self::Bpmn,
            "http://www.omg.org/spec/BPMN/20100524/DI" => Self::BpmnDi,
            "http://www.omg.org/spec/DD/20100524/DC" => Self::Dc,
            "http://www.omg.org/spec/DD/20100524/DI" => Self::Di,
            "http://camunda.org/schema/zeebe/1.0" => Self::Zeebe,
            "http://camunda.org/schema/modeler/1.0"
            | "http://operaton.org/schema/modeler/1.0"
            | "http://flowable.org/modeler"
            | "http://activiti.com/modeler"
            | "http://flowable.org/design"
            | "http://bpmn.io/schema/bpmn/biocolor/1.0"
            | "http://www.omg.org/spec/BPMN/non-normative/color/1.0"
            | "http://www.w3.org/XML/1998/namespace" => Self::Tool,
            "http://camunda.org/schema/1.0/bpmn"
            | "http://operaton.org/schema/1.0/bpmn"
            | "http://www.operaton.com/fox"
            | "http://www.camunda.com/fox"
            | "http://flowable.org/bpmn"
            | "http://activiti.org/bpmn" => Self::Engine(uri),
            "http://www.w3.org/2001/XMLSchema-instance" => Self::SchemaInstance,
            "http://www.w3.org/2001/XInclude" => Self::XInclude,
            _ if is_dmn(uri, &["/MODEL/", "/dmn.xsd"]) => Self::Dmn,
            _ if is_dmn(uri, &["/DMNDI/", "/DI/", "/DC/"]) => Self::DmnDi,
            _ => Self::Other(uri),
        }
    }
}

/// Whether a URI is that of a part of DMN: `http://www.omg.org/spec/DMN/DATE/PART`, from 1.2 on with
/// names of parts, from 1.3 on with https.
fn is_dmn(uri: &str, parts: &[&str]) -> bool {
    let rest = uri.strip_prefix("https").or_else(|| uri.strip_prefix("http"));
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix("://www.omg.org/spec/DMN/")) else {
        return false;
    };
    let date = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    date == 8 && parts.contains(&&rest[date..])
}

/// Whether `text` is a name without a colon (`NCName`), as ids are.
pub(crate) fn is_nc_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name_part)
}

/// Whether `text` is a name with at most one colon, and both sides names.
pub(super) fn is_qualified_name(text: &str) -> bool {
    match text.split_once(':') {
        None => is_nc_name(text),
        Some((prefix, local)) => is_nc_name(prefix) && is_nc_name(local),
    }
}

fn is_name_start(character: char) -> bool {
    matches!(character,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn is_name_part(character: char) -> bool {
    is_name_start(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
