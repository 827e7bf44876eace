//! A clock that is set back while a server works.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::store::InstanceStatus;
use spartito_core::ids::InstanceId;
use spartito_core::value::Variables;
use tokio::sync::Semaphore;

use crate::bench::Bench;
use crate::databases::on_every_database;
use crate::{models, nodes};

const DAY: Duration = Duration::from_secs(86_400);

/// Does two jobs at a time, when the test lets it.
struct Gated(Semaphore);

#[async_trait]
impl Connector for Gated {
    async fn run(&self, _: &Job) -> Result<Variables, ConnectorError> {
        self.0.acquire().await.unwrap().forget();
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        2
    }
}

async fn has_ended(bench: &Bench, instance: InstanceId) -> bool {
    let row = bench.runtime.store.instance(instance).await.unwrap().unwrap();
    row.status == InstanceStatus::Completed
}

/// The clock was a day ahead and is put right: jobs that waited for a place then are done all the same,
/// and what is to be done after an hour is done after an hour.
#[test]
fn case_95_a_clock_that_is_set_back_by_a_day_lets_nothing_wait() {
    on_every_database("case_95_a_clock_that_is_set_back", |database| async move {
        const JOBS: usize = 200;
        let gated = Arc::new(Gated(Semaphore::new(0)));
        let mut catalogue = Catalogue::default();
        catalogue.add("gated", gated.clone());
        let bench = Bench::start(&database.settings, catalogue).await;
        bench.clock.advance(DAY);
        let task = models::service_task("work", "gated", 3);
        let works = bench.deploy(&models::sequence("works", &[task])).await;
        let mut instances = Vec::new();
        for n in 0..JOBS {
            instances.push(bench.start_instance(works, "anna", &format!("W-{n}")).await);
        }
        bench.clock.set_back(DAY);
        gated.0.add_permits(JOBS);
        for instance in instances {
            bench.until("each job is done", || has_ended(&bench, instance)).await;
        }
        let waits = bench.deploy(&models::sequence("waits", &[nodes::wait("PT1H")])).await;
        let waiting = bench.start_instance(waits, "anna", "T-1").await;
        let hour = Duration::from_secs(3_600);
        bench.clock.advance(hour - Duration::from_secs(1));
        assert!(!has_ended(&bench, waiting).await);
        bench.clock.advance(Duration::from_secs(1));
        bench.until("an hour is over", || has_ended(&bench, waiting)).await;
        bench.stop().await;
    });
}
