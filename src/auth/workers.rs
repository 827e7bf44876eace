//! Tokens of workers outside, one a line in a file that is read again when it has changed.
//!
//! Never keeps a token: only what tells it again. Never takes longer for a token that is almost right.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};

/// Tokens in one file.
const TOKENS_MAX: usize = 64;
/// The shortest token: one that is drawn at random has more than 100 bits by then.
const TOKEN_CHARACTERS_MIN: usize = 20;
/// The longest.
const TOKEN_CHARACTERS_MAX: usize = 256;
/// The largest file.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// How often it is looked whether the file has changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

type TokenDigest = [u8; 32];

/// A worker that has shown a token. Made here only.
#[derive(Debug, Clone)]
pub struct Worker(());

/// Why somebody is no worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoWorker {
    /// Nobody can be one: no file is named.
    NotSetUp,
    /// There is no token, or it is not one of them.
    Unknown,
}

/// What is wrong with a file of tokens, in words for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It is too large.
    #[error("has more than {} KiB", FILE_BYTES_MAX / 1024)]
    TooLarge,
    /// A line is no token.
    #[error(
        "line {0} is no token: give {TOKEN_CHARACTERS_MIN} to {TOKEN_CHARACTERS_MAX} letters, \
         digits and marks without spaces, such as `openssl rand -hex 32` draws"
    )]
    Line(usize),
    /// There are too many.
    #[error("holds more than {TOKENS_MAX} tokens")]
    TooMany,
    /// There is none.
    #[error("holds no token: write one a line")]
    Empty,
}

/// The tokens of one server.
#[derive(Debug)]
pub struct WorkerTokens {
    file: Option<PathBuf>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    digests: Vec<TokenDigest>,
    stamp: Option<Stamp>,
    looked_at: Instant,
}

/// By what it is seen that a file has changed.
type Stamp = (SystemTime, u64);

impl WorkerTokens {
    /// Those in `file`; without one nobody is a worker.
    ///
    /// # Errors
    /// [`TokenFileError`] says what is wrong with the file.
    pub fn read(file: Option<&Path>) -> Result<Self, TokenFileError> {
        let (digests, stamp) = match file {
            Some(file) => read(file).map(|(digests, stamp)| (digests, Some(stamp)))?,
            None => (Vec::new(), None),
        };
        let known = Mutex::new(Known { digests, stamp, looked_at: Instant::now() });
        Ok(Self { file: file.map(Path::to_owned), known })
    }

    /// Whether `token` is one of them.
    ///
    /// # Errors
    /// [`NoWorker`] says why not.
    pub fn worker(&self, token: Option<&str>) -> Result<Worker, NoWorker> {
        let Some(file) = &self.file else { return Err(NoWorker::NotSetUp) };
        let token = token.filter(|token| token.len() <= TOKEN_CHARACTERS_MAX);
        let given = digest(token.ok_or(NoWorker::Unknown)?);
        let mut known = self.known();
        known.look_again(file);
        // All are compared, and each to its end.
        let found = known.digests.iter().fold(0, |found, digest| {
            let differs = digest.iter().zip(&given).fold(0, |sum, (a, b)| sum | (a ^ b));
            found | u8::from(differs == 0)
        });
        if found != 0 { Ok(Worker(())) } else { Err(NoWorker::Unknown) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What is known is replaced as a whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Reads the file again where it has changed. Where it cannot be used, what was known stays.
    fn look_again(&mut self, file: &Path) {
        if self.looked_at.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked_at = Instant::now();
        let stamp = stamp(file).ok();
        if stamp == self.stamp {
            return;
        }
        match read(file) {
            Ok((digests, stamp)) => {
                tracing::info!(tokens = digests.len(), "the tokens of workers were read again");
                (self.digests, self.stamp) = (digests, Some(stamp));
            }
            Err(error) => {
                tracing::error!(
                    file = %file.display(),
                    %error,
                    "the tokens of workers cannot be read again; those read before stay"
                );
                // It is told once, and tried again when the file changes.
                self.stamp = stamp;
            }
        }
    }
}

fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token.as_bytes()).into()
}

fn stamp(file: &Path) -> std::io::Result<Stamp> {
    let metadata = std::fs::metadata(file)?;
    Ok((metadata.modified()?, metadata.len()))
}

fn read(file: &Path) -> Result<(Vec<TokenDigest>, Stamp), TokenFileError> {
    let stamp = stamp(file)?;
    if stamp.1 > FILE_BYTES_MAX {
        return Err(TokenFileError::TooLarge);
    }
    Ok((tokens(&std::fs::read_to_string(file)?)?, stamp))
}

/// One a line; empty lines and those that begin with `#` are passed over.
fn tokens(text: &str) -> Result<Vec<TokenDigest>, TokenFileError> {
    let mut digests = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let is_token = (TOKEN_CHARACTERS_MIN..=TOKEN_CHARACTERS_MAX).contains(&line.len())
            && line.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_token {
            return Err(TokenFileError::Line(index + 1));
        }
        if digests.len() == TOKENS_MAX {
            return Err(TokenFileError::TooMany);
        }
        digests.push(digest(line));
    }
    if digests.is_empty() { Err(TokenFileError::Empty) } else { Ok(digests) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "first-token-of-enough-length";
    const TWO: &str = "second-token-of-enough-length";

    #[test]
    fn any_of_the_tokens_is_one_and_nothing_else_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("tokens");
        std::fs::write(&file, format!("# of the warehouse\n{ONE}\n\n  {TWO}\r\n")).expect("a file");
        let tokens = WorkerTokens::read(Some(&file)).expect("tokens");
        assert!(tokens.worker(Some(ONE)).is_ok() && tokens.worker(Some(TWO)).is_ok());
        let almost = &ONE[..ONE.len() - 1];
        for wrong in [None, Some(""), Some(almost), Some("# of the warehouse")] {
            assert_eq!(tokens.worker(wrong).err(), Some(NoWorker::Unknown), "{wrong:?}");
        }
        let none = WorkerTokens::read(None).expect("none");
        assert_eq!(none.worker(Some(ONE)).err(), Some(NoWorker::NotSetUp));
    }

    #[test]
    fn a_file_that_has_changed_is_read_again_and_one_that_is_not_right_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("tokens");
        std::fs::write(&file, ONE).expect("a file");
        let tokens = WorkerTokens::read(Some(&file)).expect("tokens");
        let knows = |token: &str| {
            let earlier = Instant::now().checked_sub(LOOK_EVERY * 2).expect("the past");
            tokens.known().looked_at = earlier;
            tokens.worker(Some(token)).is_ok()
        };
        std::fs::write(&file, format!("{ONE}\n{TWO}\n")).expect("a file");
        assert!(knows(ONE) && knows(TWO), "both while they are changed");
        std::fs::write(&file, TWO).expect("a file");
        assert!(!knows(ONE) && knows(TWO));
        for wrong in ["", "short", "# nothing but words"] {
            std::fs::write(&file, wrong).expect("a file");
            assert!(knows(TWO) && !knows(ONE), "{wrong}");
        }
        std::fs::remove_file(&file).expect("it was there");
        assert!(knows(TWO));
        std::fs::write(&file, ONE).expect("a file");
        assert!(knows(ONE) && !knows(TWO));
    }

    #[test]
    fn a_file_that_holds_no_usable_tokens_is_refused_with_the_line() {
        assert!(matches!(tokens("# nothing\n"), Err(TokenFileError::Empty)));
        assert!(matches!(tokens(&format!("{ONE}\nshort")), Err(TokenFileError::Line(2))));
        assert!(matches!(tokens("a token that has spaces in it"), Err(TokenFileError::Line(1))));
        let many = format!("{ONE}\n").repeat(TOKENS_MAX + 1);
        assert!(matches!(tokens(&many), Err(TokenFileError::TooMany)));
    }
}
