//! Migrations of instances: rows and counts of what is open go over to the other version.

use std::collections::BTreeMap;

use spartito_core::engine::Event;
use spartito_core::ids::{DefinitionKey, ElementInstanceId, FlowNodeId, IncidentId};

use super::counts::{CountKind, TOTAL_DAY};
use super::work::TaskChange;
use super::{Changes, Context};

/// What changes of rows that are written already.
#[derive(Debug)]
pub(super) struct Moved {
    /// The version that it runs now.
    pub(super) definition: DefinitionKey,
    /// The nodes of all open visits, by visit.
    pub(super) visits: BTreeMap<ElementInstanceId, FlowNodeId>,
    /// The nodes of all open incidents, by incident.
    pub(super) incidents: BTreeMap<IncidentId, FlowNodeId>,
}

impl Changes {
    /// What the instance did and was counted for stays with the version that it did it in.
    pub(super) fn migrate(&mut self, c: &mut Context<'_>, event: &Event) {
        let Event::InstanceMigrated { from, to, mapping, .. } = event else { return };
        let renamed: BTreeMap<_, _> = mapping.iter().map(|(old, new)| (old, new)).collect();
        let name = |node: &FlowNodeId| renamed.get(node).map_or(node.clone(), |it| (*it).clone());
        let mut count = |kind: CountKind, old: &str, new: &str| {
            self.counts.add(*from, (TOTAL_DAY, kind), old, -1);
            self.counts.add(*to, (TOTAL_DAY, kind), new, 1);
        };
        count(CountKind::Active, "", "");
        let mut moved =
            Moved { definition: *to, visits: BTreeMap::new(), incidents: BTreeMap::new() };
        for (element, open) in &mut c.tracked.open {
            let node = name(&open.node);
            if !open.is_body {
                count(CountKind::ElementsActive, open.node.as_str(), node.as_str());
            }
            open.node = node.clone();
            moved.visits.insert(*element, node);
        }
        for (incident, node) in c.tracked.incidents_mut() {
            let new = name(node);
            count(CountKind::IncidentsOpen, node.as_str(), new.as_str());
            node.clone_from(&new);
            moved.incidents.insert(*incident, new);
        }
        self.rename_new_rows(c, *to, &moved);
        self.moved.insert(c.instance, moved);
    }

    /// Rows that this batch has yet to write are written as they are now.
    fn rename_new_rows(&mut self, c: &Context<'_>, to: DefinitionKey, moved: &Moved) {
        if let Some(new) = self.instances.get_mut(&c.instance).and_then(|row| row.new.as_mut()) {
            new.definition = to;
        }
        for (element, node) in &moved.visits {
            let visit = (c.instance, *element);
            if let Some(Some((old, _))) = self.elements.get_mut(&visit) {
                old.clone_from(node);
            }
            if let Some(TaskChange::New(task)) = self.tasks.get_mut(&visit) {
                task.definition = to;
                task.node.clone_from(node);
            }
        }
        for (incident, node) in &moved.incidents {
            let key = (c.instance, *incident);
            if let Some(Some(row)) = self.incidents.get_mut(&key) {
                row.node.clone_from(node);
            }
        }
    }
}
