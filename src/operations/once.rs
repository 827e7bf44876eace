//! Generated passwords on their way to whoever asked for them, for browsers that cannot show the
//! answer of a call by themselves: the next page shows them, once.
//!
//! Never in the database and never in an address: a restart forgets them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use spartito_core::ids::PersonId;
use spartito_core::time::Timestamp;

use crate::wire::PersonCredentials;

/// How long they wait to be shown, in milliseconds.
const WAIT_MS_MAX: i64 = 10 * 60 * 1_000;
/// People whose passwords wait at a time; who waits longest is forgotten first.
const WAITING_MAX: usize = 64;

/// Passwords that wait to be shown.
#[derive(Default)]
pub struct Once(Mutex<BTreeMap<PersonId, (Timestamp, Vec<PersonCredentials>)>>);

impl Once {
    /// Keeps passwords for the person who asked for them, in place of earlier ones.
    pub fn keep(&self, person: &PersonId, passwords: Vec<PersonCredentials>, now: Timestamp) {
        let mut waiting = self.lock();
        waiting.retain(|_, (since, _)| now.millis_since(*since) < WAIT_MS_MAX);
        while waiting.len() >= WAITING_MAX {
            let oldest = waiting.iter().min_by_key(|(_, (since, _))| *since);
            let Some(oldest) = oldest.map(|(person, _)| person.clone()) else { break };
            waiting.remove(&oldest);
        }
        waiting.insert(person.clone(), (now, passwords));
    }

    /// Gives what waits for a person, and forgets it.
    pub fn take(&self, person: &PersonId, now: Timestamp) -> Vec<PersonCredentials> {
        match self.lock().remove(person) {
            Some((since, passwords)) if now.millis_since(since) < WAIT_MS_MAX => passwords,
            _ => Vec::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PersonId, (Timestamp, Vec<PersonCredentials>)>> {
        // A map is whole after every operation on it, also where a thread died while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> PersonCredentials {
        PersonCredentials {
            person: PersonId::from("anna"),
            name: "Anna".to_owned(),
            purpose: String::new(),
            password: "secret".to_owned(),
        }
    }

    #[test]
    fn passwords_are_shown_once_and_not_for_ever() {
        let (once, admin) = (Once::default(), PersonId::from("admin"));
        let now = Timestamp::EPOCH;
        once.keep(&admin, vec![anna()], now);
        assert!(once.take(&PersonId::from("other"), now).is_empty());
        assert_eq!(once.take(&admin, now), [anna()]);
        assert!(once.take(&admin, now).is_empty());
        once.keep(&admin, vec![anna()], now);
        assert!(once.take(&admin, now.plus_millis_saturating(WAIT_MS_MAX)).is_empty());
    }
}
