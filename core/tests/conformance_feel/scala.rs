//! Reads the data of a test of feel-scala: literals of Scala as values.

use spartito_core::value::{Context, Value, parse_temporal};

/// What a test gives to its expression.
#[derive(Default)]
pub struct Given {
    /// The tested value of unary tests.
    pub input: Value,
    /// The variables.
    pub variables: Context,
    is_empty: bool,
}

/// The data that a test gives; `None` where it builds objects of the host.
pub fn given(text: &str, is_unary: bool) -> Option<Given> {
    let mut reader = Reader { rest: text.trim() };
    let mut given = Given { is_empty: true, ..Given::default() };
    while !reader.rest.is_empty() {
        let is_input = reader.take("inputValue =") || is_unary && given.is_empty;
        reader.take("variables =");
        let value = reader.value()?;
        match value.as_context().filter(|_| !is_input) {
            Some(variables) => given.variables = variables.clone(),
            None => given.input = value,
        }
        given.is_empty = false;
        reader.take(",");
    }
    Some(given)
}

/// A literal; `None` where it is more than that.
pub fn literal(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.value()?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn take(&mut self, piece: &str) -> bool {
        let found = self.rest.strip_prefix(piece);
        self.rest = found.unwrap_or(self.rest).trim_start();
        found.is_some()
    }

    fn until(&mut self, end: impl Fn(char) -> bool) -> &'t str {
        let (found, rest) = self.rest.split_at(self.rest.find(end).unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        found
    }

    fn value(&mut self) -> Option<Value> {
        if self.rest.starts_with('"') {
            return Some(Value::from(self.text()?));
        }
        let word = self.until(|letter| !letter.is_alphanumeric() && !"_.-".contains(letter));
        match word {
            "true" => return Some(Value::Boolean(true)),
            "false" => return Some(Value::Boolean(false)),
            "null" | "None" | "ValNull" => return Some(Value::Null),
            "List.empty" => return Some(Value::list(Vec::new())),
            "Map.empty" => return Some(Value::context::<&str>([])),
            "hugeList" => return Some(huge_list(10_000)),
            "hugeList.last" => return Some(Value::from(10_000)),
            _ => {}
        }
        if let Ok(number) = word.replace('_', "").parse() {
            return Some(Value::Number(number));
        }
        if !self.take("(") {
            return None;
        }
        let value = match word {
            "List" => {
                let mut items = Vec::new();
                while !self.rest.starts_with(')') {
                    items.push(self.value()?);
                    self.take(",");
                }
                Value::list(items)
            }
            "Map" => {
                let mut entries = Context::new();
                while !self.rest.starts_with(')') {
                    let is_input = self.take("UnaryTests.defaultInputVariable");
                    let name = if is_input { "?".to_owned() } else { self.text()? };
                    self.take("->").then_some(())?;
                    entries.insert(name, self.value()?);
                    self.take(",");
                }
                Value::from(entries)
            }
            "ZonedDateTime.of" => {
                let local = self.value()?;
                self.take(",");
                let zone = if self.take("ZoneId.of(") {
                    format!("@{}", self.text()?)
                } else {
                    self.take("ZoneOffset.ofHours(").then_some(())?;
                    format!("+0{}:00", self.value()?.to_json())
                };
                self.take(")");
                parse_temporal(&format!("{}{zone}", local.to_json().trim_matches('"')))?
            }
            "Period.ofYears" => {
                let years = self.value()?;
                self.take(").withMonths(").then_some(())?;
                parse_temporal(&format!("P{}Y{}M", years.to_json(), self.value()?.to_json()))?
            }
            "hugeList.take" => huge_list(self.value()?.as_number()?.to_i64()?),
            _ => self.temporal(word)?,
        };
        self.take(")").then_some(value)
    }

    /// `LocalDate.parse("…")`, `date("…")` and the like.
    fn temporal(&mut self, word: &str) -> Option<Value> {
        let of = match word {
            "LocalDate.parse" | "date" => "date",
            "LocalTime.parse" | "OffsetTime.parse" | "localTime" | "time" => "time",
            "LocalDateTime.parse" | "ZonedDateTime.parse" | "localDateTime" | "dateTime" => {
                "date and time"
            }
            "Duration.parse" | "dayTimeDuration" => "days and time duration",
            "Period.parse" | "yearMonthDuration" => "years and months duration",
            _ => return None,
        };
        let mut text = self.text()?;
        // Java writes both the offset and the zone.
        if let Some((local, zone)) = text.split_once('[') {
            let local = local.get(..19)?;
            text = format!("{local}@{}", zone.trim_end_matches(']'));
        }
        match parse_temporal(&text) {
            Some(value) => (value.type_name() == of).then_some(value),
            // Java reads more than the standard; what is expected is told by its text.
            None => Some(Value::from(text)),
        }
    }

    /// A text in quotes, once or thrice, its escapes resolved.
    fn text(&mut self) -> Option<String> {
        if let Some(rest) = self.rest.strip_prefix("\"\"\"") {
            let (text, rest) = rest.split_at(rest.find("\"\"\"")?);
            self.rest = rest[3..].trim_start();
            return Some(text.to_owned());
        }
        let inner = self.rest.strip_prefix('"')?;
        let (mut text, mut letters) = (String::new(), inner.char_indices());
        loop {
            match letters.next()? {
                (at, '"') => {
                    self.rest = inner[at + 1..].trim_start();
                    return Some(text);
                }
                (_, '\\') => match letters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    other => text.push(other),
                },
                (_, letter) => text.push(letter),
            }
        }
    }
}

fn huge_list(length: i64) -> Value {
    Value::list((1..=length).map(Value::from).collect())
}
