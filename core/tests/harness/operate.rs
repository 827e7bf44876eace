//! What operators ask for, as scripts write it.

use std::collections::BTreeMap;

use spartito_core::engine::command::{Chosen, Direction};
use spartito_core::engine::migration::{self, Problem};
use spartito_core::engine::modification::{Activation, Termination};
use spartito_core::engine::{Command, Deployed, Rejection, Request, step};
use spartito_core::ids::{
    CommandId, DefinitionKey, DeploymentKey, ElementInstanceId, FlowNodeId, PersonId,
    SubscriptionId,
};
use spartito_core::value::Variables;

use super::{Run, definitions, deploy, run, variables};

/// The version that instances migrate to.
const TARGET: DefinitionKey = DefinitionKey::new(2);

/// As [`super::check_content`], with a second version that the instance may migrate to.
#[track_caller]
pub fn check_migration(source: &str, target: &str, scenario: &str) {
    let mut prepared = Run::of(&definitions(source), BTreeMap::new());
    prepared.target = Some(deploy(&definitions(target), TARGET));
    run("the migration", prepared, scenario);
}

impl Run {
    /// What `direct NODE ATTEMPT A,B` asks for: a worker begins A and B; with `over` for them it
    /// ends the choosing.
    pub(super) fn direct(&self, node: &str, attempt: &str, chosen: &str) -> Command {
        let (begun, is_fulfilled) = if chosen == "over" { ("", true) } else { (chosen, false) };
        let ids = begun.split(',').filter(|id| !id.is_empty());
        let variables = Variables::default;
        let chosen = |id| Chosen { node: FlowNodeId::from(id), variables: variables() };
        let activate = ids.map(chosen).collect();
        Command::DirectAdHoc {
            element: self.open(node),
            attempt: attempt.parse().expect("an attempt"),
            variables: variables(),
            direction: Direction { activate, is_fulfilled, cancels_remaining: false },
        }
    }

    /// Migrates by a mapping such as `a=b c=d`, or only plans to.
    pub(super) fn migrate(&mut self, verb: &str, text: &str) {
        let mapping: Vec<_> = text
            .split_whitespace()
            .map(|pair| pair.split_once('=').expect("a pair"))
            .map(|(old, new)| (FlowNodeId::from(old), FlowNodeId::from(new)))
            .collect();
        let target = self.target.as_ref().expect("a target version");
        if verb == "plan" {
            match migration::plan(&self.process, target, &mapping, &self.state) {
                Ok(plan) => self.said.push(format!("{} new", plan.opens.len())),
                Err(problems) => self.tell_problems(&problems),
            }
            return;
        }
        self.asked += 1;
        let request = Request {
            id: CommandId(self.asked),
            command: Command::MigrateInstance { to: TARGET, mapping },
            by: Some(PersonId::from("operator")),
            at: self.now,
            seed: 1,
        };
        let deployed = Deployed {
            process: target,
            forms: &self.forms,
            decisions: &self.decisions,
            deployment: DeploymentKey::new(2),
            from: Some(&self.process),
        };
        match step(deployed, &mut self.state, &request) {
            Ok(events) => {
                self.process = self.target.take().expect("a target version");
                let open = self.state.elements().map(|(id, open)| (id, open.node.to_string()));
                self.nodes.extend(open);
                self.tell(&events);
            }
            Err(Rejection::CannotMigrate(problems)) => self.tell_problems(&problems),
            Err(rejection) => self.said.push(format!("refused: {rejection}")),
        }
    }

    fn tell_problems(&mut self, problems: &[Problem]) {
        for Problem { element, message, remedy, .. } in problems {
            assert!(!remedy.is_empty(), "{element}: there is something to do about it");
            self.said.push(format!("cannot, {element}: {message}"));
        }
    }
}

pub(super) fn migrated(closes: &[SubscriptionId]) -> String {
    let closes: Vec<_> = closes.iter().map(|id| id.0.to_string()).collect();
    if closes.is_empty() {
        "migrated".to_owned()
    } else {
        format!("migrated, no longer waits for {}", closes.join(", "))
    }
}

/// A modification such as `-a -#4 +b +c@5 process {"x": 1} local {"y": 2}`: ends what is at `a` and
/// visit 4, enters `b`, and `c` in visit 5. The variables belong to the last activation.
pub(super) fn modification(text: &str) -> Command {
    let (text, locals) = text.split_once(" local ").unwrap_or((text, ""));
    let (text, process) = text.split_once(" process ").unwrap_or((text, ""));
    let number = |text: &str| ElementInstanceId(text.parse().expect("a number"));
    let (mut terminate, mut activate) = (Vec::new(), Vec::new());
    for part in text.split_whitespace() {
        if let Some(element) = part.strip_prefix("-#") {
            terminate.push(Termination::Element(number(element)));
        } else if let Some(node) = part.strip_prefix('-') {
            terminate.push(Termination::Node(FlowNodeId::from(node)));
        } else {
            let node = part.strip_prefix('+').expect("a node to enter");
            let (node, ancestor) = match node.split_once('@') {
                Some((node, ancestor)) => (node, Some(number(ancestor))),
                None => (node, None),
            };
            let (variables, locals) = (Variables::default(), Variables::default());
            activate.push(Activation { node: FlowNodeId::from(node), ancestor, variables, locals });
        }
    }
    if let Some(last) = activate.last_mut() {
        (last.variables, last.locals) = (variables(process), variables(locals));
    }
    Command::ModifyInstance { terminate, activate }
}
