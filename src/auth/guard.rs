//! The sign-in guard: how many failed sign-ins a name and an address may have.
//!
//! Treats names that exist and names that do not alike, and knows an address only from the
//! connection itself: what a request says about its origin is never believed.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use spartito_core::time::Timestamp;

/// Failures in a row that a name may have before it must wait.
const FAILURES_PER_NAME_MAX: u32 = 10;
/// Failures in a row that an address may have before it must wait. Higher than for a name: many
/// people may share one address.
const FAILURES_PER_ADDRESS_MAX: u32 = 30;
/// Time in which a name is forgiven one failure, in ms.
const FORGIVE_NAME_MS: i64 = 60_000;
/// Time in which an address is forgiven one failure, in ms.
const FORGIVE_ADDRESS_MS: i64 = 20_000;
/// Names and addresses remembered at a time; the ones nearest to forgiveness are forgotten first.
const REMEMBERED_MAX: usize = 20_000;

/// Counts failed sign-ins.
#[derive(Debug, Default)]
pub struct SignInGuard {
    failures: Mutex<HashMap<Subject, Failures>>,
}

/// Too many failures; says how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyFailures {
    /// How long until the next attempt is looked at.
    pub wait: Duration,
}

/// What failures are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    Name(String),
    Address(IpAddr),
}

/// Failures not yet forgiven: a bucket that drains with time.
#[derive(Debug, Clone, Copy)]
struct Failures {
    /// Failures at `since`, each worth its time of forgiveness, in ms.
    debt_ms: i64,
    since: Timestamp,
}

impl Subject {
    const fn forgive_ms(&self) -> i64 {
        match self {
            Self::Name(_) => FORGIVE_NAME_MS,
            Self::Address(_) => FORGIVE_ADDRESS_MS,
        }
    }

    fn debt_ms_max(&self) -> i64 {
        match self {
            Self::Name(_) => i64::from(FAILURES_PER_NAME_MAX) * FORGIVE_NAME_MS,
            Self::Address(_) => i64::from(FAILURES_PER_ADDRESS_MAX) * FORGIVE_ADDRESS_MS,
        }
    }
}

impl Failures {
    fn debt_ms_at(self, now: Timestamp) -> i64 {
        (self.debt_ms - now.millis_since(self.since).max(0)).max(0)
    }
}

impl SignInGuard {
    /// Asks whether a sign-in may be tried, and counts it as failed until [`Self::succeeded`]
    /// says otherwise: attempts made at the same time cannot slip through together.
    ///
    /// # Errors
    /// The name or the address has failed too often.
    pub fn attempt(
        &self,
        name: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), TooManyFailures> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let subjects = subjects(name, address);
        for subject in &subjects {
            let debt_ms = failures.get(subject).map_or(0, |found| found.debt_ms_at(now));
            let over_ms = debt_ms + subject.forgive_ms() - subject.debt_ms_max();
            if over_ms > 0 {
                let wait_ms = u64::try_from(over_ms).unwrap_or(1);
                return Err(TooManyFailures { wait: Duration::from_millis(wait_ms) });
            }
        }
        forget_some(&mut failures, now);
        for subject in subjects {
            let cost_ms = subject.forgive_ms();
            let entry = failures.entry(subject).or_insert(Failures { debt_ms: 0, since: now });
            *entry = Failures { debt_ms: entry.debt_ms_at(now) + cost_ms, since: now };
        }
        Ok(())
    }

    /// The attempt was right: the name's failures are forgiven, and the address gets this one back.
    pub fn succeeded(&self, name: &str, address: IpAddr, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for subject in subjects(name, address) {
            match &subject {
                Subject::Name(_) => {
                    failures.remove(&subject);
                }
                Subject::Address(_) => {
                    if let Some(found) = failures.get_mut(&subject) {
                        let debt_ms = (found.debt_ms_at(now) - subject.forgive_ms()).max(0);
                        *found = Failures { debt_ms, since: now };
                    }
                }
            }
        }
    }
}

fn subjects(name: &str, address: IpAddr) -> [Subject; 2] {
    let name = name.trim().to_lowercase().chars().take(128).collect();
    [Subject::Name(name), Subject::Address(network(address))]
}

/// What counts as one address: an IPv6 user commands a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let mut parts = address.segments();
            parts[4..].fill(0);
            IpAddr::V6(Ipv6Addr::from(parts))
        }
    }
}

/// Makes room: drops what is forgiven, and where that is not enough the half with least debt.
fn forget_some(failures: &mut HashMap<Subject, Failures>, now: Timestamp) {
    if failures.len() + 2 <= REMEMBERED_MAX {
        return;
    }
    failures.retain(|_, found| found.debt_ms_at(now) > 0);
    if failures.len() + 2 <= REMEMBERED_MAX {
        return;
    }
    let mut debts: Vec<i64> = failures.values().map(|found| found.debt_ms_at(now)).collect();
    let middle = debts.len() / 2;
    let (_, median, _) = debts.select_nth_unstable(middle);
    let median = *median;
    failures.retain(|_, found| found.debt_ms_at(now) > median);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000).expect("within range")
    }

    #[test]
    fn case_41_a_name_is_held_back_whatever_address_asks() {
        let guard = SignInGuard::default();
        for attempt in 0..FAILURES_PER_NAME_MAX {
            let from = address(u8::try_from(attempt).expect("small"));
            assert_eq!(guard.attempt("anna", from, at(0)), Ok(()));
        }
        assert!(guard.attempt("Anna ", address(200), at(0)).is_err(), "spelled otherwise");
        assert!(guard.attempt("anna", address(200), at(59)).is_err());
        assert!(guard.attempt("anna", address(200), at(61)).is_ok(), "one failure is forgiven");
    }

    #[test]
    fn case_41_an_address_is_held_back_whatever_names_it_tries() {
        let guard = SignInGuard::default();
        for attempt in 0..FAILURES_PER_ADDRESS_MAX {
            assert_eq!(guard.attempt(&format!("name{attempt}"), address(1), at(0)), Ok(()));
        }
        assert!(guard.attempt("another", address(1), at(0)).is_err());
        assert!(guard.attempt("another", address(2), at(0)).is_ok());
    }

    #[test]
    fn a_right_password_forgives_the_name() {
        let guard = SignInGuard::default();
        for _ in 1..FAILURES_PER_NAME_MAX {
            assert_eq!(guard.attempt("anna", address(1), at(0)), Ok(()));
        }
        assert_eq!(guard.attempt("anna", address(1), at(0)), Ok(()));
        guard.succeeded("anna", address(1), at(0));
        assert_eq!(guard.attempt("anna", address(1), at(0)), Ok(()));
    }

    #[test]
    fn neighbors_in_one_ipv6_network_count_as_one() {
        let one: IpAddr = "2001:db8:1:2:3::1".parse().expect("an address");
        let other: IpAddr = "2001:db8:1:2:ffff::9".parse().expect("an address");
        assert_eq!(network(one), network(other));
        assert_eq!(network("::ffff:192.0.2.7".parse().expect("an address")), address(7));
    }
}
