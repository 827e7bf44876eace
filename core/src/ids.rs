//! One newtype per identity, and the opaque text by which the outside world names each.
//!
//! Never generates anything: numbers and randomness are arguments.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A key that does not have the form of the identity it should name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not a key of a {kind}")]
pub struct KeyError {
    /// What the key should have named, in words.
    pub kind: &'static str,
    /// The text that was given, cut to 64 characters.
    pub text: String,
}

impl KeyError {
    fn new(kind: &'static str, text: &str) -> Self {
        Self { kind, text: text.chars().take(64).collect() }
    }
}

/// Crockford's base 32: no I, L, O, U, so that a key can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Digits of a 64-bit number in base 32.
const DIGITS: usize = 13;

fn write_base32(number: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0_u8; DIGITS];
    let mut rest = number;
    for slot in text.iter_mut().rev() {
        *slot = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    f.write_str(std::str::from_utf8(&text).expect("the alphabet is ASCII"))
}

fn read_base32(text: &str) -> Option<u64> {
    if text.len() != DIGITS {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = ALPHABET.iter().position(|known| *known == byte)?;
        number.checked_mul(32)?.checked_add(u64::try_from(digit).ok()?)
    })
}

/// Declares an identity that is a 64-bit number inside and 13 characters of base 32 outside.
macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// The identity with this number; at most 2^63 - 1, so that every database can keep it.
            pub const fn new(number: u64) -> Self {
                assert!(number <= i64::MAX as u64, "an identity fits a signed 64-bit column");
                Self(number)
            }

            /// The number inside.
            pub const fn number(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_base32(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = KeyError;

            fn from_str(text: &str) -> Result<Self, KeyError> {
                read_base32(text)
                    .filter(|number| i64::try_from(*number).is_ok())
                    .map(Self)
                    .ok_or_else(|| KeyError::new($kind, text))
            }
        }
    };
}

number_id!(
    /// One run of a process.
    InstanceId, "process instance"
);
number_id!(
    /// One deployed version of a process.
    DefinitionKey, "process version"
);
number_id!(
    /// One deployed version of a form.
    FormKey, "form version"
);

number_id!(
    /// One deployed version of a DMN model, with all its decisions.
    DecisionModelKey, "version of a decision model"
);
number_id!(
    /// The same done to many: one batch operation.
    BatchKey, "batch operation"
);
number_id!(
    /// One deployment: files that were deployed together.
    DeploymentKey, "deployment"
);

/// Declares an identity that is a piece of text in a model, such as the id of a flow node.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identity with this text.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text inside.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id!(
    /// `id` of a `process` element; its versions share it.
    ProcessId
);
text_id!(
    /// `id` of a flow node (an event, an activity or a gateway).
    FlowNodeId
);
text_id!(
    /// `id` of a sequence flow.
    SequenceFlowId
);
text_id!(
    /// `id` of a form; its versions share it.
    FormId
);
text_id!(
    /// `id` of a decision or decision service; its versions share it.
    DecisionId
);
text_id!(
    /// Name by which a person signs in.
    PersonId
);
text_id!(
    /// Name of a group of people, such as `underwriters`.
    GroupId
);

/// Number of an element instance within its process instance; 0 is the process itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ElementInstanceId(pub u32);

impl ElementInstanceId {
    /// The process itself, the outermost scope.
    pub const ROOT: Self = Self(0);
}

/// Number of an incident within its process instance, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub u32);

/// Number of a subscription within its process instance, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriptionId(pub u32);

/// Makes a repeated request recognizable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub u128);

/// As logs show it: 32 hexadecimal digits.
impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Declares a key that names a numbered thing of one process instance, as `<instance>-<number>`.
macro_rules! member_key {
    ($(#[$doc:meta])* $name:ident, $number:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The process instance.
            pub instance: InstanceId,
            /// The number within the instance.
            pub number: $number,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}-{}", self.instance, self.number.0)
            }
        }

        impl FromStr for $name {
            type Err = KeyError;

            fn from_str(text: &str) -> Result<Self, KeyError> {
                let refuse = || KeyError::new($kind, text);
                let (instance, number) = text.split_once('-').ok_or_else(refuse)?;
                let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
                if !plain || (number.len() > 1 && number.starts_with('0')) {
                    return Err(refuse());
                }
                Ok(Self {
                    instance: instance.parse().map_err(|_| refuse())?,
                    number: $number(number.parse().map_err(|_| refuse())?),
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

member_key!(
    /// A user task: the element instance that waits for a person.
    UserTaskKey, ElementInstanceId, "task"
);
member_key!(
    /// A job: the element instance that waits for a system.
    JobKey, ElementInstanceId, "job"
);
member_key!(
    /// An incident.
    IncidentKey, IncidentId, "incident"
);

/// One hand-over of a job to a worker outside, as `<instance>-<element>-<attempt>-<lease>`: who
/// answers says under which lease, so that a late answer is told from the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseKey {
    /// The job.
    pub job: JobKey,
    /// The attempt that was handed over, from 1.
    pub attempt: u32,
    /// The number of the lease, from 1: it rises each time that somebody takes the job.
    pub lease: u32,
}

impl fmt::Display for LeaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.job, self.attempt, self.lease)
    }
}

impl FromStr for LeaseKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refuse = || KeyError::new("job", text);
        let mut parts = text.rsplitn(3, '-');
        let mut number = || {
            let part =
                parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
            part.parse().ok().filter(|number: &u32| *number > 0 && !part.starts_with('0'))
        };
        let (lease, attempt) = (number(), number());
        let (Some(lease), Some(attempt), Some(job)) = (lease, attempt, parts.next()) else {
            return Err(refuse());
        };
        Ok(Self { job: job.parse().map_err(|_| refuse())?, attempt, lease })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_they_were_written() {
        for number in [0, 1, 31, 32, 1_234_567_890_123, i64::MAX as u64] {
            let id = InstanceId::new(number);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        let key = UserTaskKey { instance: InstanceId::new(77), number: ElementInstanceId(12) };
        assert_eq!(key.to_string(), "000000000002d-12");
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn the_key_of_a_lease_names_job_attempt_and_lease() {
        let job = JobKey { instance: InstanceId::new(77), number: ElementInstanceId(12) };
        let key = LeaseKey { job, attempt: 2, lease: 31 };
        assert_eq!(key.to_string(), "000000000002d-12-2-31");
        assert_eq!(key.to_string().parse(), Ok(key));
        for text in ["000000000002d-12", "000000000002d-12-2", "000000000002d-12-2-031", "-1-1-1"] {
            assert!(text.parse::<LeaseKey>().is_err(), "{text}");
        }
        for text in ["000000000002d-12-0-1", "000000000002d-12-2-", "000000000002d-12-2-4294967296"]
        {
            assert!(text.parse::<LeaseKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_has_one_spelling() {
        for text in ["", "7", "000000000002D-12", "000000000002d-012", "000000000002d-+1"] {
            assert!(text.parse::<UserTaskKey>().is_err(), "{text}");
        }
        assert!("zzzzzzzzzzzzz".parse::<InstanceId>().is_err(), "past 2^63");
    }
}
