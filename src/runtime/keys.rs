//! Business keys that are given out in order, such as “LA-1001”.

use spartito_core::bpmn::model::Process;

use crate::store::{Store, StoreError};

/// Property of a process with the prefix of its business keys.
const BUSINESS_KEY_PREFIX: &str = "spartito:businessKeyPrefix";
/// The first number of a business key is one above this, so that all have four digits.
const BUSINESS_KEY_BASE: u64 = 1_000;

/// The next business key of a process whose model asks for numbered ones.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn next_business_key(
    store: &Store,
    process: &Process,
) -> Result<Option<String>, StoreError> {
    let prefix = process.properties.get(BUSINESS_KEY_PREFIX).map(|prefix| prefix.trim());
    let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) else { return Ok(None) };
    let number = store.next_number(&format!("business-key {prefix}")).await?;
    Ok(Some(format!("{prefix}-{}", BUSINESS_KEY_BASE + number)))
}
