//! What a turn costs on an instance with many open elements, beside one with few: completing one
//! task of a multi-instance activity, waking one of many timers. The limit is twice the cost.
//!
//! Nothing fails here; the medians and their ratio are printed. The two are measured in turn.

use std::collections::BTreeMap;
use std::time::Instant;

use spartito_core::bpmn;
use spartito_core::engine::decisions::DeployedDecisions;
use spartito_core::engine::{Command, Deployed, ExecutableProcess, InstanceState, Request, step};
use spartito_core::ids::{CommandId, DefinitionKey, DeploymentKey, InstanceId};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};

/// Turns that are measured on each side.
const TURNS: usize = 300;

struct Subject {
    process: ExecutableProcess,
    state: InstanceState,
    asked: u128,
}

impl Subject {
    /// An instance with `count` open elements.
    fn new(model: &str, count: i64) -> Self {
        let reading = bpmn::read_for_trial(model.as_bytes()).expect("the model can be read");
        let process = reading.definitions.processes.into_iter().next().expect("a process");
        let key = DefinitionKey::new(1);
        let process = ExecutableProcess::compile(key, 1, process).expect("it can be run");
        let mut subject = Self { process, state: InstanceState::default(), asked: 0 };
        subject.ask(Command::StartInstance {
            instance: InstanceId::new(1),
            definition: key,
            business_key: None,
            variables: Variables::from_iter([("count", Value::from(count))]),
            node: None,
            occurred: None,
            caller: None,
        });
        while subject.state.is_interrupted() {
            subject.ask(Command::Continue);
        }
        subject
    }

    fn ask(&mut self, command: Command) {
        self.asked += 1;
        // What was begun an hour ago is due.
        let is_trigger = matches!(command, Command::TriggerEvent { .. });
        let hours = i64::from(is_trigger);
        let (id, at) =
            (CommandId(self.asked), Timestamp::EPOCH.plus_millis_saturating(hours * 3_600_000));
        let request = Request { id, command, by: None, at, seed: 1 };
        let deployed = Deployed {
            process: &self.process,
            forms: &BTreeMap::new(),
            decisions: &DeployedDecisions::default(),
            deployment: DeploymentKey::new(1),
            from: None,
        };
        step(deployed, &mut self.state, &request).expect("the request fits");
    }

    /// Completes the task in the middle of those that are open.
    fn complete(&mut self) {
        let (element, _) = self.state.user_tasks().nth(4).expect("some are open");
        let variables = Variables::default();
        self.ask(Command::CompleteUserTask { element, action: None, variables });
    }

    /// Lets the fifth of the events that are waited for occur.
    fn trigger(&mut self) {
        let (subscription, _) = self.state.subscriptions().nth(4).expect("some are open");
        let variables = Variables::default();
        self.ask(Command::TriggerEvent { subscription, variables });
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn nanoseconds(act: impl FnOnce()) -> u128 {
    let start = Instant::now();
    act();
    start.elapsed().as_nanos()
}

fn median(mut times: Vec<u128>) -> u128 {
    times.sort_unstable();
    times[times.len() / 2]
}

fn compare(name: &str, model: &str, act: impl Fn(&mut Subject)) {
    let mut many = Subject::new(model, 100_000);
    let (mut of_many, mut of_few) = (Vec::new(), Vec::new());
    let mut few = Subject::new(model, 10);
    for turn in 0..TURNS {
        // With few elements a new instance is made before they are used up.
        if turn % 4 == 0 {
            few = Subject::new(model, 10);
        }
        of_few.push(nanoseconds(|| act(&mut few)));
        of_many.push(nanoseconds(|| act(&mut many)));
    }
    let (few, many) = (median(of_few), median(of_many));
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    let ratio = many as f64 / few as f64;
    println!("{name}: 10 open {few} ns, 100,000 open {many} ns, ratio {ratio:.2}");
}

fn model(activity: &str, content: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
        <process id="p" isExecutable="true"><startEvent id="s"/>
        <{activity} id="a"><multiInstanceLoopCharacteristics>
        <loopCardinality>=count</loopCardinality></multiInstanceLoopCharacteristics>{content}
        </{activity}><sequenceFlow id="f" sourceRef="s" targetRef="a"/></process></definitions>"#
    )
}

fn main() {
    compare("complete a task", &model("userTask", ""), Subject::complete);
    let waits = r#"<intermediateCatchEvent id="t"><timerEventDefinition>
        <timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>"#;
    compare("fire a timer", &model("subProcess", waits), Subject::trigger);
}
