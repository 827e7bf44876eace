//! Ids of commands that follow from what they are for: a repeat, after a crash or by another server,
//! finds the first one done.

use sha2::{Digest, Sha256};
use spartito_core::ids::CommandId;

/// The id of the command that does for `target` what `purpose` says; the numbers say where it comes
/// from. Stored for ever: after an update, what was done must not be done again.
pub(super) fn command_id(purpose: &str, numbers: &[u64], target: &str) -> CommandId {
    let mut hash = Sha256::new().chain_update(purpose).chain_update([0]);
    for number in numbers {
        hash.update(number.to_be_bytes());
    }
    let digest = hash.chain_update(target).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    CommandId(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_command_says_what_it_is_for_and_where_it_comes_from() {
        let id = command_id("exchange", &[7, 3, 0], "p loan");
        assert_eq!(format!("{:032x}", id.0), "2fb447e01a1ac167511e4a2ddfda7cfe");
        assert_ne!(id, command_id("exchange", &[7, 3, 0], "p other"));
        assert_ne!(id, command_id("exchange", &[7, 4, 0], "p loan"));
        assert_ne!(id, command_id("timer", &[7, 3, 0], "p loan"));
    }
}
