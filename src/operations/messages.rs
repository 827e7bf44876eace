//! Messages and signals from outside.
//!
//! Both reach instances of any process, so they need the right to operate instances.

use spartito_core::ids::InstanceId;
use spartito_core::time::{IsoDuration, Timestamp};
use spartito_core::value::{Value, Variables};

use super::{Desk, OperationError};
use crate::auth::Caller;
use crate::runtime::{MESSAGE_WAIT_DAYS_MAX, Publication, PublishError, Published};
use crate::wire::Permission;

/// Most characters of a name, a key or an id.
const NAME_CHARACTERS_MAX: usize = 255;
/// Most bytes of the variables as JSON (256 KiB): each receiver gets a copy.
const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A message to publish.
#[derive(Debug, Clone, Default)]
pub struct NewMessage {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub correlation_key: Option<String>,
    /// By which the sender knows it.
    pub message_id: Option<String>,
    /// How long it waits, as an ISO 8601 duration; not at all where it is absent.
    pub time_to_live: Option<String>,
    /// What it carries.
    pub variables: Variables,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageOutcome {
    /// These instances got it, or were started by it.
    Received(Vec<InstanceId>),
    /// It waits for somebody who waits for it.
    Waits,
    /// Nobody waits for it.
    Unmatched,
}

/// Publishes a message.
///
/// # Errors
/// The right is missing, the input is wrong or too large, the message was published before, or too
/// many messages wait.
pub async fn publish(
    desk: &Desk,
    caller: &Caller,
    message: NewMessage,
) -> Result<MessageOutcome, OperationError> {
    caller.require(Permission::OperateInstances)?;
    let NewMessage { name, correlation_key, message_id, time_to_live, variables } = message;
    let name = name_of(name)?;
    let key = bounded("correlationKey", correlation_key)?;
    let message_id = bounded("messageId", message_id)?.filter(|id| !id.is_empty());
    let waits_until = waits_until(desk.now(), time_to_live.as_deref())?;
    require_small(&variables)?;
    let by = Some(caller.person.clone());
    let publication = Publication { name, key, message_id, waits_until, variables, by };
    match desk.runtime.exchange.publish(publication).await {
        Ok(Published::Received(instances)) => Ok(MessageOutcome::Received(instances)),
        Ok(Published::Waits) => Ok(MessageOutcome::Waits),
        Ok(Published::Unmatched) => Ok(MessageOutcome::Unmatched),
        Err(PublishError::Duplicate) => Err(OperationError::Conflict(
            "A message with this name, key and id was published before.".to_owned(),
        )),
        Err(PublishError::TooManyWaiting) => Err(OperationError::TooMany(
            "Too many messages wait for somebody who waits for them. Nothing was published.",
        )),
        Err(PublishError::Submit(error)) => Err(error.into()),
    }
}

/// Sends a signal out; all who wait for it hear it soon after.
///
/// # Errors
/// The right is missing, or the input is wrong or too large.
pub async fn signal(
    desk: &Desk,
    caller: &Caller,
    name: String,
    variables: Variables,
) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    let name = name_of(name)?;
    require_small(&variables)?;
    desk.runtime.exchange.signal(&name, variables, Some(&caller.person)).await?;
    Ok(())
}

fn name_of(name: String) -> Result<String, OperationError> {
    let name = bounded("name", Some(name))?.unwrap_or_default();
    if name.is_empty() {
        return Err(OperationError::invalid_field("name", "Give the name."));
    }
    Ok(name)
}

fn bounded(field: &str, text: Option<String>) -> Result<Option<String>, OperationError> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > NAME_CHARACTERS_MAX || text.contains('\0') {
        let words = "This has at most 255 characters, and none of them is a null.";
        return Err(OperationError::invalid_field(field, words));
    }
    Ok(Some(text))
}

/// Refuses variables that are too large to be copied to each receiver.
pub(super) fn require_small(variables: &Variables) -> Result<(), OperationError> {
    if Value::from(variables.clone()).to_json().len() > PAYLOAD_BYTES_MAX {
        return Err(OperationError::TooLarge("The variables are larger than 256 KiB.".to_owned()));
    }
    Ok(())
}

/// The moment at which a message that is published now waits no longer.
fn waits_until(now: Timestamp, text: Option<&str>) -> Result<Timestamp, OperationError> {
    let Some(text) = text else { return Ok(now) };
    let refuse = || {
        let words = "Give a duration such as PT1H, of at most 30 days.";
        OperationError::invalid_field("timeToLive", words)
    };
    let duration = IsoDuration::parse(text).map_err(|_| refuse())?;
    let until = now.plus(duration).map_err(|_| refuse())?;
    let ms = until.millis_since(now);
    let is_right = !duration.is_negative() && ms <= MESSAGE_WAIT_DAYS_MAX * DAY_MS;
    if is_right { Ok(until) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_is_a_duration_of_up_to_thirty_days() {
        let now = Timestamp::EPOCH;
        assert_eq!(waits_until(now, None).ok(), Some(now));
        assert_eq!(waits_until(now, Some("PT0S")).ok(), Some(now));
        let day = waits_until(now, Some("P1D")).expect("a duration");
        assert_eq!(day.millis_since(now), DAY_MS);
        assert!(waits_until(now, Some("P30D")).is_ok());
        for text in ["P31D", "P2M", "-PT1H", "1h", "", "P9999999Y"] {
            assert!(waits_until(now, Some(text)).is_err(), "{text}");
        }
    }
}
