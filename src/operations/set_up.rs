//! The first start: a link that works once and for 30 minutes, by which the first administrator is
//! made; or a password file, where nobody is there to follow a link.
//!
//! Never opens again: once anybody exists, the set-up is over, even if no administrator is left.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use spartito_core::ids::PersonId;
use spartito_core::time::Timestamp;

use super::people::Checked;
use super::{Desk, OperationError, deployments};
use crate::auth::SessionHandle;
use crate::auth::passwords::{self, accept};
use crate::wire::{NewPerson, PersonCredentials, Role, SetUpChoice, SetUpOutcome, UploadedFile};

/// Name of the setting that says that the set-up is over.
const DONE: &str = "set-up-done";
/// Name of the setting with the hash of the link's secret and the end of its time.
const TOKEN: &str = "set-up-token";
/// Prefix of the setting by which exactly one request uses a link.
const USED: &str = "set-up-used-";
/// How long a link works, in ms (30 min).
const LINK_TIME_MS: i64 = 30 * 60_000;

/// The loan example: every file of it, as it is deployed.
const EXAMPLE: &[(&str, &str)] = &[
    (
        "loan-application.bpmn",
        include_str!("../../examples/loan-application/loan-application.bpmn"),
    ),
    ("loan-risk.dmn", include_str!("../../examples/loan-application/loan-risk.dmn")),
    ("loan-start.form", include_str!("../../examples/loan-application/forms/loan-start.form")),
    (
        "verify-identity.form",
        include_str!("../../examples/loan-application/forms/verify-identity.form"),
    ),
    (
        "check-documents.form",
        include_str!("../../examples/loan-application/forms/check-documents.form"),
    ),
    ("decide-loan.form", include_str!("../../examples/loan-application/forms/decide-loan.form")),
];

/// The people of the loan example: name to sign in with, name, groups, what the person does.
const EXAMPLE_PEOPLE: &[(&str, &str, &str, &str)] = &[
    ("sofia", "Sofia Conti", "", "Business user: starts loan applications"),
    (
        "ben",
        "Ben Okafor",
        "verification,back-office",
        "Operations clerk: verifies identities and checks documents",
    ),
    ("ursula", "Ursula Weiss", "underwriters", "Underwriter: decides on loans"),
];

/// Whether the set-up is over.
///
/// # Errors
/// The database does not answer.
pub async fn is_done(desk: &Desk) -> Result<bool, OperationError> {
    if desk.runtime.store.setting(DONE).await?.is_some() {
        return Ok(true);
    }
    Ok(!desk.runtime.store.people().await?.is_empty())
}

/// Makes a new secret for the set-up link, which ends the one before; `None` once the set-up is
/// over.
///
/// # Errors
/// The database does not answer.
pub async fn new_link_secret(desk: &Desk) -> Result<Option<String>, OperationError> {
    if is_done(desk).await? {
        return Ok(None);
    }
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes);
    let secret = hex(&bytes);
    let until = desk.now().plus_millis_saturating(LINK_TIME_MS);
    let kept = format!("{} {}", hash(&secret), until.as_millis());
    desk.runtime.store.set_setting(TOKEN, &kept).await?;
    Ok(Some(secret))
}

/// Makes the administrator `admin` with a given password, unless the set-up is over.
///
/// # Errors
/// The password is not acceptable, or the database does not answer.
pub async fn with_password(desk: &Desk, password: &str) -> Result<bool, OperationError> {
    if is_done(desk).await? {
        return Ok(false);
    }
    accept(password, "admin")?;
    let administrator = Checked::new(&NewPerson {
        person: "admin".to_owned(),
        name: "Administrator".to_owned(),
        role: Role::Administrator,
        groups: String::new(),
    })?;
    let row = administrator.row(desk, password).await?;
    desk.runtime.store.add_people(&[row]).await?;
    desk.runtime.store.set_setting(DONE, &desk.now().to_string()).await?;
    Ok(true)
}

/// Whether the set-up link with this secret works now.
///
/// # Errors
/// The database does not answer.
pub async fn open(desk: &Desk, secret: &str) -> Result<bool, OperationError> {
    if is_done(desk).await? {
        return Ok(false);
    }
    let kept = desk.runtime.store.setting(TOKEN).await?;
    Ok(kept.is_some_and(|kept| fits(&kept, secret, desk.now())))
}

/// What the person who sets Spartito up has filled in.
#[derive(Debug, Clone)]
pub struct SetUpRequest {
    /// The link's secret.
    pub secret: String,
    /// The administrator's name to sign in with.
    pub person: String,
    /// The administrator's name to be called by.
    pub name: String,
    /// The administrator's password.
    pub password: String,
    /// How to begin.
    pub choice: SetUpChoice,
}

/// Sets Spartito up and signs the administrator in.
///
/// # Errors
/// The link does not work (any more); a name or the password is not acceptable.
pub async fn set_up(
    desk: &Desk,
    session: &SessionHandle,
    request: &SetUpRequest,
) -> Result<SetUpOutcome, OperationError> {
    if !open(desk, &request.secret).await? {
        return Err(closed());
    }
    let administrator = Checked::new(&NewPerson {
        person: request.person.clone(),
        name: request.name.clone(),
        role: Role::Administrator,
        groups: String::new(),
    })?;
    accept(&request.password, request.person.trim())?;
    let (mut rows, mut people) = (Vec::new(), Vec::new());
    if request.choice == SetUpChoice::Example {
        for (person, credentials) in example_people()? {
            if credentials.person.as_str() == request.person.trim() {
                return Err(OperationError::invalid_field(
                    "person",
                    "The example has a person of this name; choose another one.",
                ));
            }
            rows.push(person.row(desk, &credentials.password).await?);
            people.push(credentials);
        }
    }
    rows.push(administrator.row(desk, &request.password).await?);
    let used = format!("{USED}{}", hash(&request.secret));
    if !desk.runtime.store.claim_setting(&used, &desk.now().to_string()).await? {
        return Err(closed());
    }
    desk.runtime.store.add_people(&rows).await?;
    desk.runtime.store.set_setting(DONE, &desk.now().to_string()).await?;
    let person = PersonId::new(request.person.trim());
    tracing::info!(%person, "set up");
    if request.choice == SetUpChoice::Example {
        deploy_example(desk, &person).await?;
    }
    session.begin(&person, desk.now()).await?;
    Ok(SetUpOutcome { administrator: person, people })
}

fn example_people() -> Result<Vec<(Checked, PersonCredentials)>, OperationError> {
    EXAMPLE_PEOPLE
        .iter()
        .map(|(person, name, groups, purpose)| {
            let new = NewPerson {
                person: (*person).to_owned(),
                name: (*name).to_owned(),
                role: Role::Member,
                groups: (*groups).to_owned(),
            };
            let credentials =
                Checked::new(&new)?.credentials((*purpose).to_owned(), passwords::generate());
            Ok((Checked::new(&new)?, credentials))
        })
        .collect()
}

/// Deploys the loan example.
///
/// # Errors
/// The database does not answer; the example itself is tested to be deployable.
pub async fn deploy_example(desk: &Desk, by: &PersonId) -> Result<(), OperationError> {
    let files = EXAMPLE
        .iter()
        .map(|(name, text)| UploadedFile {
            name: (*name).to_owned(),
            content: text.as_bytes().to_vec(),
        })
        .collect();
    let outcome = deployments::carry_out(desk, by, files, false).await?;
    if outcome.deployed {
        return Ok(());
    }
    tracing::error!(?outcome, "the loan example cannot be deployed");
    Err(OperationError::Conflict(
        "The loan example could not be deployed; the log says why. You can sign in and deploy \
         models of your own."
            .to_owned(),
    ))
}

fn closed() -> OperationError {
    OperationError::NotFound(
        "This set-up link does not work: it works once and for 30 minutes. Until the set-up is \
         done, each start of the server prints a new one."
            .to_owned(),
    )
}

fn fits(kept: &str, secret: &str, now: Timestamp) -> bool {
    let Some((known, until_ms)) = kept.split_once(' ') else { return false };
    // Hashes are compared, so the time that takes tells nothing about the secret.
    known == hash(secret) && until_ms.parse().is_ok_and(|until_ms: i64| now.as_millis() <= until_ms)
}

fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms).expect("within range")
    }

    #[test]
    fn a_link_works_for_its_time_and_with_its_secret_only() {
        let kept = format!("{} 1000", hash("secret"));
        assert!(fits(&kept, "secret", at(1_000)));
        assert!(!fits(&kept, "secret", at(1_001)));
        assert!(!fits(&kept, "Secret", at(0)));
        assert!(!fits(&kept, "", at(0)));
        assert!(!fits("", "", at(0)));
    }
}
