//! The parts of a form.

use serde::{Deserialize, Serialize};

use crate::ids::FormId;
use crate::value::{Decimal, Value};

/// Columns of a row; a field takes 1 to this many.
pub const WIDTH_MAX: u8 = 16;

/// A form. Keys of fields, variables and names of actions are unique in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Its id; versions share it.
    pub id: FormId,
    /// Its heading, when it has one.
    pub title: Option<String>,
    /// What it shows, from top to bottom.
    pub components: Vec<Component>,
}

impl Form {
    /// All fields from top to bottom, those in groups included.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        fields(&self.components)
    }

    /// All actions from top to bottom, those in groups included.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        flat(&self.components).filter_map(|component| match component {
            Component::Action(action) => Some(action),
            Component::Text(_)
            | Component::Group(_)
            | Component::Separator
            | Component::Spacer
            | Component::Field(_) => None,
        })
    }
}

/// All fields among `components`, those in groups included.
pub(super) fn fields(components: &[Component]) -> impl Iterator<Item = &Field> {
    flat(components).filter_map(|component| match component {
        Component::Field(field) => Some(field),
        Component::Text(_)
        | Component::Group(_)
        | Component::Separator
        | Component::Spacer
        | Component::Action(_) => None,
    })
}

/// All components; each group, then those in it.
fn flat(components: &[Component]) -> impl Iterator<Item = &Component> {
    components.iter().flat_map(|component| {
        let inner = match component {
            Component::Group(group) => group.components.as_slice(),
            Component::Field(_)
            | Component::Text(_)
            | Component::Separator
            | Component::Spacer
            | Component::Action(_) => &[],
        };
        std::iter::once(component).chain(inner)
    })
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Component {
    /// Something to fill in, or a fact to read.
    Field(Field),
    /// Words.
    Text(TextBlock),
    /// Components that belong together.
    Group(Group),
    /// A line across.
    Separator,
    /// Empty space.
    Spacer,
    /// A button that completes the form.
    Action(Action),
}

/// Words between the fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextBlock {
    /// Markdown as the form has it; never HTML to be trusted.
    pub text: String,
}

/// Components that belong together, under a heading. Groups hold no groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The heading, when it has one.
    pub label: Option<String>,
    /// What it holds, from top to bottom.
    pub components: Vec<Component>,
}

/// Something to fill in, or a fact to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The variable it shows and sets; also its key among the answers.
    pub key: String,
    /// What stands above it; the key where the form has none.
    pub label: String,
    /// What may be filled in.
    pub kind: FieldKind,
    /// Whether it must be filled in, whichever action is taken.
    pub required: bool,
    /// Whether it only shows its variable.
    pub read_only: bool,
    /// A hint below the label.
    pub description: Option<String>,
    /// The answer to begin with, where the variable has no value.
    pub default: Option<String>,
    /// Columns that it should take, of [`WIDTH_MAX`].
    pub width: Option<u8>,
    /// What stands before the value, such as `€`.
    pub prefix: Option<String>,
    /// What stands behind the value, such as `%`.
    pub suffix: Option<String>,
}

/// What may be filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FieldKind {
    /// A text.
    Text {
        /// Whether it may have several lines.
        multiline: bool,
        /// Shortest length in characters.
        min_length: Option<u32>,
        /// Greatest length in characters.
        max_length: Option<u32>,
        /// A regular expression that must match somewhere in the text.
        pattern: Option<String>,
    },
    /// A decimal number.
    Number {
        /// Least value.
        #[serde(with = "decimal")]
        min: Option<Decimal>,
        /// Greatest value.
        #[serde(with = "decimal")]
        max: Option<Decimal>,
        /// Most digits behind the point; `None` for as many as wanted.
        decimal_digits: Option<u8>,
        /// The value is a multiple of this; above 0.
        #[serde(with = "decimal")]
        step: Option<Decimal>,
    },
    /// One of several, from a list that opens.
    Select {
        /// What can be chosen, at least one.
        choices: Vec<Choice>,
    },
    /// One of several, all in view.
    Radio {
        /// What can be chosen, at least one.
        choices: Vec<Choice>,
    },
    /// Yes or no.
    Checkbox,
    /// A day.
    Date,
    /// A day and a time of day.
    DateTime,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What the person reads.
    pub label: String,
    /// The answer that chooses it.
    pub answer: String,
    /// What the variable becomes.
    pub value: Value,
}

/// A button that completes the form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// What the button says.
    pub label: String,
    /// Its name, sent when it is pressed.
    pub name: String,
    /// Variable that it sets, and to what.
    pub sets: Option<(String, Value)>,
    /// Keys of fields that must be filled in for it, besides the required ones.
    pub requires: Vec<String>,
    /// How it looks.
    pub tone: Tone,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// What is mostly done here.
    Primary,
    /// One way among others.
    Neutral,
    /// Hard to take back, or a refusal.
    Danger,
}

/// Decimals as texts, so that no reader makes binary numbers of them.
mod decimal {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::value::Decimal;

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(
        number: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        number.as_ref().map(ToString::to_string).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}
