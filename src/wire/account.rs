//! People, their roles and what these allow.

use serde::{Deserialize, Serialize};
use spartito_core::ids::{GroupId, PersonId};
use spartito_core::time::Timestamp;

/// What a person may do in general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Starts processes and works on tasks.
    Member,
    /// A member who also watches every instance and repairs it.
    Operator,
    /// May do everything.
    Administrator,
}

/// A right that a role gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Permission {
    /// Start an instance through its form.
    StartInstances,
    /// Claim and complete tasks of one's groups.
    WorkOnTasks,
    /// See every instance, its data and history.
    ViewInstances,
    /// Retry incidents, cancel instances, assign tasks to others.
    OperateInstances,
    /// Deploy models.
    Deploy,
    /// Set how long finished instances are kept.
    SetRetention,
    /// See the dashboard.
    ViewInsight,
    /// Add, disable and change people.
    ManagePeople,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The name to sign in with.
    pub person: PersonId,
    /// The name to be called by.
    pub name: String,
    /// The role.
    pub role: Role,
    /// What the role allows.
    pub permissions: Vec<Permission>,
    /// Groups whose tasks the person sees.
    pub groups: Vec<GroupId>,
}

impl Me {
    /// Whether the role gives this right.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// A person in the list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSummary {
    /// The name to sign in with.
    pub person: PersonId,
    /// The name to be called by.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The groups.
    pub groups: Vec<GroupId>,
    /// Whether sign-in is refused.
    pub disabled: bool,
    /// Last sign-in; `None` if never.
    pub last_sign_in: Option<Timestamp>,
}

/// A person to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPerson {
    /// The name to sign in with: 2 to 64 of a-z, 0-9, `.`, `-`, `_`.
    pub person: String,
    /// The name to be called by.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Groups, separated by commas.
    #[serde(default)]
    pub groups: String,
}

/// A generated password, shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonCredentials {
    /// The name to sign in with.
    pub person: PersonId,
    /// The name to be called by.
    pub name: String,
    /// What the person does, in a few words.
    pub purpose: String,
    /// The password.
    pub password: String,
}

/// How to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SetUpChoice {
    /// With the loan example: its process, forms and three people.
    Example,
    /// With nothing but the administrator.
    Empty,
}

/// What the set-up has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUpOutcome {
    /// The administrator, signed in from now on.
    pub administrator: PersonId,
    /// The example's people with their passwords, shown once; empty without the example.
    pub people: Vec<PersonCredentials>,
}
