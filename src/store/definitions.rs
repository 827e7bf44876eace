//! Deployed processes and forms, with their texts. Versions are added, never changed.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use spartito_core::ids::{
    DecisionModelKey, DefinitionKey, DeploymentKey, FlowNodeId, FormId, FormKey, PersonId,
    ProcessId,
};
use spartito_core::time::Timestamp;

use super::database::{Tx, cells};
use super::decisions::NewDecisionModel;
use super::messages::{self, NewStart};
use super::timers::{NewStartTimer, replace_start_timers};
use super::{Store, StoreError, convert};

/// A deployed version of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionRow {
    /// Its key.
    pub key: DefinitionKey,
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub name: String,
    /// From 1.
    pub version: u32,
    /// When it was deployed.
    pub deployed_at: Timestamp,
    /// Who deployed it; `None` for the system.
    pub deployed_by: Option<PersonId>,
    /// The tag that the model gives it.
    pub version_tag: Option<String>,
    /// The form that starts an instance.
    pub start_form: Option<FormId>,
    /// The deployment that brought it.
    pub deployment: DeploymentKey,
}

/// A deployed version of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRow {
    /// Its key.
    pub key: FormKey,
    /// The form.
    pub form: FormId,
    /// From 1.
    pub version: u32,
    /// Its text.
    pub json: String,
}

/// A flow node of a process that is deployed.
#[derive(Debug, Clone)]
pub struct NewNode {
    /// Its id.
    pub node: FlowNodeId,
    /// Its name; the id where it has none.
    pub title: String,
    /// Local name of the BPMN element, such as `userTask`.
    pub kind: String,
}

/// A process to deploy.
#[derive(Debug, Clone)]
pub struct NewDefinition {
    /// The process.
    pub process: ProcessId,
    /// Its name.
    pub name: String,
    /// The tag that the model gives it.
    pub version_tag: Option<String>,
    /// The form that starts an instance.
    pub start_form: Option<FormId>,
    /// The text of the file that holds it.
    pub xml: String,
    /// Its flow nodes.
    pub nodes: Vec<NewNode>,
    /// The messages and signals that start it.
    pub starts: Vec<NewStart>,
    /// The timers that start its instances, from the moment of the deployment on.
    pub start_timers: Vec<NewStartTimer>,
}

/// Which version of a process is called.
#[derive(Debug, Clone, Copy)]
pub enum WantedVersion<'w> {
    /// The latest.
    Latest,
    /// The one that a deployment brought or found unchanged.
    Deployment(DeploymentKey),
    /// The latest that carries this tag.
    Tag(&'w str),
    /// The one of this number.
    Number(u32),
}

/// A form to deploy.
#[derive(Debug, Clone)]
pub struct NewForm {
    /// The form.
    pub form: FormId,
    /// Its text.
    pub json: String,
}

/// Files to deploy, all or none.
#[derive(Debug, Clone)]
pub struct NewDeployment {
    /// The processes.
    pub definitions: Vec<NewDefinition>,
    /// The forms.
    pub forms: Vec<NewForm>,
    /// The decision models; what a model imports stands before it.
    pub decisions: Vec<NewDecisionModel>,
    /// Who deploys; `None` for the system.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
}

/// What a deployment made, in the order in which it was given.
#[derive(Debug, Clone, Default)]
pub struct Deployment {
    /// The processes.
    pub definitions: Vec<DeployedVersion<DefinitionKey>>,
    /// The forms.
    pub forms: Vec<DeployedVersion<FormKey>>,
    /// The decision models.
    pub decisions: Vec<DeployedVersion<DecisionModelKey>>,
}

/// A version that a deployment made or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeployedVersion<K> {
    /// Its key.
    pub key: K,
    /// From 1.
    pub version: u32,
    /// Whether the latest version has the same text, so that no new one was made.
    pub unchanged: bool,
}

#[derive(sqlx::FromRow)]
pub(super) struct Latest {
    pub(super) key: i64,
    pub(super) version: i64,
    pub(super) resource: String,
}

#[derive(sqlx::FromRow)]
struct Stored {
    key: i64,
    process: String,
    name: String,
    version: i64,
    deployed_at: i64,
    deployed_by: Option<String>,
    version_tag: Option<String>,
    start_form: Option<String>,
    deployment: i64,
}

impl Stored {
    fn row(self) -> Result<DefinitionRow, StoreError> {
        Ok(DefinitionRow {
            key: convert::definition("definitions", self.key)?,
            process: ProcessId::new(self.process),
            name: self.name,
            version: convert::count("definitions", "version", self.version)?,
            deployed_at: convert::timestamp("deployments", "at", self.deployed_at)?,
            deployed_by: convert::person(self.deployed_by),
            version_tag: self.version_tag,
            start_form: self.start_form.map(FormId::new),
            deployment: convert::deployment("definitions", self.deployment)?,
        })
    }
}

const DEFINITIONS: &str = "select d.key, d.process, d.name, d.version, p.at as deployed_at, \
     p.by_person as deployed_by, d.version_tag, d.start_form, d.deployment \
     from definitions d join deployments p on p.id = d.deployment";

#[derive(sqlx::FromRow)]
struct StoredForm {
    key: i64,
    form: String,
    version: i64,
    body: String,
}

impl StoredForm {
    fn row(self) -> Result<FormRow, StoreError> {
        Ok(FormRow {
            key: convert::form_key("forms", self.key)?,
            form: FormId::new(self.form),
            version: convert::count("forms", "version", self.version)?,
            json: self.body,
        })
    }
}

const FORMS: &str = "select f.key, f.form, f.version, r.body from forms f \
     join resources r on r.hash = f.resource";

impl Store {
    /// Deploys all or nothing. What has the same text as its latest version stays that version.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn deploy(&self, new: NewDeployment) -> Result<Deployment, StoreError> {
        let mut tx = self.database.begin().await?;
        let id = convert::number(self.new_number(new.at));
        let cells = cells![id, new.at.as_millis(), new.by.as_ref().map(PersonId::as_str)];
        tx.execute("insert into deployments (id, at, by_person) values ($1, $2, $3)", cells)
            .await?;
        if self.database.is_postgres() {
            // Version numbers are given out one deployment at a time.
            let lock = "lock table definitions, forms, decision_models in share row exclusive mode";
            tx.execute(lock, cells![]).await?;
        }
        let mut made = Deployment::default();
        for form in &new.forms {
            made.forms.push(self.deploy_form(&mut tx, id, new.at, form).await?);
        }
        for model in &new.decisions {
            let earlier = (new.decisions.as_slice(), made.decisions.as_slice());
            let version = self.deploy_decisions(&mut tx, (id, new.at), model, earlier).await?;
            made.decisions.push(version);
        }
        for definition in &new.definitions {
            let version = self.deploy_definition(&mut tx, id, new.at, definition).await?;
            made.definitions.push(version);
        }
        tx.commit().await?;
        Ok(made)
    }

    async fn deploy_form(
        &self,
        tx: &mut Tx,
        deployment: i64,
        at: Timestamp,
        new: &NewForm,
    ) -> Result<DeployedVersion<FormKey>, StoreError> {
        let hash = keep_resource(tx, &new.json).await?;
        let sql = "select key, version, resource from forms where form = $1 \
                   order by version desc limit 1";
        let latest: Option<Latest> = tx.optional(sql, cells![new.form.as_str()]).await?;
        let (version, unchanged) = next_version("forms", latest.as_ref(), &hash)?;
        let key = match latest.filter(|_| unchanged) {
            Some(latest) => convert::form_key("forms", latest.key)?,
            None => FormKey::new(self.new_number(at)),
        };
        if !unchanged {
            let sql = "insert into forms (key, form, version, resource, deployment) \
                       values ($1, $2, $3, $4, $5)";
            let key = convert::number(key.number());
            tx.execute(sql, cells![key, new.form.as_str(), version, hash, deployment]).await?;
        }
        Ok(DeployedVersion { key, version, unchanged })
    }

    async fn deploy_definition(
        &self,
        tx: &mut Tx,
        deployment: i64,
        at: Timestamp,
        new: &NewDefinition,
    ) -> Result<DeployedVersion<DefinitionKey>, StoreError> {
        let hash = keep_resource(tx, &new.xml).await?;
        let sql = "select key, version, resource from definitions where process = $1 \
                   order by version desc limit 1";
        let latest: Option<Latest> = tx.optional(sql, cells![new.process.as_str()]).await?;
        let (version, unchanged) = next_version("definitions", latest.as_ref(), &hash)?;
        if let Some(latest) = latest.filter(|_| unchanged) {
            let key = convert::definition("definitions", latest.key)?;
            brought_by(tx, latest.key, deployment).await?;
            return Ok(DeployedVersion { key, version, unchanged });
        }
        let key = DefinitionKey::new(self.new_number(at));
        let number = convert::number(key.number());
        let sql = "insert into definitions (key, process, version, name, version_tag, start_form, \
                   resource, deployment) values ($1, $2, $3, $4, $5, $6, $7, $8)";
        let cells = cells![
            number,
            new.process.as_str(),
            version,
            new.name.as_str(),
            new.version_tag.as_deref(),
            new.start_form.as_ref().map(FormId::as_str),
            hash,
            deployment,
        ];
        tx.execute(sql, cells).await?;
        for NewNode { node, title, kind } in &new.nodes {
            let sql = "insert into definition_nodes (definition, node, title, kind) \
                       values ($1, $2, $3, $4)";
            let cells = cells![number, node.as_str(), title.as_str(), kind.as_str()];
            tx.execute(sql, cells).await?;
        }
        brought_by(tx, number, deployment).await?;
        messages::replace_starts(tx, &new.process, number, &new.starts).await?;
        replace_start_timers(tx, (number, new.process.as_str()), &new.start_timers).await?;
        Ok(DeployedVersion { key, version, unchanged })
    }

    /// The latest version of a process of which `wanted` holds; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn called_definition(
        &self,
        process: &ProcessId,
        wanted: &WantedVersion<'_>,
    ) -> Result<Option<DefinitionKey>, StoreError> {
        let mut cells = cells![process.as_str()];
        let holds = match wanted {
            WantedVersion::Latest => "",
            WantedVersion::Deployment(deployment) => {
                cells.extend(cells![convert::number(deployment.number())]);
                " and key in (select definition from deployed_definitions where deployment = $2)"
            }
            WantedVersion::Tag(tag) => {
                cells.extend(cells![*tag]);
                " and version_tag = $2"
            }
            WantedVersion::Number(version) => {
                cells.extend(cells![*version]);
                " and version = $2"
            }
        };
        let sql = format!(
            "select key from definitions where process = $1{holds} order by version desc limit 1"
        );
        let row: Option<(i64,)> = self.database.optional(sql, cells).await?;
        row.map(|(key,)| convert::definition("definitions", key)).transpose()
    }

    /// All versions of all processes, the latest of each process first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn all_definitions(&self) -> Result<Vec<DefinitionRow>, StoreError> {
        let sql = format!("{DEFINITIONS} order by d.process, d.version desc");
        let rows: Vec<Stored> = self.database.all(sql, cells![]).await?;
        rows.into_iter().map(Stored::row).collect()
    }

    /// The versions of a process, latest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn versions(&self, process: &ProcessId) -> Result<Vec<DefinitionRow>, StoreError> {
        let sql = format!("{DEFINITIONS} where d.process = $1 order by d.version desc");
        let rows: Vec<Stored> = self.database.all(sql, cells![process.as_str()]).await?;
        rows.into_iter().map(Stored::row).collect()
    }

    /// A version of a process; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn definition(
        &self,
        key: DefinitionKey,
    ) -> Result<Option<DefinitionRow>, StoreError> {
        let sql = format!("{DEFINITIONS} where d.key = $1");
        let cells = cells![convert::number(key.number())];
        let row: Option<Stored> = self.database.optional(sql, cells).await?;
        row.map(Stored::row).transpose()
    }

    /// The text of the file that a version came with; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn definition_xml(&self, key: DefinitionKey) -> Result<Option<String>, StoreError> {
        let sql = "select r.body from definitions d join resources r on r.hash = d.resource \
                   where d.key = $1";
        let row: Option<(String,)> =
            self.database.optional(sql, cells![convert::number(key.number())]).await?;
        Ok(row.map(|(body,)| body))
    }

    /// Names of the flow nodes of a version, with the local names of their elements.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn definition_nodes(&self, key: DefinitionKey) -> Result<Vec<NewNode>, StoreError> {
        let sql = "select node, title, kind from definition_nodes where definition = $1";
        let rows: Vec<(String, String, String)> =
            self.database.all(sql, cells![convert::number(key.number())]).await?;
        Ok(rows
            .into_iter()
            .map(|(node, title, kind)| NewNode { node: FlowNodeId::new(node), title, kind })
            .collect())
    }

    /// The text of a version of a form; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn form_json(&self, key: FormKey) -> Result<Option<String>, StoreError> {
        let sql = format!("{FORMS} where f.key = $1");
        let cells = cells![convert::number(key.number())];
        let row: Option<StoredForm> = self.database.optional(sql, cells).await?;
        Ok(row.map(|form| form.body))
    }

    /// The latest version of a form; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or the row cannot be read.
    pub async fn latest_form(&self, form: &FormId) -> Result<Option<FormRow>, StoreError> {
        let sql = format!("{FORMS} where f.form = $1 order by f.version desc limit 1");
        let row: Option<StoredForm> = self.database.optional(sql, cells![form.as_str()]).await?;
        row.map(StoredForm::row).transpose()
    }

    /// The key of the latest version of every form.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn latest_forms(&self) -> Result<BTreeMap<FormId, FormKey>, StoreError> {
        let sql = "select form, key from forms order by version";
        let rows: Vec<(String, i64)> = self.database.all(sql, cells![]).await?;
        rows.into_iter()
            .map(|(form, key)| Ok((FormId::new(form), convert::form_key("forms", key)?)))
            .collect()
    }
}

/// Notes that a deployment brought a version, or found it unchanged.
async fn brought_by(tx: &mut Tx, definition: i64, deployment: i64) -> Result<(), StoreError> {
    let sql = "insert into deployed_definitions (definition, deployment) values ($1, $2) \
               on conflict (definition, deployment) do nothing";
    tx.execute(sql, cells![definition, deployment]).await?;
    Ok(())
}

/// The version that a text gets, and whether it is the latest one already.
pub(super) fn next_version(
    table: &'static str,
    latest: Option<&Latest>,
    hash: &str,
) -> Result<(u32, bool), StoreError> {
    let Some(latest) = latest else { return Ok((1, false)) };
    let version: u32 = convert::count(table, "version", latest.version)?;
    let unchanged = latest.resource == hash;
    Ok((if unchanged { version } else { version + 1 }, unchanged))
}

/// Keeps a text once, under its SHA-256.
pub(super) async fn keep_resource(tx: &mut Tx, body: &str) -> Result<String, StoreError> {
    use std::fmt::Write;
    let hash = Sha256::digest(body.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes all");
        hex
    });
    let sql = "insert into resources (hash, body) values ($1, $2) on conflict (hash) do nothing";
    tx.execute(sql, cells![hash.as_str(), body]).await?;
    Ok(hash)
}
