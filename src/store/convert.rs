//! Between the types of the core and the columns of the database.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use spartito_core::ids::{
    CommandId, DecisionModelKey, DefinitionKey, DeploymentKey, ElementInstanceId, FormKey, GroupId,
    IncidentId, InstanceId, JobKey, PersonId,
};
use spartito_core::time::Timestamp;

use super::StoreError;

/// One day in milliseconds.
pub(super) const DAY_MS: i64 = 86_400_000;

/// The number of a stored identity.
pub(super) fn number(id: u64) -> i64 {
    i64::try_from(id).expect("an identity fits a signed 64-bit column")
}

/// The identity with a stored number.
pub(super) fn identity(table: &'static str, column: &str, n: i64) -> Result<u64, StoreError> {
    u64::try_from(n).map_err(|error| StoreError::corrupt(table, column, n, error))
}

/// A stored count, position or version.
pub(super) fn count<T: TryFrom<i64>>(
    table: &'static str,
    column: &str,
    n: i64,
) -> Result<T, StoreError> {
    T::try_from(n).map_err(|_| StoreError::corrupt(table, column, "", format!("{n} is no count")))
}

pub(super) fn instance(table: &'static str, n: i64) -> Result<InstanceId, StoreError> {
    identity(table, "instance", n).map(InstanceId::new)
}

pub(super) fn definition(table: &'static str, n: i64) -> Result<DefinitionKey, StoreError> {
    identity(table, "definition", n).map(DefinitionKey::new)
}

pub(super) fn deployment(table: &'static str, n: i64) -> Result<DeploymentKey, StoreError> {
    identity(table, "deployment", n).map(DeploymentKey::new)
}

pub(super) fn decision_model(table: &'static str, n: i64) -> Result<DecisionModelKey, StoreError> {
    identity(table, "model", n).map(DecisionModelKey::new)
}

pub(super) fn form_key(table: &'static str, n: i64) -> Result<FormKey, StoreError> {
    identity(table, "form_key", n).map(FormKey::new)
}

pub(super) fn element(table: &'static str, n: i64) -> Result<ElementInstanceId, StoreError> {
    count(table, "element", n).map(ElementInstanceId)
}

pub(super) fn job(table: &'static str, of: i64, number: i64) -> Result<JobKey, StoreError> {
    Ok(JobKey { instance: instance(table, of)?, number: element(table, number)? })
}

pub(super) fn priority(table: &'static str, n: i64) -> Result<i32, StoreError> {
    i32::try_from(n).map_err(|error| StoreError::corrupt(table, "priority", n, error))
}

pub(super) fn incident(n: i64) -> Result<IncidentId, StoreError> {
    count("incidents", "number", n).map(IncidentId)
}

pub(super) fn timestamp(
    table: &'static str,
    column: &str,
    ms: i64,
) -> Result<Timestamp, StoreError> {
    Timestamp::from_millis(ms).map_err(|error| StoreError::corrupt(table, column, ms, error))
}

pub(super) fn timestamp_option(
    table: &'static str,
    column: &str,
    ms: Option<i64>,
) -> Result<Option<Timestamp>, StoreError> {
    ms.map(|ms| timestamp(table, column, ms)).transpose()
}

pub(super) fn person(text: Option<String>) -> Option<PersonId> {
    text.map(PersonId::new)
}

pub(super) fn command_bytes(id: CommandId) -> Vec<u8> {
    id.0.to_be_bytes().to_vec()
}

/// Days since 1970 in UTC.
pub(super) fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

/// A list as JSON text.
pub(super) fn list_text<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("a list of names is JSON")
}

/// A list from JSON text.
pub(super) fn list<T: DeserializeOwned>(
    table: &'static str,
    column: &str,
    text: &str,
) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(table, column, text, error))
}

/// How a person stands in `task_candidates`.
pub(super) fn candidate_person(person: &PersonId) -> String {
    format!("u:{person}")
}

/// How a group stands in `task_candidates`.
pub(super) fn candidate_group(group: &GroupId) -> String {
    format!("g:{group}")
}

/// How everybody stands in `task_candidates`: a task that names no candidates.
pub(super) const CANDIDATE_ANYBODY: &str = "*";

/// The longest text that stands in an index as it is, in bytes.
const INDEXED_BYTES_MAX: usize = 256;
/// How a text begins that stands for a longer one.
const HASHED: &str = "#sha256-";

/// How a name or key of any length stands in an index: where it is too long, or holds what a
/// database does not take, by its hash.
pub(super) fn indexed(text: &str) -> String {
    let is_plain = text.len() <= INDEXED_BYTES_MAX && !text.contains('\0');
    if is_plain && !text.starts_with(HASHED) {
        return text.to_owned();
    }
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(HASHED.to_owned(), |hash, byte| format!("{hash}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_has_one_short_form_of_its_own() {
        assert_eq!(indexed("order 7"), "order 7");
        let (long, other) = ("x".repeat(5_000), "x".repeat(5_001));
        assert_eq!(indexed(&long).len(), 72);
        assert_ne!(indexed(&long), indexed(&other));
        assert_ne!(indexed(&indexed(&long)), indexed(&long), "nobody can pretend to be long");
        assert!(!indexed("a\0b").contains('\0'));
    }
}
