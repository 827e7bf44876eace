//! What each role allows.
//!
//! Never depends on who asks: a role is the same for everybody who has it.

use crate::wire::{Permission, Role};

/// Rights of a member.
const MEMBER: &[Permission] = &[Permission::StartInstances, Permission::WorkOnTasks];
/// Rights of an operator.
const OPERATOR: &[Permission] = &[
    Permission::StartInstances,
    Permission::WorkOnTasks,
    Permission::ViewInstances,
    Permission::OperateInstances,
    Permission::ViewInsight,
];
/// Rights of an administrator: all.
const ADMINISTRATOR: &[Permission] = &[
    Permission::StartInstances,
    Permission::WorkOnTasks,
    Permission::ViewInstances,
    Permission::OperateInstances,
    Permission::Deploy,
    Permission::SetRetention,
    Permission::ViewInsight,
    Permission::ManagePeople,
];

/// The rights that `role` gives.
pub const fn permissions_of(role: Role) -> &'static [Permission] {
    match role {
        Role::Member => MEMBER,
        Role::Operator => OPERATOR,
        Role::Administrator => ADMINISTRATOR,
    }
}

/// The name under which `role` is stored.
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Operator => "operator",
        Role::Administrator => "administrator",
    }
}

/// The role stored as `name`; `None` for a name that no version of ours has written.
pub fn role_of(name: &str) -> Option<Role> {
    [Role::Member, Role::Operator, Role::Administrator]
        .into_iter()
        .find(|role| role_name(*role) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_all_that_the_lower_one_may() {
        assert!(MEMBER.iter().all(|right| OPERATOR.contains(right)));
        assert!(OPERATOR.iter().all(|right| ADMINISTRATOR.contains(right)));
        assert!(!OPERATOR.contains(&Permission::ManagePeople));
        assert!(!MEMBER.contains(&Permission::ViewInstances));
    }

    #[test]
    fn a_stored_role_reads_back() {
        for role in [Role::Member, Role::Operator, Role::Administrator] {
            assert_eq!(role_of(role_name(role)), Some(role));
        }
        assert_eq!(role_of("root"), None);
    }
}
