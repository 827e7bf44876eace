//! A sign of life that servers on the same machine see, so that they need not wait for the lease of
//! one that was killed.
//!
//! A socket with a name of its own, in the name space that the kernel clears when the process ends,
//! however it ends. Nothing is ever sent to it. A process that is stopped still has it: whoever is
//! only slow keeps its lease. Never says of a process on another machine that it has gone.

#[cfg(target_os = "linux")]
use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr, unix::net::UnixDatagram};

/// The sign, given as long as this lives.
#[derive(Debug)]
pub(super) struct Life {
    mark: String,
    #[cfg(target_os = "linux")]
    _socket: Option<UnixDatagram>,
}

impl Life {
    /// Begins to give it. Where that cannot be, its mark is one that nobody can judge.
    pub(super) fn begin() -> Self {
        let name = format!("spartito-{:032x}", rand::random::<u128>());
        #[cfg(target_os = "linux")]
        {
            let socket = bind(&name).ok();
            let here = socket.as_ref().and_then(|_| here());
            let mark = here.map_or_else(String::new, |here| format!("{here} {name}"));
            Self { mark, _socket: socket }
        }
        #[cfg(not(target_os = "linux"))]
        {
            drop(name);
            Self { mark: String::new() }
        }
    }

    /// One that nobody sees.
    pub(super) fn unseen() -> Self {
        Self {
            mark: String::new(),
            #[cfg(target_os = "linux")]
            _socket: None,
        }
    }

    /// Where it is seen: the machine since its start, the network name space, the name.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }
}

/// Whether the process that gave the sign `mark` has surely ended.
#[cfg(target_os = "linux")]
pub(super) fn has_ended(mark: &str) -> bool {
    let Some((place, name)) = mark.rsplit_once(' ') else { return false };
    // Another process that looks at this moment holds the name too; it is looked at again soon.
    here().is_some_and(|here| here == place) && bind(name).is_ok()
}

/// Whether the process that gave the sign `mark` has surely ended: not known here.
#[cfg(not(target_os = "linux"))]
pub(super) fn has_ended(_mark: &str) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn bind(name: &str) -> std::io::Result<UnixDatagram> {
    UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name)?)
}

/// This machine since its start, and the network name space: where a name of a socket is one.
#[cfg(target_os = "linux")]
fn here() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let net = std::fs::read_link("/proc/self/ns/net").ok()?;
    Some(format!("{} {}", boot.trim(), net.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_seen_until_it_ends_and_one_elsewhere_is_never_judged() {
        let life = Life::begin();
        let mark = life.mark().to_owned();
        assert!(!has_ended(&mark));
        drop(life);
        assert_eq!(has_ended(&mark), !mark.is_empty());
        assert!(!has_ended("another-boot net:[1] spartito-1"));
        assert!(!has_ended(""));
    }
}
