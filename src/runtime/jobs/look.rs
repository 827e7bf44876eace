//! One look into the database for jobs that wait there: gives back what nobody makes use of, then
//! takes what is due of all types for which there is room, in one transaction.
//!
//! Never begins anything. Goes on beside the task that begins jobs, which never waits for it.

use std::sync::Arc;

use spartito_core::time::Timestamp;

use super::line::Leasehold;
use super::places::Room;
use super::{JobDesk, LEASE_MS, PAUSE_AFTER_FAILURE};
use crate::runtime::Runtime;
use crate::store::{DueJobs, Failpoint, JobTaker, StoreError, TakenJob, WantedJobs};

/// Jobs of one type taken by one look.
const JOBS_PER_LEASE_MAX: usize = 512;
/// Jobs of all types taken by one look, shared out among the types: nobody else writes to SQLite
/// meanwhile.
const JOBS_PER_LOOK_MAX: usize = 1_024;

/// What is wanted of one type, with the room for it.
struct Wish {
    wanted: WantedJobs,
    rooms: Vec<Room>,
}

/// Takes what is due; nothing where the database does not answer, and then it is looked again after a
/// pause.
pub(super) async fn look(runtime: Arc<Runtime>, desk: JobDesk) -> Vec<Leasehold> {
    match take_due(&runtime, &desk).await {
        Ok(taken) => taken,
        Err(error) => {
            tracing::error!(%error, "due jobs cannot be taken now");
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            desk.look_again();
            Vec::new()
        }
    }
}

async fn take_due(runtime: &Runtime, desk: &JobDesk) -> Result<Vec<Leasehold>, StoreError> {
    let (store, now) = (&runtime.store, runtime.clock.now());
    desk.unused.give_back(store, now).await?;
    let types: Vec<&str> = desk.places.types().collect();
    let due = store.jobs_due(&types).await?;
    let wishes = wishes(desk, &types, &due, now);
    let taken =
        if wishes.is_empty() { Vec::new() } else { take(runtime, desk, wishes, now).await? };
    // What was due and is so no longer hides what is due later, so where there is still room for such
    // a type, it is looked again at once: when nothing is due, all that comes is seen. A type without
    // room is looked at when it has some.
    for jobs in &due {
        if desk.places.has_room(&jobs.job_type) {
            desk.wake.at(jobs.due);
        }
    }
    Ok(taken)
}

/// What is wanted of the types that have due jobs and room.
fn wishes(desk: &JobDesk, types: &[&str], due: &[DueJobs], now: Timestamp) -> Vec<Wish> {
    let until = now.plus_millis_saturating(LEASE_MS);
    let mut of_types = Vec::new();
    for job_type in types {
        let priorities: Vec<i32> = due
            .iter()
            .filter(|jobs| jobs.job_type == *job_type && jobs.due <= now)
            .map(|jobs| jobs.priority)
            .collect();
        if priorities.is_empty() {
            desk.places.caught_up(job_type);
        } else {
            of_types.push((*job_type, priorities));
        }
    }
    let share = (JOBS_PER_LOOK_MAX / of_types.len().max(1)).clamp(1, JOBS_PER_LEASE_MAX);
    let wish = |(job_type, priorities): (&str, Vec<i32>)| {
        let rooms = desk.places.take_room(job_type, share);
        let wanted = WantedJobs {
            job_type: job_type.to_owned(),
            by: JobTaker::Server,
            until,
            limit: u32::try_from(rooms.len()).unwrap_or(u32::MAX),
            together_max: None,
            priorities,
        };
        (!rooms.is_empty()).then_some(Wish { wanted, rooms })
    };
    of_types.into_iter().filter_map(wish).collect()
}

/// Takes what is wished for, as far as it is there.
async fn take(
    runtime: &Runtime,
    desk: &JobDesk,
    wishes: Vec<Wish>,
    now: Timestamp,
) -> Result<Vec<Leasehold>, StoreError> {
    let (wanted, rooms): (Vec<WantedJobs>, Vec<Vec<Room>>) =
        wishes.into_iter().map(|Wish { wanted, rooms }| (wanted, rooms)).unzip();
    Failpoint::JobsFound.pass();
    let given = runtime.store.lease_jobs(now, &wanted).await;
    Failpoint::JobsLeased.pass();
    let given = given.map_err(|why| {
        desk.unused.leave(why.unused);
        why.error
    })?;
    let mut taken = Vec::new();
    for ((want, rooms), jobs) in wanted.iter().zip(rooms).zip(given) {
        if jobs.len() < rooms.len() {
            desk.places.caught_up(&want.job_type);
        }
        // Room for which there was no job is free again.
        let jobs = jobs.into_iter().zip(rooms);
        taken.extend(jobs.map(|(TakenJob { leased, priority }, room)| Leasehold {
            key: leased.key,
            lease: Some(leased.lease),
            until: want.until,
            priority,
            order: None,
            has_waited: false,
            room,
        }));
    }
    Ok(taken)
}
