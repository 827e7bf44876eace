//! Named moments at which a server of a test ends as though its machine had died.
//!
//! `SPARTITO_FAILPOINT=NAME` ends the process when it first comes to that moment, `NAME:3` when it
//! does so for the third time. There is nothing of this in a build without debug assertions, as
//! those are that people run. Never returns an error: a crash gives nobody an answer.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the moment is named, and how often it may pass before the end.
const VARIABLE: &str = "SPARTITO_FAILPOINT";

/// A moment before or after a commit, a call or an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failpoint {
    /// A batch of turns is made, and nothing of it is written.
    BatchMade,
    /// It is written, and not committed; on PostgreSQL it is on its way there, and no answer has come.
    BatchWritten,
    /// It is committed, and nobody was told.
    BatchCommitted,
    /// Its jobs are handed on, and no caller has an answer.
    BatchSettled,
    /// Its callers have their answers.
    BatchAnswered,
    /// Any other transaction is written, and not committed.
    OtherWritten,
    /// Any other transaction is committed, and who asked for it does not know.
    OtherCommitted,
    /// Due jobs are to be leased.
    JobsFound,
    /// They are leased, and none is begun with.
    JobsLeased,
    /// A system outside is to be called.
    CallBegins,
    /// It has answered, and nothing of that is kept.
    CallAnswered,
    /// What came of a call is committed.
    CallRecorded,
    /// What an instance asks of others is to be done.
    OutboxBegins,
    /// It is done, and the entry is still there.
    OutboxDone,
    /// The entry is gone.
    OutboxDeleted,
    /// A message from outside is to be accepted.
    MessageCame,
    /// It is accepted, and nobody got it.
    MessageAccepted,
    /// Who waited for it has got it, and it counts as one that waits.
    MessageReceived,
    /// It is settled, and its sender does not know.
    MessageSettled,
    /// A timer is due, and is to be fired.
    TimerDue,
    /// What it fires is committed.
    TimerFired,
    /// An instance that a timer starts is to be started.
    StartDue,
    /// It is started, and the timer stands as before.
    StartFired,
    /// The timer stands at its next moment.
    StartMoved,
}

impl Failpoint {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::BatchMade,
        Self::BatchWritten,
        Self::BatchCommitted,
        Self::BatchSettled,
        Self::BatchAnswered,
        Self::OtherWritten,
        Self::OtherCommitted,
        Self::JobsFound,
        Self::JobsLeased,
        Self::CallBegins,
        Self::CallAnswered,
        Self::CallRecorded,
        Self::OutboxBegins,
        Self::OutboxDone,
        Self::OutboxDeleted,
        Self::MessageCame,
        Self::MessageAccepted,
        Self::MessageReceived,
        Self::MessageSettled,
        Self::TimerDue,
        Self::TimerFired,
        Self::StartDue,
        Self::StartFired,
        Self::StartMoved,
    ];

    /// Its name, as the environment gives it.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// Passes the moment, or ends here.
    #[inline]
    pub fn pass(self) {
        if cfg!(debug_assertions) {
            self.pass_or_end();
        }
    }

    fn pass_or_end(self) {
        static CHOSEN: LazyLock<Option<(Failpoint, AtomicU32)>> = LazyLock::new(chosen);
        let Some((point, left)) = &*CHOSEN else { return };
        if *point == self && left.fetch_sub(1, Ordering::SeqCst) == 1 {
            eprintln!("the process ends at the failpoint {self:?}");
            std::process::abort();
        }
    }
}

fn chosen() -> Option<(Failpoint, AtomicU32)> {
    let text = std::env::var(VARIABLE).ok()?;
    let (name, times) = text.split_once(':').unwrap_or((text.as_str(), "1"));
    let point = Failpoint::ALL.into_iter().find(|point| point.name() == name);
    let point = point.unwrap_or_else(|| panic!("{VARIABLE}: there is no failpoint “{name}”"));
    let times = times.parse().unwrap_or_else(|_| panic!("{VARIABLE}: “{times}” is no number"));
    Some((point, AtomicU32::new(times)))
}
