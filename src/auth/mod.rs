//! Who is asking, and what they may do.
//!
//! Never looks at a request's own claims: a caller is who the session in our database says, with
//! the role and groups that the person has at this moment.

mod guard;
pub mod passwords;
mod roles;
mod sessions;
mod workers;

use std::net::IpAddr;

use spartito_core::ids::{GroupId, PersonId};
use spartito_core::time::Timestamp;

pub use self::guard::{SignInGuard, TooManyFailures};
pub use self::roles::{permissions_of, role_name, role_of};
pub use self::sessions::{
    SESSION_AGE_MS_MAX, SESSION_IDLE_MS_MAX, SessionBook, SessionEnded, SessionHandle, SessionKey,
};
pub use self::workers::{NoWorker, TokenFileError, Worker, WorkerTokens};
use crate::wire::{Me, Permission, Role};

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The name to sign in with.
    pub person: PersonId,
    /// The name to be called by.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Groups whose tasks the person sees.
    pub groups: Vec<GroupId>,
    /// The session, by which a long-lived answer finds out that it has ended.
    pub session: SessionKey,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
}

/// A right that the caller lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", words(*.0))]
pub struct Lacking(pub Permission);

impl Caller {
    /// Whether the role gives this right.
    pub fn may(&self, permission: Permission) -> bool {
        permissions_of(self.role).contains(&permission)
    }

    /// Asks for a right.
    ///
    /// # Errors
    /// The role does not give it.
    pub fn require(&self, permission: Permission) -> Result<(), Lacking> {
        if self.may(permission) { Ok(()) } else { Err(Lacking(permission)) }
    }

    /// The caller as shown to itself.
    pub fn me(&self) -> Me {
        Me {
            person: self.person.clone(),
            name: self.name.clone(),
            role: self.role,
            permissions: permissions_of(self.role).to_vec(),
            groups: self.groups.clone(),
        }
    }
}

/// The lack of a right, in words for the person who lacks it.
const fn words(permission: Permission) -> &'static str {
    match permission {
        Permission::StartInstances => "Your role does not allow starting processes.",
        Permission::WorkOnTasks => "Your role does not allow working on tasks.",
        Permission::ViewInstances => "Your role does not allow seeing all instances.",
        Permission::OperateInstances => {
            "Your role does not allow retrying or canceling; ask an operator."
        }
        Permission::Deploy => "Your role does not allow deploying; ask an administrator.",
        Permission::SetRetention => {
            "Your role does not allow setting how long instances are kept; ask an administrator."
        }
        Permission::ViewInsight => "Your role does not allow seeing the dashboard.",
        Permission::ManagePeople => {
            "Your role does not allow managing people; ask an administrator."
        }
    }
}

/// Whoever sends a request, signed in or not.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The person, where one is signed in.
    pub caller: Option<Caller>,
    /// The browser's session, to be begun or ended.
    pub session: SessionHandle,
    /// Where the connection comes from.
    pub address: IpAddr,
}
