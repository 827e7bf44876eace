//! Counts what workers outside were given and have answered, by type of job.
//!
//! Never keeps more than so many types: those that come later are counted together.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use spartito_core::ids::LeaseKey;

/// Types of jobs that are told apart: the first ones that come.
const TYPES_MAX: usize = 64;
/// Leases whose type is remembered, so that nobody has to look it up when the answer comes.
const LEASES_MAX: usize = 16_384;

/// What was done with jobs of one type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TypeFigures {
    /// Handed out.
    pub activated: u64,
    /// Done.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
    /// Ended in an error that the process deals with.
    pub raised: u64,
}

/// What was done since the start.
#[derive(Debug, Clone, Default)]
pub struct WorkerFigures {
    /// By type; `None` for all types past the bound together.
    pub by_type: BTreeMap<Option<String>, TypeFigures>,
    /// Workers that wait for jobs now.
    pub waiting: usize,
}

/// What came of a job.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counted {
    Activated,
    Completed,
    Failed,
    Raised,
}

#[derive(Debug, Default)]
pub(super) struct Figures(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    by_type: BTreeMap<Option<String>, TypeFigures>,
    types: BTreeMap<LeaseKey, String>,
}

impl Figures {
    fn book(&self) -> MutexGuard<'_, Book> {
        // The book is whole after every operation on it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self, waiting: usize) -> WorkerFigures {
        WorkerFigures { by_type: self.book().by_type.clone(), waiting }
    }

    /// Counts a job that was handed out.
    pub(super) fn activated(&self, key: LeaseKey, job_type: &str) {
        let mut book = self.book();
        book.count(Some(job_type), Counted::Activated);
        if book.types.len() >= LEASES_MAX {
            book.types.pop_first();
        }
        book.types.insert(key, job_type.to_owned());
    }

    /// The type of a job that was handed out here, if it is remembered.
    pub(super) fn type_of(&self, key: LeaseKey) -> Option<String> {
        self.book().types.get(&key).cloned()
    }

    /// Counts an answer; `None` where the type is not known.
    pub(super) fn answered(&self, key: LeaseKey, job_type: Option<&str>, what: Counted) {
        let mut book = self.book();
        book.types.remove(&key);
        book.count(job_type, what);
    }
}

impl Book {
    fn count(&mut self, job_type: Option<&str>, what: Counted) {
        let mut name = job_type.map(ToOwned::to_owned);
        if self.by_type.len() >= TYPES_MAX && !self.by_type.contains_key(&name) {
            name = None;
        }
        let figures = self.by_type.entry(name).or_default();
        let number = match what {
            Counted::Activated => &mut figures.activated,
            Counted::Completed => &mut figures.completed,
            Counted::Failed => &mut figures.failed,
            Counted::Raised => &mut figures.raised,
        };
        *number += 1;
    }
}

#[cfg(test)]
mod tests {
    use spartito_core::ids::{ElementInstanceId, InstanceId, JobKey};

    use super::*;

    #[test]
    fn types_past_the_bound_are_counted_together() {
        let figures = Figures::default();
        for n in 0..200 {
            let job = JobKey { instance: InstanceId::new(n), number: ElementInstanceId(1) };
            figures.activated(LeaseKey { job, attempt: 1, lease: 1 }, &format!("t{n}"));
        }
        let seen = figures.read(0).by_type;
        assert!(seen.len() <= TYPES_MAX + 1, "{}", seen.len());
        assert_eq!(seen.values().map(|types| types.activated).sum::<u64>(), 200);
        assert!(seen[&None].activated > 100);
    }
}
