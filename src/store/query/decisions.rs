//! What was decided: by which version and rule, for which instance.

use std::collections::BTreeMap;

use spartito_core::ids::{DecisionId, DecisionModelKey, ElementInstanceId, InstanceId, ProcessId};
use spartito_core::time::Timestamp;

use super::{Builder, Page, cursor, page, rows_asked};
use crate::store::database::cells;
use crate::store::projection::{CountKind, TOTAL_DAY, rule_node};
use crate::store::{Store, StoreError, convert};

/// A decision that was made for an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionUseRow {
    /// The version of the model that decided.
    pub model: DecisionModelKey,
    /// The instance.
    pub instance: InstanceId,
    /// The visit to the business rule task.
    pub element: ElementInstanceId,
    /// Its process.
    pub process: ProcessId,
    /// The name of that.
    pub process_name: String,
    /// Name of the case.
    pub business_key: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Numbers of the rules that matched.
    pub rules: Vec<u32>,
    /// What was decided, as JSON, cut.
    pub outcome: String,
}

/// Which uses are wanted.
#[derive(Debug, Clone)]
pub struct DecisionUseQuery {
    /// The decision.
    pub decision: DecisionId,
    /// Only by this version of its model.
    pub model: Option<DecisionModelKey>,
    /// Only where this rule matched, which needs the version.
    pub rule: Option<u32>,
    /// Rows of a page, at most 200.
    pub limit: u32,
    /// Page after this cursor.
    pub after: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    model: i64,
    instance: i64,
    element: i64,
    process: String,
    process_name: String,
    business_key: Option<String>,
    at: i64,
    rules: String,
    outcome: String,
}

impl Row {
    fn row(self) -> Result<DecisionUseRow, StoreError> {
        const T: &str = "decision_uses";
        Ok(DecisionUseRow {
            model: convert::decision_model(T, self.model)?,
            instance: convert::instance(T, self.instance)?,
            element: convert::element(T, self.element)?,
            process: ProcessId::new(self.process),
            process_name: self.process_name,
            business_key: self.business_key,
            at: convert::timestamp(T, "at", self.at)?,
            rules: convert::list(T, "rules", &self.rules)?,
            outcome: self.outcome,
        })
    }
}

impl Store {
    /// Uses of a decision, latest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn decision_uses(
        &self,
        query: &DecisionUseQuery,
    ) -> Result<Page<DecisionUseRow>, StoreError> {
        let (limit, asked) = rows_asked(query.limit);
        let mut sql = Builder::default();
        let decision = sql.mark(query.decision.as_str());
        let mut conditions = vec![format!("u.decision = {decision}")];
        if let Some(model) = query.model {
            let model = sql.mark(convert::number(model.number()));
            conditions.push(format!("u.model = {model}"));
            if let Some(rule) = query.rule {
                let rule = sql.mark(rule);
                conditions.push(format!(
                    "exists (select 1 from rule_uses r where r.model = u.model \
                     and r.decision = u.decision and r.rule = {rule} \
                     and r.instance = u.instance and r.element = u.element)"
                ));
            }
        }
        if let Some([instance, element]) = cursor(query.after.as_deref()) {
            let (instance, element) = (sql.mark(instance), sql.mark(element));
            conditions.push(format!("(u.instance, u.element) < ({instance}, {element})"));
        }
        let asked = sql.mark(asked);
        let text = format!(
            "select u.model, u.instance, u.element, i.process, d.name as process_name, \
             i.business_key, u.at, u.rules, u.outcome from decision_uses u \
             join instances i on i.id = u.instance join definitions d on d.key = i.definition \
             where {} order by u.instance desc, u.element desc limit {asked}",
            conditions.join(" and ")
        );
        let rows: Vec<Row> = self.database.all(text, sql.cells).await?;
        let rows = rows.into_iter().map(Row::row).collect::<Result<Vec<_>, _>>()?;
        Ok(page(rows, limit, |last| {
            format!("{}.{}", convert::number(last.instance.number()), last.element.0)
        }))
    }

    /// How often a version of a decision was made on the days from `from_day`, and how often each
    /// of its rules matched: the rule, or `None` for the decision itself. Days are days since 1970
    /// in UTC; `None` counts all time.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn rule_counts(
        &self,
        model: DecisionModelKey,
        decision: &DecisionId,
        from_day: Option<i64>,
    ) -> Result<BTreeMap<Option<u32>, u64>, StoreError> {
        let days = match from_day {
            Some(_) => "day >= $2",
            None => "day = $2",
        };
        let sql = format!(
            "select kind, node, cast(sum(n) as bigint) from counters \
             where definition = $1 and {days} and kind in ($3, $4) group by kind, node"
        );
        let (made, matched) = (CountKind::DecisionsMade, CountKind::RulesMatched);
        let model = convert::number(model.number());
        let cells = cells![model, from_day.unwrap_or(TOTAL_DAY), made.number(), matched.number()];
        let rows: Vec<(i64, String, i64)> = self.database.all(sql, cells).await?;
        let mut counts = BTreeMap::new();
        for (kind, node, n) in rows {
            let rule = if kind == made.number() {
                if node != decision.as_str() {
                    continue;
                }
                None
            } else {
                let rule = node.split_once(' ').and_then(|(rule, _)| rule.parse().ok());
                let Some(rule) = rule.filter(|rule| rule_node(decision.as_str(), *rule) == node)
                else {
                    continue;
                };
                Some(rule)
            };
            counts.insert(rule, u64::try_from(n).unwrap_or(0));
        }
        Ok(counts)
    }

    /// How often each decision was made on the days from `from_day`, over all its versions.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn decision_counts(
        &self,
        from_day: i64,
    ) -> Result<BTreeMap<DecisionId, u64>, StoreError> {
        // SQLite joins in the order of a cross join: few models, then the counters of each by key.
        let sql = "select c.node, cast(sum(c.n) as bigint) from decision_models m \
                   cross join counters c \
                   where c.definition = m.key and c.day >= $2 and c.kind = $1 group by c.node";
        let cells = cells![CountKind::DecisionsMade.number(), from_day.max(TOTAL_DAY + 1)];
        let rows: Vec<(String, i64)> = self.database.all(sql, cells).await?;
        Ok(rows
            .into_iter()
            .map(|(node, n)| (DecisionId::new(node), u64::try_from(n).unwrap_or(0)))
            .collect())
    }
}
