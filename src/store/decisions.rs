//! Deployed decision models with their texts. Versions are added, never changed.

use std::collections::BTreeMap;

use spartito_core::ids::{DecisionId, DecisionModelKey, DeploymentKey, PersonId};
use spartito_core::time::Timestamp;

use super::database::{Tx, cells};
use super::definitions::{DeployedVersion, Latest, keep_resource, next_version};
use super::{Store, StoreError, convert};

/// A decision model to deploy.
#[derive(Debug, Clone)]
pub struct NewDecisionModel {
    /// What its versions share: the id of its definitions, else its namespace.
    pub model: String,
    /// Its namespace, by which others import it.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The text of the file.
    pub xml: String,
    /// Namespaces that it imports.
    pub imports: Vec<String>,
    /// What of it can be called, in the order of the file.
    pub decisions: Vec<NewDecision>,
}

/// What of a decision model can be called.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// Its id.
    pub decision: DecisionId,
    /// Its name.
    pub name: String,
    /// What it is: `decision`, `service` or `knowledge`.
    pub kind: String,
    /// The tag that the model gives it.
    pub version_tag: Option<String>,
}

/// A deployed version of a decision model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionModelRow {
    /// Its key.
    pub key: DecisionModelKey,
    /// What its versions share.
    pub model: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// From 1.
    pub version: u32,
    /// The text of the file.
    pub xml: String,
    /// Versions of other models that it imports.
    pub imports: Vec<DecisionModelKey>,
    /// The deployments that brought it or found it unchanged, oldest first.
    pub deployments: Vec<DeploymentKey>,
}

/// A deployed version of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// The version of the model that holds it.
    pub model: DecisionModelKey,
    /// The decision.
    pub decision: DecisionId,
    /// From 1.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// What it is: `decision`, `service` or `knowledge`.
    pub kind: String,
    /// The tag that the model gives it.
    pub version_tag: Option<String>,
    /// When it was deployed.
    pub deployed_at: Timestamp,
    /// Who deployed it; `None` for the system.
    pub deployed_by: Option<PersonId>,
}

#[derive(sqlx::FromRow)]
struct StoredModel {
    key: i64,
    model: String,
    namespace: String,
    name: String,
    version: i64,
    body: String,
}

#[derive(sqlx::FromRow)]
struct StoredDecision {
    model: i64,
    decision: String,
    version: i64,
    name: String,
    kind: String,
    version_tag: Option<String>,
    at: i64,
    by_person: Option<String>,
}

impl StoredDecision {
    fn row(self) -> Result<DecisionRow, StoreError> {
        Ok(DecisionRow {
            model: convert::decision_model("decisions", self.model)?,
            decision: DecisionId::new(self.decision),
            version: convert::count("decisions", "version", self.version)?,
            name: self.name,
            kind: self.kind,
            version_tag: self.version_tag,
            deployed_at: convert::timestamp("deployments", "at", self.at)?,
            deployed_by: convert::person(self.by_person),
        })
    }
}

const DECISIONS: &str = "select d.model, d.decision, d.version, d.name, d.kind, d.version_tag, \
     p.at, p.by_person from decisions d \
     join deployments p on p.id = (select min(b.deployment) from deployed_decision_models b \
     where b.model = d.model)";

impl Store {
    /// Deploys a model; what it imports was deployed `earlier` in the same deployment, or before.
    pub(super) async fn deploy_decisions(
        &self,
        tx: &mut Tx,
        (deployment, at): (i64, Timestamp),
        new: &NewDecisionModel,
        earlier: (&[NewDecisionModel], &[DeployedVersion<DecisionModelKey>]),
    ) -> Result<DeployedVersion<DecisionModelKey>, StoreError> {
        let hash = keep_resource(tx, &new.xml).await?;
        let sql = "select key, version, resource from decision_models where model = $1 \
                   order by version desc limit 1";
        let latest: Option<Latest> = tx.optional(sql, cells![new.model.as_str()]).await?;
        let imports = imports(tx, new, earlier).await?;
        let (mut version, mut unchanged) = next_version("decision_models", latest.as_ref(), &hash)?;
        if let Some(latest) = latest.as_ref().filter(|_| unchanged)
            && imported(tx, latest.key).await? != imports
        {
            // The same text over another version of what it imports is another model.
            (version, unchanged) = (version + 1, false);
        }
        let number = match latest.filter(|_| unchanged) {
            Some(latest) => latest.key,
            None => convert::number(self.new_number(at)),
        };
        if !unchanged {
            insert_model(tx, (number, version, &hash), new, &imports).await?;
        }
        let sql = "insert into deployed_decision_models (model, deployment) values ($1, $2) \
                   on conflict (model, deployment) do nothing";
        tx.execute(sql, cells![number, deployment]).await?;
        let key = convert::decision_model("decision_models", number)?;
        Ok(DeployedVersion { key, version, unchanged })
    }

    /// All versions of all decision models with their texts, oldest first; those after `after`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn decision_models(
        &self,
        after: Option<DecisionModelKey>,
    ) -> Result<Vec<DecisionModelRow>, StoreError> {
        let sql = "select m.key, m.model, m.namespace, m.name, m.version, r.body \
                   from decision_models m join resources r on r.hash = m.resource \
                   where m.key > $1 order by m.key";
        let after = after.map_or(-1, |key| convert::number(key.number()));
        let stored: Vec<StoredModel> = self.database.all(sql, cells![after]).await?;
        let mut rows = Vec::with_capacity(stored.len());
        for StoredModel { key, model, namespace, name, version, body } in stored {
            let sql = "select imported from decision_imports where model = $1 order by position";
            let imports: Vec<(i64,)> = self.database.all(sql, cells![key]).await?;
            rows.push(DecisionModelRow {
                key: convert::decision_model("decision_models", key)?,
                model,
                namespace,
                name,
                version: convert::count("decision_models", "version", version)?,
                xml: body,
                imports: imports
                    .into_iter()
                    .map(|(key,)| convert::decision_model("decision_imports", key))
                    .collect::<Result<_, _>>()?,
                deployments: Vec::new(),
            });
        }
        Ok(rows)
    }

    /// The name of every version of every decision model.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn decision_model_names(
        &self,
    ) -> Result<BTreeMap<DecisionModelKey, String>, StoreError> {
        let sql = "select key, name from decision_models";
        let rows: Vec<(i64, String)> = self.database.all(sql, cells![]).await?;
        rows.into_iter()
            .map(|(key, name)| Ok((convert::decision_model("decision_models", key)?, name)))
            .collect()
    }

    /// Which deployment brought or found which version of a model.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn deployed_decision_models(
        &self,
    ) -> Result<Vec<(DecisionModelKey, DeploymentKey)>, StoreError> {
        let sql = "select model, deployment from deployed_decision_models order by deployment";
        let rows: Vec<(i64, i64)> = self.database.all(sql, cells![]).await?;
        rows.into_iter()
            .map(|(model, deployment)| {
                let table = "deployed_decision_models";
                Ok((
                    convert::decision_model(table, model)?,
                    convert::deployment(table, deployment)?,
                ))
            })
            .collect()
    }

    /// All versions of all decisions, the latest of each first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn decisions(&self) -> Result<Vec<DecisionRow>, StoreError> {
        let sql = format!("{DECISIONS} order by d.decision, d.version desc");
        let rows: Vec<StoredDecision> = self.database.all(sql, cells![]).await?;
        rows.into_iter().map(StoredDecision::row).collect()
    }

    /// The versions of a decision, latest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn decision_versions(
        &self,
        decision: &DecisionId,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        let sql = format!("{DECISIONS} where d.decision = $1 order by d.version desc");
        let rows: Vec<StoredDecision> = self.database.all(sql, cells![decision.as_str()]).await?;
        rows.into_iter().map(StoredDecision::row).collect()
    }
}

/// The versions that the imports of `new` mean: of the same deployment, else the latest.
async fn imports(
    tx: &mut Tx,
    new: &NewDecisionModel,
    (models, made): (&[NewDecisionModel], &[DeployedVersion<DecisionModelKey>]),
) -> Result<Vec<i64>, StoreError> {
    let mut imports = Vec::with_capacity(new.imports.len());
    for namespace in &new.imports {
        let here = models.iter().zip(made).find(|(model, _)| model.namespace == *namespace);
        if let Some((_, version)) = here {
            imports.push(convert::number(version.key.number()));
            continue;
        }
        let sql = "select key from decision_models where namespace = $1 order by key desc limit 1";
        let latest: Option<(i64,)> = tx.optional(sql, cells![namespace.as_str()]).await?;
        imports.extend(latest.map(|(key,)| key));
    }
    Ok(imports)
}

/// What a version imports.
async fn imported(tx: &mut Tx, model: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "select imported from decision_imports where model = $1 order by position";
    let rows: Vec<(i64,)> = tx.all(sql, cells![model]).await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

async fn insert_model(
    tx: &mut Tx,
    (key, version, hash): (i64, u32, &str),
    new: &NewDecisionModel,
    imports: &[i64],
) -> Result<(), StoreError> {
    let sql = "insert into decision_models (key, model, version, namespace, name, resource) \
               values ($1, $2, $3, $4, $5, $6)";
    let (model, namespace, name) = (&*new.model, &*new.namespace, &*new.name);
    tx.execute(sql, cells![key, model, version, namespace, name, hash]).await?;
    for (position, imported) in (0_u32..).zip(imports) {
        let sql = "insert into decision_imports (model, position, imported) values ($1, $2, $3)";
        tx.execute(sql, cells![key, position, *imported]).await?;
    }
    for (position, decision) in (0_u32..).zip(&new.decisions) {
        let sql = "insert into decisions (model, decision, version, position, name, kind, \
                   version_tag) values ($1, $2, (select coalesce(max(version), 0) + 1 \
                   from decisions where decision = $2), $3, $4, $5, $6)";
        let NewDecision { decision: id, name, kind, version_tag } = decision;
        let cells =
            cells![key, id.as_str(), position, name.as_str(), kind.as_str(), version_tag.clone()];
        tx.execute(sql, cells).await?;
    }
    Ok(())
}
