//! One process per SQLite file.
//!
//! SQLite itself would let a second process in; its states in memory would then be wrong. The lock
//! belongs to the operating system, so that it is gone when the process is, however that ended.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::StoreError;

/// The lock, held as long as this lives.
#[derive(Debug)]
pub(super) struct FileLock {
    file: File,
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing would do, were it not for a child process that is just being started and still
        // holds all that is open here. An error means that the lock goes with the process.
        let _ = self.file.unlock();
    }
}

impl FileLock {
    /// Locks the database at `path` by a file `spartito.lock` beside it.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let lock_path = lock_path(path);
        let unusable = |error: std::io::Error| {
            StoreError::Unavailable(format!(
                "the lock file {} cannot be used: {error}",
                lock_path.display()
            ))
        };
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is good to know, not needed.
                let _ = file.read_to_string(&mut holder);
                return Err(StoreError::Locked(format!(
                    "the database {} is in use by another Spartito process ({}); stop that one \
                     first, or give this one a data folder of its own",
                    path.display(),
                    if holder.trim().is_empty() { "unknown" } else { holder.trim() }
                )));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "process {}", std::process::id()))
            .map_err(unusable)?;
        Ok(Self { file })
    }
}

/// `spartito.lock` beside `spartito.db`, `other.lock` beside `other.sqlite`.
fn lock_path(database: &Path) -> PathBuf {
    database.with_extension("lock")
}
