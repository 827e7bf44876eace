//! Work for people and systems: from events to rows of tasks, candidates and jobs.

use std::collections::BTreeMap;

use spartito_core::engine::Event;
use spartito_core::engine::event::FormRef;
use spartito_core::engine::state::{Job, UserTask};
use spartito_core::ids::{DefinitionKey, ElementInstanceId, FlowNodeId, JobKey, PersonId};
use spartito_core::time::Timestamp;

use super::{Changes, Context, Waits};
use crate::store::convert;

#[derive(Debug)]
pub(super) enum TaskChange {
    New(Box<NewTask>),
    Changed { assignee: Option<Holder>, ended: Option<TaskEnded> },
}

/// Who holds a task from now on.
#[derive(Debug)]
pub(super) enum Holder {
    Nobody,
    Person(PersonId),
}

#[derive(Debug)]
pub(super) struct NewTask {
    pub(super) definition: DefinitionKey,
    pub(super) node: FlowNodeId,
    pub(super) created_at: Timestamp,
    pub(super) task: UserTask,
    pub(super) ended: Option<TaskEnded>,
}

#[derive(Debug, Clone)]
pub(super) struct TaskEnded {
    pub(super) completed: bool,
    pub(super) at: Timestamp,
    pub(super) by: Option<PersonId>,
    pub(super) action: Option<String>,
}

#[derive(Debug)]
pub(super) struct Candidates {
    pub(super) who: Vec<String>,
    pub(super) urgency: i64,
    pub(super) due_order: i64,
}

#[derive(Debug)]
pub(super) struct JobRow {
    pub(super) job_type: String,
    pub(super) retries: u32,
    pub(super) retries_granted: u32,
    /// `None` while an incident stops it, or the instance is suspended.
    pub(super) due_at: Option<Timestamp>,
    pub(super) leased: bool,
    /// Higher ones come first.
    pub(super) priority: i32,
}

/// What a job may cost from now on; who has it goes on with it.
#[derive(Debug)]
pub(super) struct JobChange {
    pub(super) retries: u32,
    pub(super) priority: i32,
}

impl Changes {
    /// Leases jobs of this batch that can run now to the committer itself, where `has_room` says so
    /// of their type, the highest priority first, so that no second transaction is needed. Their
    /// lease is written as the moment they are due again.
    pub fn lease_new_jobs(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        mut has_room: impl FnMut(&str) -> bool,
    ) -> Vec<JobKey> {
        let mut ready: Vec<_> = self
            .jobs
            .iter_mut()
            .filter_map(|(visit, job)| {
                let job = job.as_mut().filter(|job| job.due_at.is_some_and(|due| due <= now))?;
                Some((visit, job))
            })
            .collect();
        ready.sort_by_key(|(_, job)| std::cmp::Reverse(job.priority));
        ready
            .into_iter()
            .filter(|(_, job)| has_room(&job.job_type))
            .map(|((instance, element), job)| {
                job.due_at = Some(until);
                job.leased = true;
                JobKey { instance: *instance, number: *element }
            })
            .collect()
    }

    /// The types of jobs of this batch that are meant, each with the moment when the next of its jobs
    /// can be taken by whoever looks; a lease counts by its end.
    pub fn jobs_due_of(&self, is_meant: impl Fn(&str) -> bool) -> Vec<(String, Timestamp)> {
        let mut due: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for job in self.jobs.values().flatten().filter(|job| is_meant(&job.job_type)) {
            let Some(at) = job.due_at else { continue };
            due.entry(&job.job_type).and_modify(|first| *first = at.min(*first)).or_insert(at);
        }
        due.into_iter().map(|(job_type, at)| (job_type.to_owned(), at)).collect()
    }

    /// Writes the job as it stands after the turn.
    pub(super) fn set_job(&mut self, c: &mut Context<'_>, element: ElementInstanceId) {
        if let Some(open) = c.tracked.open.get_mut(&element) {
            open.waits = Waits::Job;
        }
        let visit = c.after.element(element);
        if let Some(Job { job_type, retries_allowed, retries, retry_at, priority, .. }) =
            visit.and_then(|visit| visit.job())
        {
            let row = JobRow {
                job_type: job_type.to_string(),
                retries: *retries,
                retries_granted: *retries_allowed,
                due_at: (*retries > 0 && !c.after.is_suspended()).then(|| retry_at.unwrap_or(c.at)),
                leased: false,
                priority: *priority,
            };
            self.jobs_changed.remove(&(c.instance, element));
            self.jobs.insert((c.instance, element), Some(row));
        }
    }

    /// Writes all open jobs: those of a suspended instance are not due until it goes on.
    pub(super) fn set_all_jobs(&mut self, c: &mut Context<'_>) {
        let open: Vec<ElementInstanceId> = c.after.jobs().map(|(element, _)| element).collect();
        for element in open {
            self.set_job(c, element);
        }
    }

    pub(super) fn end_job(&mut self, c: &mut Context<'_>, element: ElementInstanceId) {
        if let Some(open) = c.tracked.open.get_mut(&element) {
            open.waits = Waits::Done;
        }
        self.jobs_changed.remove(&(c.instance, element));
        self.jobs.insert((c.instance, element), None);
    }

    /// Follows what a job may cost from now on; whoever has it keeps it.
    pub(super) fn change_job(&mut self, c: &Context<'_>, event: &Event) {
        let Event::JobChanged { element, retries, priority } = event else { return };
        let (visit, change) = ((c.instance, *element), (*retries, *priority));
        if let Some(job) = self.jobs.get_mut(&visit) {
            if let Some(job) = job {
                (job.retries, job.priority) = change;
            }
            return;
        }
        let change = JobChange { retries: *retries, priority: *priority };
        self.jobs_changed.insert(visit, change);
    }

    pub(super) fn add_task(&mut self, c: &mut Context<'_>, event: &Event) {
        if let Event::UserTaskCreated {
            element,
            assignee,
            candidate_groups,
            candidate_users,
            due,
            follow_up,
            priority,
            form,
            summary,
        } = event
        {
            let Some(open) = c.tracked.open.get_mut(element) else { return };
            open.waits = Waits::UserTask;
            let task = UserTask {
                assignee: assignee.clone(),
                candidate_groups: candidate_groups.clone(),
                candidate_users: candidate_users.clone(),
                due: *due,
                follow_up: *follow_up,
                priority: *priority,
                form: form.clone(),
                summary: summary.clone(),
            };
            let candidates = assignee.is_none().then(|| Candidates::of(&task));
            self.candidates.insert((c.instance, *element), candidates);
            let new = NewTask {
                definition: c.definition,
                node: open.node.clone(),
                created_at: c.at,
                task,
                ended: None,
            };
            self.tasks.insert((c.instance, *element), TaskChange::New(Box::new(new)));
        } else if let Event::UserTaskAssigned { element, assignee, .. } = event {
            self.assign_task(c, *element, assignee.as_ref());
        } else if let Event::UserTaskCompleted { element, action, by } = event {
            let (by, action) = (by.clone(), action.clone());
            self.end_task(c, *element, TaskEnded { completed: true, at: c.at, by, action });
        }
    }

    fn assign_task(
        &mut self,
        c: &Context<'_>,
        element: ElementInstanceId,
        assignee: Option<&PersonId>,
    ) {
        let visit = (c.instance, element);
        match self.tasks.entry(visit).or_insert(TaskChange::NONE) {
            TaskChange::New(new) => new.task.assignee = assignee.cloned(),
            TaskChange::Changed { assignee: changed, .. } => *changed = Some(Holder::of(assignee)),
        }
        // The candidates of an open task never change, so the state after the turn knows them.
        let task = c.after.element(element).and_then(|visit| visit.user_task());
        let free = task.filter(|_| assignee.is_none()).map(Candidates::of);
        self.candidates.insert(visit, free);
    }

    pub(super) fn end_task(
        &mut self,
        c: &mut Context<'_>,
        element: ElementInstanceId,
        end: TaskEnded,
    ) {
        if let Some(open) = c.tracked.open.get_mut(&element) {
            open.waits = Waits::Done;
        }
        let visit = (c.instance, element);
        match self.tasks.entry(visit).or_insert(TaskChange::NONE) {
            TaskChange::New(new) => new.ended = Some(end),
            TaskChange::Changed { ended, .. } => *ended = Some(end),
        }
        self.candidates.insert(visit, None);
    }
}

impl TaskChange {
    const NONE: Self = Self::Changed { assignee: None, ended: None };
}

impl Holder {
    fn of(person: Option<&PersonId>) -> Self {
        person.map_or(Self::Nobody, |person| Self::Person(person.clone()))
    }

    pub(super) fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Nobody => None,
            Self::Person(person) => Some(person),
        }
    }
}

impl Candidates {
    fn of(task: &UserTask) -> Self {
        let people = task.candidate_users.iter().map(convert::candidate_person);
        let mut who: Vec<String> =
            task.candidate_groups.iter().map(convert::candidate_group).chain(people).collect();
        if who.is_empty() {
            who.push(convert::CANDIDATE_ANYBODY.to_owned());
        }
        who.sort_unstable();
        who.dedup();
        Self { who, urgency: urgency(task.priority), due_order: due_order(task.due) }
    }
}

/// Lists ascend: the most urgent task has the smallest number.
pub(super) fn urgency(priority: u8) -> i64 {
    100 - i64::from(priority)
}

/// Tasks without a due date come last.
pub(super) fn due_order(due: Option<Timestamp>) -> i64 {
    due.map_or(i64::MAX, Timestamp::as_millis)
}

/// The columns of a form reference.
pub(super) fn form_columns(form: Option<&FormRef>) -> (Option<String>, Option<i64>) {
    form.map_or((None, None), |form| {
        (Some(form.id.to_string()), Some(convert::number(form.key.number())))
    })
}
