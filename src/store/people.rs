//! People who may sign in.

use spartito_core::ids::{GroupId, PersonId};
use spartito_core::time::Timestamp;

use super::database::cells;
use super::{Store, StoreError, convert};

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The name to sign in with.
    pub person: PersonId,
    /// The name to be called by.
    pub name: String,
    /// The role, as text.
    pub role: String,
    /// The groups.
    pub groups: Vec<GroupId>,
    /// The password's hash, with its parameters.
    pub password_hash: String,
    /// Whether sign-in is refused.
    pub disabled: bool,
    /// When the person was added.
    pub created_at: Timestamp,
    /// Last sign-in; `None` if never.
    pub last_sign_in: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    person: String,
    name: String,
    role: String,
    person_groups: String,
    password_hash: String,
    disabled: i64,
    created_at: i64,
    last_sign_in: Option<i64>,
}

impl Row {
    fn row(self) -> Result<PersonRow, StoreError> {
        Ok(PersonRow {
            person: PersonId::new(self.person),
            name: self.name,
            role: self.role,
            groups: convert::list("people", "person_groups", &self.person_groups)?,
            password_hash: self.password_hash,
            disabled: self.disabled != 0,
            created_at: convert::timestamp("people", "created_at", self.created_at)?,
            last_sign_in: convert::timestamp_option("people", "last_sign_in", self.last_sign_in)?,
        })
    }
}

const PEOPLE: &str = "select person, name, role, person_groups, password_hash, disabled, \
     created_at, last_sign_in from people";

impl Store {
    /// All people, by name to sign in with.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn people(&self) -> Result<Vec<PersonRow>, StoreError> {
        let rows: Vec<Row> =
            self.database.all(format!("{PEOPLE} order by person"), cells![]).await?;
        rows.into_iter().map(Row::row).collect()
    }

    /// A person; `None` if unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn person(&self, person: &PersonId) -> Result<Option<PersonRow>, StoreError> {
        let sql = format!("{PEOPLE} where person = $1");
        let row: Option<Row> = self.database.optional(sql, cells![person.as_str()]).await?;
        row.map(Row::row).transpose()
    }

    /// Adds people, all or none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a name to sign in with is taken.
    pub async fn add_people(&self, people: &[PersonRow]) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        for person in people {
            let sql = "insert into people (person, name, role, person_groups, password_hash, \
                       disabled, created_at, last_sign_in) values ($1, $2, $3, $4, $5, $6, $7, $8)";
            let cells = cells![
                person.person.as_str(),
                person.name.as_str(),
                person.role.as_str(),
                convert::list_text(&person.groups),
                person.password_hash.as_str(),
                person.disabled,
                person.created_at.as_millis(),
                person.last_sign_in.map(Timestamp::as_millis),
            ];
            tx.execute(sql, cells).await?;
        }
        tx.commit().await
    }

    /// Changes all of a person but the name to sign in with and the moments; says whether there
    /// is such a person.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn update_person(&self, person: &PersonRow) -> Result<bool, StoreError> {
        let sql = "update people set name = $2, role = $3, person_groups = $4, \
                   password_hash = $5, disabled = $6 where person = $1";
        let cells = cells![
            person.person.as_str(),
            person.name.as_str(),
            person.role.as_str(),
            convert::list_text(&person.groups),
            person.password_hash.as_str(),
            person.disabled,
        ];
        Ok(self.database.execute(sql, cells).await? > 0)
    }

    /// Notes a sign-in.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn note_sign_in(&self, person: &PersonId, at: Timestamp) -> Result<(), StoreError> {
        let sql = "update people set last_sign_in = $2 where person = $1";
        self.database.execute(sql, cells![person.as_str(), at.as_millis()]).await.map(|_| ())
    }
}
