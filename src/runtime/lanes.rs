//! Requests on their way to the committer, in two bounded lanes: those of people, who wait in front
//! of a screen, and those of machines (jobs, timers, what passes between instances).
//!
//! People go first. Machines never starve: a part of each batch is theirs where they wait. Never
//! looks into a request.

use std::collections::VecDeque;

use tokio::sync::{mpsc, oneshot};

/// Requests of each lane that may wait; past it a request is refused at once.
pub const REQUESTS_WAITING_MAX: usize = 8_192;
/// Requests carried out in one transaction.
pub(super) const REQUESTS_PER_BATCH_MAX: usize = 512;
/// Of these, the part of machines where that many of them wait.
const MACHINES_PER_BATCH_MIN: usize = 128;

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// A person waits for the answer.
    People,
    /// Nobody looks at a screen for it.
    Machines,
}

/// Where requests come in. All clones lead to the same lanes.
pub(super) struct Entrance<T> {
    people: mpsc::Sender<T>,
    machines: mpsc::Sender<T>,
}

impl<T> Clone for Entrance<T> {
    fn clone(&self) -> Self {
        Self { people: self.people.clone(), machines: self.machines.clone() }
    }
}

impl<T> Entrance<T> {
    /// Puts a request behind those of its lane.
    pub(super) fn send(&self, lane: Lane, request: T) -> Result<(), mpsc::error::TrySendError<T>> {
        match lane {
            Lane::People => self.people.try_send(request),
            Lane::Machines => self.machines.try_send(request),
        }
    }

    /// Requests that wait in a lane.
    pub(super) fn waiting(&self, lane: Lane) -> usize {
        let entrance = match lane {
            Lane::People => &self.people,
            Lane::Machines => &self.machines,
        };
        entrance.max_capacity() - entrance.capacity()
    }

    /// Whether nobody takes anything out any more.
    pub(super) fn is_closed(&self) -> bool {
        self.people.is_closed()
    }
}

/// Where they are taken out.
pub(super) struct Lanes<T> {
    people: mpsc::Receiver<T>,
    machines: mpsc::Receiver<T>,
}

/// Two lanes with room for `waiting_max` requests each.
pub(super) fn lanes<T>(waiting_max: usize) -> (Entrance<T>, Lanes<T>) {
    let (to_people, people) = mpsc::channel(waiting_max);
    let (to_machines, machines) = mpsc::channel(waiting_max);
    (Entrance { people: to_people, machines: to_machines }, Lanes { people, machines })
}

impl<T> Lanes<T> {
    /// Waits for requests and takes out the next batch: people, then those of `pending`, then
    /// machines. After word of `stop` no more are let in; `None` when all are taken out.
    pub(super) async fn next(
        &mut self,
        pending: &mut VecDeque<T>,
        stop: &mut oneshot::Receiver<()>,
    ) -> Option<Vec<T>> {
        let mut batch = Vec::new();
        while pending.is_empty() && batch.is_empty() {
            tokio::select! {
                biased;
                _ = &mut *stop, if !self.people.is_closed() => {
                    self.people.close();
                    self.machines.close();
                }
                Some(request) = self.people.recv() => batch.push(request),
                Some(request) = self.machines.recv() => batch.push(request),
                else => return None,
            }
        }
        self.fill(pending, &mut batch);
        Some(batch)
    }

    fn fill(&mut self, pending: &mut VecDeque<T>, batch: &mut Vec<T>) {
        let machines = MACHINES_PER_BATCH_MIN.min(pending.len() + self.machines.len());
        while batch.len() < REQUESTS_PER_BATCH_MAX - machines
            && let Ok(request) = self.people.try_recv()
        {
            batch.push(request);
        }
        while batch.len() < REQUESTS_PER_BATCH_MAX
            && let Some(request) = pending.pop_front().or_else(|| self.machines.try_recv().ok())
        {
            batch.push(request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes out the next batch of lanes in which something waits.
    async fn next(lanes: &mut Lanes<u32>, pending: &mut VecDeque<u32>) -> Vec<u32> {
        let (_stop, mut stopped) = oneshot::channel();
        lanes.next(pending, &mut stopped).await.unwrap()
    }

    #[tokio::test]
    async fn a_person_goes_before_a_full_lane_of_machines() {
        let (entrance, mut lanes) = lanes(2_000);
        for n in 0..2_000 {
            entrance.send(Lane::Machines, n).unwrap();
        }
        assert!(entrance.send(Lane::Machines, 2_000).is_err(), "there is no room for more");
        assert_eq!([Lane::People, Lane::Machines].map(|lane| entrance.waiting(lane)), [0, 2_000]);
        entrance.send(Lane::People, 9_999).unwrap();
        let batch = next(&mut lanes, &mut VecDeque::from([7_777])).await;
        assert_eq!(batch[..3], [9_999, 7_777, 0]);
        assert_eq!(batch.len(), REQUESTS_PER_BATCH_MAX);
    }

    #[tokio::test]
    async fn machines_have_a_part_of_each_batch() {
        let (entrance, mut lanes) = lanes(2_000);
        for n in 0..2_000 {
            entrance.send(Lane::People, n).unwrap();
        }
        let batch = next(&mut lanes, &mut VecDeque::new()).await;
        assert_eq!(batch.len(), REQUESTS_PER_BATCH_MAX, "without machines people have it all");
        for n in 10_000..11_000 {
            entrance.send(Lane::Machines, n).unwrap();
        }
        let batch = next(&mut lanes, &mut VecDeque::new()).await;
        let machines = batch.iter().filter(|request| **request >= 10_000).count();
        assert_eq!((batch.len(), machines), (REQUESTS_PER_BATCH_MAX, MACHINES_PER_BATCH_MIN));
    }

    #[tokio::test]
    async fn what_was_let_in_before_the_stop_is_taken_out() {
        let (entrance, mut lanes) = lanes(8);
        entrance.send(Lane::People, 1).unwrap();
        entrance.send(Lane::Machines, 2).unwrap();
        let (stop, mut stopped) = oneshot::channel();
        stop.send(()).unwrap();
        let mut pending = VecDeque::new();
        assert_eq!(lanes.next(&mut pending, &mut stopped).await, Some(vec![1, 2]));
        assert!(entrance.send(Lane::People, 3).is_err() && entrance.is_closed());
        assert_eq!(lanes.next(&mut pending, &mut stopped).await, None);
    }
}
