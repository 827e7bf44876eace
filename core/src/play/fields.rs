//! Reads the parts of a JSON object one by one, and says of a wrong one where it is.

use std::sync::Arc;

use super::Unusable;
use crate::time::{IsoDuration, Timestamp};
use crate::value::{Context, Value, Variables};

/// An object of a scenario, with the place where it stands.
pub(super) struct Fields<'v> {
    place: String,
    entries: &'v Context,
    /// Names that have been asked for; others are not known.
    known: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    /// The object `value` at `place`.
    pub(super) fn of(value: &'v Value, place: impl Into<String>) -> Result<Self, Unusable> {
        let place = place.into();
        let entries = value.as_context().ok_or_else(|| wrong(&place, "an object", value))?;
        Ok(Self { place, entries, known: Vec::new() })
    }

    /// The place of the entry `name`.
    pub(super) fn place(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// The entry `name`, if it is there.
    pub(super) fn get(&mut self, name: &'static str) -> Option<&'v Value> {
        self.known.push(name);
        self.entries.get(name).filter(|value| !value.is_null())
    }

    /// Whether there is an entry `name`.
    pub(super) fn has(&mut self, name: &'static str) -> bool {
        self.get(name).is_some()
    }

    /// The text `name`, if it is there.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<Arc<str>>, Unusable> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| wrong(&self.place(name), "a text", value))?;
        Ok(Some(Arc::from(text)))
    }

    /// The text `name`, which must be there.
    pub(super) fn required(&mut self, name: &'static str) -> Result<Arc<str>, Unusable> {
        let missing = format!("{}: a text is missing here.", self.place(name));
        self.text(name)?.ok_or(Unusable::new(missing))
    }

    /// The whole number `name` from 0, if it is there.
    pub(super) fn number(&mut self, name: &'static str) -> Result<Option<u32>, Unusable> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.to_json().parse().ok();
        let wrong = || wrong(&self.place(name), "a whole number from 0", value);
        number.map(Some).ok_or_else(wrong)
    }

    /// The truth value `name`, if it is there.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Unusable> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong = || wrong(&self.place(name), "true or false", value);
        value.as_bool().map(Some).ok_or_else(wrong)
    }

    /// The variables `name`; none where they are left out.
    pub(super) fn variables(&mut self, name: &'static str) -> Result<Variables, Unusable> {
        let Some(value) = self.get(name) else { return Ok(Variables::default()) };
        let variables = value.as_context().cloned();
        variables.ok_or_else(|| wrong(&self.place(name), "an object with variables", value))
    }

    /// The moment `name`, if it is there.
    pub(super) fn moment(&mut self, name: &'static str) -> Result<Option<Timestamp>, Unusable> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let wrong = |error| Unusable::new(format!("{}: {error}", self.place(name)));
        Timestamp::parse(&text).map(Some).map_err(wrong)
    }

    /// The duration `name`, if it is there; not negative.
    pub(super) fn duration(&mut self, name: &'static str) -> Result<Option<IsoDuration>, Unusable> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let duration = IsoDuration::parse(&text)
            .map_err(|error| Unusable::new(format!("{}: {error}", self.place(name))))?;
        if duration.is_negative() {
            let place = self.place(name);
            return Err(Unusable::new(format!("{place}: time does not run backwards.")));
        }
        Ok(Some(duration))
    }

    /// The list of texts `name`; empty where it is left out.
    pub(super) fn texts(&mut self, name: &'static str) -> Result<Vec<Arc<str>>, Unusable> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let place = self.place(name);
        let list = value.as_list().ok_or_else(|| wrong(&place, "a list of texts", value))?;
        let text = |value: &Value| value.as_str().map(Arc::from);
        let texts: Option<Vec<_>> = list.iter().map(text).collect();
        texts.ok_or_else(|| wrong(&place, "a list of texts", value))
    }

    /// Refuses what nobody asked for: most likely it is misspelt.
    pub(super) fn finish(self) -> Result<(), Unusable> {
        let unknown = self.entries.keys().find(|name| !self.known.contains(&name.as_ref()));
        let Some(unknown) = unknown else { return Ok(()) };
        let place = self.place(unknown);
        let known = self.known.join(", ");
        Err(Unusable::new(format!("{place} is not known here; known are: {known}.")))
    }
}

/// A value that is not what it should be.
pub(super) fn wrong(place: &str, expected: &str, value: &Value) -> Unusable {
    let at = if place.is_empty() { "The scenario" } else { place };
    let shown = crate::value::words::cut(&value.to_json(), 60);
    Unusable::new(format!("{at}: {expected} is expected here, but there is {shown}."))
}
