//! A scenario: what is started, how systems answer, what people do, and what must come of it.
//!
//! `docs/play.schema.json` is the same as a JSON Schema, and `docs/play.md` explains it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Unusable;
use super::fields::{Fields, wrong};
use crate::engine::command::{Chosen, Direction};
use crate::ids::FlowNodeId;
use crate::time::{IsoDuration, Timestamp};
use crate::value::{Value, Variables, json};

/// The present at the beginning, where a scenario does not say.
const NOW_DEFAULT: &str = "2026-01-01T00:00:00Z";

/// Bound on the steps of a scenario.
pub const STEPS_MAX: usize = 10_000;

/// A scenario as it was read.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Names of the models, decisions and forms, as they stand in the scenario.
    pub models: Vec<String>,
    /// The present at the beginning.
    pub now: Timestamp,
    pub(super) start: Start,
    /// Answers by type of job.
    pub(super) services: BTreeMap<Arc<str>, Answers>,
    pub(super) steps: Vec<Step>,
    pub(super) expect: Expectation,
}

/// How the first instance begins.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) what: StartWhat,
    pub(super) variables: Variables,
    pub(super) business_key: Option<String>,
}

/// What starts the first instance.
#[derive(Debug, Clone)]
pub(super) enum StartWhat {
    /// A person or a program; `None` for the only process there is.
    Process { process: Option<Arc<str>>, element: Option<Arc<str>> },
    /// A message.
    Message { name: Arc<str>, key: Option<Arc<str>> },
    /// A signal.
    Signal { name: Arc<str> },
    /// The timer of this start event.
    Timer { element: Arc<str> },
    /// Data with which the condition of this start event holds.
    Condition { element: Arc<str> },
}

/// How the workers of a type of job answer.
#[derive(Debug, Clone)]
pub(super) enum Answers {
    /// Always the same.
    Always(Answer),
    /// In turn; when all are given, jobs wait.
    InTurn(Vec<Answer>),
}

/// What a worker answers.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// It is done; of the job of an ad-hoc sub-process, with what the worker has chosen.
    Done { variables: Variables, direction: Option<Direction> },
    /// It could not be done.
    Fail { message: String, retries: Option<u32>, backoff: Option<IsoDuration> },
    /// The process has to deal with the result.
    Error { code: Arc<str>, message: String, variables: Variables },
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Where it stands, such as `steps[2]`.
    pub(super) place: String,
    /// Which one, where several wait at the element, by creation from 0.
    pub(super) which: usize,
    pub(super) act: Act,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Time passes.
    Advance(IsoDuration),
    /// A worker or a person has done the work at the element.
    Complete {
        element: Arc<str>,
        variables: Variables,
        action: Option<String>,
        direction: Option<Direction>,
    },
    /// A worker answers the job at the element with anything but success.
    Answer { element: Arc<str>, answer: Answer },
    /// A person tries again what an incident stopped.
    Retry { element: Arc<str> },
    /// A message is published.
    Message { name: Arc<str>, key: Option<Arc<str>>, variables: Variables },
    /// A signal is broadcast.
    Signal { name: Arc<str>, variables: Variables },
    /// The event that the element waits for occurs, whatever it is.
    Trigger { element: Arc<str>, variables: Variables },
    /// Variables of the process (or of the scope at the element) get new values.
    Set { scope: Option<Arc<str>>, variables: Variables },
    /// An element of an ad-hoc sub-process is begun.
    Start { element: Arc<str>, variables: Variables },
    /// The first instance is ended before its time.
    Cancel,
    /// A person ends and begins elements by hand: ids to terminate, ids to activate with the
    /// variables that are set before in the process.
    Modify { terminate: Vec<Arc<str>>, activate: Vec<(Arc<str>, Variables)> },
    /// The first instance stands still.
    Suspend,
    /// The first instance goes on.
    Resume,
}

/// What must have come of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Expectation {
    pub(super) state: Option<Arc<str>>,
    pub(super) completed: Vec<Arc<str>>,
    pub(super) never: Vec<Arc<str>>,
    pub(super) variables: Variables,
    pub(super) incidents: Option<u32>,
    pub(super) waiting: Option<Vec<Arc<str>>>,
}

impl Scenario {
    /// Reads a scenario from JSON.
    ///
    /// # Errors
    /// [`Unusable`] names the place of what is wrong.
    pub fn read(text: &[u8]) -> Result<Self, Unusable> {
        let value = json::parse(text, json::Limits::default())
            .map_err(|error| Unusable::new(format!("The scenario is not JSON: {error}")))?;
        let mut fields = Fields::of(&value, "")?;
        // Editors find the schema by this name.
        fields.get("$schema");
        fields.text("name")?;
        fields.text("description")?;
        let models = fields.texts("models")?.iter().map(ToString::to_string).collect::<Vec<_>>();
        if models.is_empty() {
            return Err(Unusable::new("models: name at least one BPMN file.".to_owned()));
        }
        let default = Timestamp::parse(NOW_DEFAULT).unwrap_or(Timestamp::EPOCH);
        let now = fields.moment("now")?.unwrap_or(default);
        let start = match fields.get("start") {
            Some(value) => start(value)?,
            None => return Err(Unusable::new("start: say what is started.".to_owned())),
        };
        let services = match fields.get("services") {
            Some(value) => services(value)?,
            None => BTreeMap::new(),
        };
        let steps = match fields.get("steps") {
            Some(value) => steps(value)?,
            None => Vec::new(),
        };
        let expect = match fields.get("expect") {
            Some(value) => expectation(value)?,
            None => Expectation::default(),
        };
        fields.finish()?;
        Ok(Self { models, now, start, services, steps, expect })
    }

    /// Whether a JSON text means to be a scenario: it names models.
    pub fn is_meant(text: &[u8]) -> bool {
        json::parse(text, json::Limits::default())
            .is_ok_and(|value| value.get("models").is_some() && value.get("start").is_some())
    }
}

fn start(value: &Value) -> Result<Start, Unusable> {
    let mut fields = Fields::of(value, "start")?;
    let what = if fields.has("message") {
        StartWhat::Message { name: fields.required("message")?, key: fields.text("key")? }
    } else if fields.has("signal") {
        StartWhat::Signal { name: fields.required("signal")? }
    } else if fields.has("timer") {
        StartWhat::Timer { element: fields.required("timer")? }
    } else if fields.has("condition") {
        StartWhat::Condition { element: fields.required("condition")? }
    } else {
        StartWhat::Process { process: fields.text("process")?, element: fields.text("element")? }
    };
    let variables = fields.variables("variables")?;
    let business_key = fields.text("businessKey")?.map(|key| key.to_string());
    fields.finish()?;
    Ok(Start { what, variables, business_key })
}

fn services(value: &Value) -> Result<BTreeMap<Arc<str>, Answers>, Unusable> {
    let wrong = || wrong("services", "an object with an answer for each type of job", value);
    let given = value.as_context().ok_or_else(wrong)?;
    let mut services = BTreeMap::new();
    for (job_type, answers) in given.iter() {
        let place = format!("services.{job_type}");
        let answers = match answers.as_list() {
            Some(list) => {
                let read = |(index, value)| answer(value, &format!("{place}[{index}]"));
                Answers::InTurn(list.iter().enumerate().map(read).collect::<Result<_, _>>()?)
            }
            None => Answers::Always(answer(answers, &place)?),
        };
        services.insert(job_type.clone(), answers);
    }
    Ok(services)
}

fn answer(value: &Value, place: &str) -> Result<Answer, Unusable> {
    let mut fields = Fields::of(value, place)?;
    let answer = if fields.has("fail") {
        let message = fields.required("fail")?.to_string();
        let (retries, backoff) = (fields.number("retries")?, fields.duration("backoff")?);
        Answer::Fail { message, retries, backoff }
    } else if fields.has("error") {
        let code = fields.required("error")?;
        let message = fields.text("message")?.map(|it| it.to_string()).unwrap_or_default();
        Answer::Error { code, message, variables: fields.variables("variables")? }
    } else {
        let variables = fields.variables("variables")?;
        Answer::Done { variables, direction: direction(&mut fields)? }
    };
    fields.finish()?;
    Ok(answer)
}

fn steps(value: &Value) -> Result<Vec<Step>, Unusable> {
    let list = value.as_list().ok_or_else(|| wrong("steps", "a list", value))?;
    if list.len() > STEPS_MAX {
        let count = list.len();
        return Err(Unusable::new(format!(
            "steps: a scenario has at most {STEPS_MAX} steps, this one has {count}."
        )));
    }
    list.iter().enumerate().map(|(index, value)| step(value, index)).collect()
}

fn step(value: &Value, index: usize) -> Result<Step, Unusable> {
    let place = format!("steps[{index}]");
    let mut fields = Fields::of(value, place.clone())?;
    let which = fields.number("which")?.unwrap_or(0) as usize;
    let act = act(&mut fields)?;
    fields.finish()?;
    Ok(Step { place, which, act })
}

fn act(fields: &mut Fields<'_>) -> Result<Act, Unusable> {
    if let Some(duration) = fields.duration("advance")? {
        return Ok(Act::Advance(duration));
    }
    if let Some(element) = fields.text("complete")? {
        let action = fields.text("action")?.map(|action| action.to_string());
        let (variables, direction) = (fields.variables("variables")?, direction(fields)?);
        return Ok(Act::Complete { element, variables, action, direction });
    }
    if let Some(element) = fields.text("throwError")? {
        let code = fields.text("code")?.unwrap_or_else(|| Arc::from(""));
        let message = fields.text("message")?.map(|it| it.to_string()).unwrap_or_default();
        let variables = fields.variables("variables")?;
        return Ok(Act::Answer { element, answer: Answer::Error { code, message, variables } });
    }
    if let Some(element) = fields.text("fail")? {
        let message = fields.text("message")?.map(|it| it.to_string()).unwrap_or_default();
        let (retries, backoff) = (fields.number("retries")?, fields.duration("backoff")?);
        return Ok(Act::Answer { element, answer: Answer::Fail { message, retries, backoff } });
    }
    if let Some(element) = fields.text("retry")? {
        return Ok(Act::Retry { element });
    }
    if let Some(name) = fields.text("message")? {
        let (key, variables) = (fields.text("key")?, fields.variables("variables")?);
        return Ok(Act::Message { name, key, variables });
    }
    if let Some(name) = fields.text("signal")? {
        return Ok(Act::Signal { name, variables: fields.variables("variables")? });
    }
    if let Some(element) = fields.text("trigger")? {
        return Ok(Act::Trigger { element, variables: fields.variables("variables")? });
    }
    if fields.has("set") {
        return Ok(Act::Set { variables: fields.variables("set")?, scope: fields.text("scope")? });
    }
    if let Some(element) = fields.text("start")? {
        return Ok(Act::Start { element, variables: fields.variables("variables")? });
    }
    if let Some(value) = fields.get("modify") {
        return modify(value, fields.place("modify"));
    }
    for (name, act) in [("cancel", Act::Cancel), ("suspend", Act::Suspend), ("resume", Act::Resume)]
    {
        match fields.get(name).map(Value::as_bool) {
            Some(Some(true)) => return Ok(act),
            Some(_) => return Err(Unusable::new(format!("{}: write true.", fields.place(name)))),
            None => {}
        }
    }
    Err(Unusable::new(format!(
        "{} says nothing that can happen; known are: advance, complete, throwError, fail, retry, \
         message, signal, trigger, set, start, modify, cancel, suspend, resume.",
        fields.place("").trim_end_matches('.')
    )))
}

/// What a worker chooses in an ad-hoc sub-process; `None` where the answer says nothing of it.
fn direction(fields: &mut Fields<'_>) -> Result<Option<Direction>, Unusable> {
    let is_fulfilled = fields.flag("isCompletionConditionFulfilled")?;
    let cancels_remaining = fields.flag("isCancelRemainingInstances")?;
    let elements = fields.get("activateElements");
    if is_fulfilled.is_none() && cancels_remaining.is_none() && elements.is_none() {
        return Ok(None);
    }
    let mut activate = Vec::new();
    if let Some(elements) = elements {
        let place = fields.place("activateElements");
        let list = elements.as_list().ok_or_else(|| wrong(&place, "a list", elements))?;
        for (index, value) in list.iter().enumerate() {
            let mut one = Fields::of(value, format!("{place}[{index}]"))?;
            let node = FlowNodeId::from(&*one.required("elementId")?);
            activate.push(Chosen { node, variables: one.variables("variables")? });
            one.finish()?;
        }
    }
    let is_fulfilled = is_fulfilled.unwrap_or(false);
    let cancels_remaining = cancels_remaining.unwrap_or(false);
    Ok(Some(Direction { activate, is_fulfilled, cancels_remaining }))
}

fn modify(value: &Value, place: String) -> Result<Act, Unusable> {
    let mut fields = Fields::of(value, place)?;
    let terminate = fields.texts("terminate")?;
    let mut activate = Vec::new();
    if let Some(given) = fields.get("activate") {
        let place = fields.place("activate");
        let list = given.as_list().ok_or_else(|| wrong(&place, "a list", given))?;
        for (index, value) in list.iter().enumerate() {
            if let Some(element) = value.as_str() {
                activate.push((Arc::from(element), Variables::default()));
                continue;
            }
            let mut one = Fields::of(value, format!("{place}[{index}]"))?;
            activate.push((one.required("element")?, one.variables("variables")?));
            one.finish()?;
        }
    }
    fields.finish()?;
    Ok(Act::Modify { terminate, activate })
}

fn expectation(value: &Value) -> Result<Expectation, Unusable> {
    let mut fields = Fields::of(value, "expect")?;
    let waiting = fields.has("waiting");
    let expect = Expectation {
        state: fields.text("state")?,
        completed: fields.texts("completed")?,
        never: fields.texts("never")?,
        variables: fields.variables("variables")?,
        incidents: fields.number("incidents")?,
        waiting: waiting.then(|| fields.texts("waiting")).transpose()?,
    };
    fields.finish()?;
    Ok(expect)
}
