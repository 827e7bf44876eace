//! Read JSON as a tree, and types read from such a tree.
//!
//! Errors carry no words: they would be most of the code that each type needs.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each type names the forms it is read from; all others do not fit"
)]

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

/// What was read does not fit the type it was to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not in the form that was expected")]
pub struct Misfit;

impl Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// JSON; names keep their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Null,
    Boolean(bool),
    Positive(u64),
    Negative(i64),
    Fraction(f64),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Boolean(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Positive(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Negative(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Fraction(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Map(entries))
    }
}

impl Tree {
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Positive(number) => visitor.visit_u64(number),
            Self::Negative(number) => visitor.visit_i64(number),
            Self::Fraction(number) => visitor.visit_f64(number),
            _ => Err(Misfit),
        }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Text(text) => visitor.visit_string(text),
            _ => Err(Misfit),
        }
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::List(items) => visitor.visit_seq(Items(items.into_iter())),
            _ => Err(Misfit),
        }
    }

    fn map<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Map(entries) => {
                visitor.visit_map(Entries { rest: entries.into_iter(), value: Self::Null })
            }
            _ => Err(Misfit),
        }
    }
}

/// Sends all methods of one kind to the function that reads that kind.
macro_rules! read_by {
    ($function:ident: $($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
                self.$function(visitor)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Tree {
    type Error = Misfit;

    read_by!(number: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_i8
        deserialize_i16 deserialize_i32 deserialize_i64 deserialize_f32 deserialize_f64);
    read_by!(text: deserialize_char deserialize_str deserialize_string deserialize_identifier);
    read_by!(list: deserialize_seq);
    read_by!(map: deserialize_map);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Boolean(flag) => visitor.visit_bool(flag),
            Self::Positive(_) | Self::Negative(_) | Self::Fraction(_) => self.number(visitor),
            Self::Text(text) => visitor.visit_string(text),
            Self::List(_) => self.list(visitor),
            Self::Map(_) => self.map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Boolean(flag) => visitor.visit_bool(flag),
            _ => Err(Misfit),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Null => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.map(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.list(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let (name, content) = match self {
            Self::Text(name) => (name, Self::Null),
            Self::Map(mut entries) if entries.len() == 1 => entries.pop().ok_or(Misfit)?,
            _ => return Err(Misfit),
        };
        visitor.visit_enum(Variant { name, content })
    }

    forward_to_deserialize_any! { unit unit_struct bytes byte_buf }
}

struct Items(std::vec::IntoIter<Tree>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }
}

struct Entries {
    rest: std::vec::IntoIter<(String, Tree)>,
    /// What belongs to the name that was read last.
    value: Tree,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(Tree::Text(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        seed.deserialize(std::mem::replace(&mut self.value, Tree::Null))
    }
}

struct Variant {
    name: String,
    content: Tree,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Misfit;
    type Variant = Tree;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Tree), Misfit> {
        Ok((seed.deserialize(Tree::Text(self.name))?, self.content))
    }
}

impl<'de> VariantAccess<'de> for Tree {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        if self == Self::Null { Ok(()) } else { Err(Misfit) }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Misfit> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.list(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use spartito_core::value::Value;

    use super::{Misfit, Tree};

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Everything {
        flag: bool,
        small: u8,
        negative: i64,
        fraction: f64,
        text: String,
        character: char,
        none: Option<u32>,
        some: Option<Box<str>>,
        pair: (u16, String),
        wrapped: Wrapped,
        list: Vec<Kind>,
        map: BTreeMap<String, i32>,
        result: Result<(), Kind>,
        #[serde(default)]
        missing: u64,
        value: Value,
    }

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Wrapped(u64);

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    enum Kind {
        Plain,
        Holding(String),
        Pair(u8, u8),
        Named { at: i32 },
    }

    fn through<T: Serialize + DeserializeOwned>(written: &T) -> Result<T, Misfit> {
        read(&serde_json::to_string(written).expect("it can be written"))
    }

    fn read<T: DeserializeOwned>(text: &str) -> Result<T, Misfit> {
        T::deserialize(serde_json::from_str::<Tree>(text).map_err(|_| Misfit)?)
    }

    fn everything() -> Everything {
        Everything {
            flag: true,
            small: 255,
            negative: i64::MIN,
            fraction: 0.1,
            text: "ä \"quoted\" \u{1F600}".to_owned(),
            character: 'ß',
            none: None,
            some: Some("text".into()),
            pair: (1, "two".to_owned()),
            wrapped: Wrapped(u64::MAX),
            list: vec![
                Kind::Plain,
                Kind::Holding("it".to_owned()),
                Kind::Pair(1, 2),
                Kind::Named { at: -1 },
            ],
            map: BTreeMap::from([("b".to_owned(), 2), ("a".to_owned(), -1)]),
            result: Ok(()),
            missing: 0,
            value: serde_json::from_str(r#"{"z": [1, {"$n": "1.50"}], "a": {"$d": "2026-11-25"}}"#)
                .expect("a value"),
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        assert_eq!(through(&everything()), Ok(everything()));
        assert_eq!(through(&Err::<u8, _>(Kind::Plain)), Ok(Err::<u8, _>(Kind::Plain)));
    }

    #[test]
    fn names_of_a_value_keep_their_order() {
        let value = everything().value;
        let written = serde_json::to_string(&value).expect("it can be written");
        let read: Value = read(&written).expect("it is read");
        assert_eq!(serde_json::to_string(&read).expect("it can be written"), written);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(read::<u8>("256"), Err(Misfit));
        assert_eq!(read::<u8>("\"1\""), Err(Misfit));
        assert_eq!(read::<String>("1"), Err(Misfit));
        assert_eq!(read::<bool>("null"), Err(Misfit));
        assert_eq!(read::<Vec<u8>>("{}"), Err(Misfit));
        assert_eq!(read::<Wrapped>("[1]"), Err(Misfit));
        assert_eq!(read::<(u8, u8)>("[1]"), Err(Misfit));
        assert_eq!(read::<Kind>("\"Unknown\""), Err(Misfit));
        assert_eq!(read::<Kind>("\"Holding\""), Err(Misfit));
        assert_eq!(read::<Kind>("{\"Plain\": null, \"Holding\": \"\"}"), Err(Misfit));
        assert_eq!(read::<Everything>("{}"), Err(Misfit));
    }

    #[test]
    fn names_that_nobody_knows_are_passed_over() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Known {
            at: u8,
        }
        assert_eq!(read(r#"{"new": {"deep": [1]}, "at": 1}"#), Ok(Known { at: 1 }));
    }
}
