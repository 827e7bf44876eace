//! Passwords: what is accepted, how they are hashed (argon2id), and readable generated ones.
//!
//! Never stores or logs a password. A hash costs about 60 ms of one processor, so hashing runs
//! aside, a few at a time, and a crowd is turned away instead of queued without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

/// Fewest characters of a password.
pub const PASSWORD_CHARACTERS_MIN: usize = 12;
/// Most bytes of a password; long phrases fit, a flood does not.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Memory of one hash in KiB (OWASP's second argon2id choice).
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Hashes waiting for a processor; past it the caller is asked to try again.
const WAITING_MAX: usize = 64;

/// Why a password is not accepted, in words for the person who chose it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Too short.
    #[error("Use at least {PASSWORD_CHARACTERS_MIN} characters; a few words are fine.")]
    TooShort,
    /// Too long.
    #[error("Use at most {PASSWORD_BYTES_MAX} bytes.")]
    TooLong,
    /// Among the first that are guessed.
    #[error("This password is easy to guess. Use a few words that do not belong together.")]
    Guessable,
}

/// Checks a new password: its length, and that it is not among the first to be guessed. There are
/// no rules on what characters it holds.
///
/// # Errors
/// What is wrong with it.
pub fn accept(password: &str, person: &str) -> Result<(), PasswordRefusal> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        return Err(PasswordRefusal::TooShort);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordRefusal::TooLong);
    }
    let plain = password.to_lowercase();
    let person = person.to_lowercase();
    let rest: String = plain
        .replace(if person.is_empty() { "\0" } else { &person }, "")
        .chars()
        .filter(|character| character.is_alphabetic())
        .collect();
    let distinct = plain.chars().collect::<std::collections::BTreeSet<_>>().len();
    let runs = ["0123456789012345", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"];
    let guessable = distinct < 5
        || runs.iter().any(|run| run.contains(&plain))
        || GUESSED_WORDS.contains(&rest.as_str())
        || (rest.is_empty() && plain.contains(person.as_str()) && !person.is_empty());
    if guessable { Err(PasswordRefusal::Guessable) } else { Ok(()) }
}

/// Words that, with nothing but digits, signs and the person's name around them, are guessed first.
const GUESSED_WORDS: [&str; 16] = [
    "password",
    "passwordpassword",
    "passwort",
    "spartito",
    "spartitospartito",
    "administrator",
    "letmein",
    "welcome",
    "qwerty",
    "qwertyuiop",
    "qwertzuiop",
    "iloveyou",
    "changeme",
    "secret",
    "geheim",
    "admin",
];

/// Hashes and verifies passwords, a bounded number at a time.
#[derive(Clone)]
pub struct Passwords {
    /// One permit per hash under way.
    permits: Arc<Semaphore>,
    /// Hashes under way or waiting.
    waiting: Arc<AtomicUsize>,
    /// Verified against where there is no such person, so that the answer takes as long.
    dummy: Arc<str>,
}

/// There is no room for another hash now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-ins at this moment")]
pub struct TooBusy;

impl Passwords {
    /// Ready to hash, on as many processors as there are.
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            permits: Arc::new(Semaphore::new(processors)),
            waiting: Arc::new(AtomicUsize::new(0)),
            dummy: hash_now("no one has this password").into(),
        }
    }

    /// The hash of `password` to be stored, with a fresh salt.
    ///
    /// # Errors
    /// Too many hashes wait already.
    pub async fn hash(&self, password: &str) -> Result<String, TooBusy> {
        let password = password.to_owned();
        self.run(move || hash_now(&password)).await
    }

    /// Whether `password` belongs to `stored`; for a person who does not exist give `None`: that
    /// takes as long and is never right.
    ///
    /// # Errors
    /// Too many hashes wait already.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, TooBusy> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.dummy).to_owned();
        let password = password.to_owned();
        let fits = self.run(move || verify_now(&password, &stored)).await?;
        Ok(fits && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, TooBusy> {
        let _place = Place::take(&self.waiting)?;
        let permit =
            Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed");
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        Ok(done.await.expect("hashing a password does not panic"))
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// A place among those who wait, given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>) -> Result<Self, TooBusy> {
        let place = Self(Arc::clone(waiting));
        if waiting.fetch_add(1, Ordering::AcqRel) >= WAITING_MAX {
            return Err(TooBusy);
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn hasher() -> Argon2<'static> {
    let params =
        Params::new(MEMORY_KIB, PASSES, 1, None).expect("the parameters are within bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> String {
    hasher()
        .hash_password(password.as_bytes())
        .expect("a password within bounds can be hashed")
        .to_string()
}

fn verify_now(password: &str, stored: &str) -> bool {
    if password.len() > PASSWORD_BYTES_MAX {
        return false;
    }
    PasswordHash::new(stored)
        .is_ok_and(|stored| hasher().verify_password(password.as_bytes(), &stored).is_ok())
}

/// A password that can be read aloud and typed: four groups of two syllables, about 54 bits.
pub fn generate() -> String {
    const CONSONANTS: &[u8] = b"bdfghjklmnprstvwz";
    const VOWELS: &[u8] = b"aeiou";
    let pick = |letters: &[u8]| char::from(letters[rand::random_range(0..letters.len())]);
    let mut password = String::with_capacity(23);
    for group in 0..4 {
        if group > 0 {
            password.push('-');
        }
        for _ in 0..2 {
            password.push(pick(CONSONANTS));
            password.push(pick(VOWELS));
        }
        // A digit at the end of each group keeps groups apart by ear and adds 13 bits in all.
        password.push(char::from(b'0' + rand::random_range(2..10)));
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_52_a_password_of_64_characters_is_accepted() {
        let password = "correct horse battery staple and one more word to make it longer";
        assert_eq!(password.chars().count(), 64);
        assert_eq!(accept(password, "anna"), Ok(()));
        assert_eq!(accept(&password.repeat(10), "anna"), Ok(()));
    }

    #[test]
    fn short_and_guessable_passwords_are_refused() {
        assert_eq!(accept("elevenchars", "anna"), Err(PasswordRefusal::TooShort));
        for password in
            ["password1234", "aaaaaaaaaaaaaaa", "123456789012", "anna.password!", "qwertyuiopas"]
        {
            assert_eq!(accept(password, "anna"), Err(PasswordRefusal::Guessable), "{password}");
        }
        assert_eq!(accept(&"long phrase ".repeat(100), "anna"), Err(PasswordRefusal::TooLong));
    }

    #[test]
    fn generated_passwords_are_accepted_and_differ() {
        let (one, other) = (generate(), generate());
        assert_ne!(one, other);
        assert_eq!(accept(&one, "sofia"), Ok(()), "{one}");
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_person_fits() {
        let passwords = Passwords::new();
        let stored = passwords.hash("a few plain words").await.expect("room");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_eq!(passwords.verify("a few plain words", Some(&stored)).await, Ok(true));
        assert_eq!(passwords.verify("a few plain word", Some(&stored)).await, Ok(false));
        assert_eq!(passwords.verify("no one has this password", None).await, Ok(false));
    }
}
