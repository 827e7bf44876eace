//! What an open instance of model B of the benchmarks takes: on the disk and in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::store::{InstanceQuery, Packed, Store};
use spartito_core::engine::Command;
use spartito_core::ids::InstanceId;
use spartito_core::value::{Variables, json};

use crate::bench::Bench;
use crate::databases::sqlite;

const MODEL: &str = include_str!("../../benches/peers/bpmn/b_gateway_fork_user.bpmn");
const PAYLOAD: &str = include_str!("../../benches/peers/common_payload.json");

/// Instances that are opened: enough for the pages that every table has anyway to be of no account.
const OPENED: usize = 300;
/// Bytes of the file, journal and indexes included, for each of them.
const FILE_BYTES_MAX: u64 = 3 * 1024;
/// Bytes of memory of one that is kept at hand. The few that were touched last are not packed and
/// take more.
const MEMORY_BYTES_MAX: usize = 4 * 1024;
const LIVE_BYTES_MAX: usize = 6 * 1024 + 512;

struct AtOnce;

#[async_trait]
impl Connector for AtOnce {
    async fn run(&self, _: &Job) -> Result<Variables, ConnectorError> {
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        32
    }
}

async fn open(bench: &Bench, count: usize) -> Vec<InstanceId> {
    let definition = bench.deploy(MODEL).await;
    let payload = json::parse(PAYLOAD, json::Limits::default()).unwrap();
    let payload = payload.as_context().unwrap();
    let mut opened = Vec::new();
    for _ in 0..count {
        let instance = bench.runtime.orchestrator.new_instance_id();
        let command = Command::StartInstance {
            instance,
            definition,
            business_key: None,
            variables: payload.clone(),
            node: None,
            occurred: None,
            caller: None,
        };
        bench.submit(instance, command, "anna").await.unwrap();
        opened.push(instance);
    }
    tokio::time::timeout(Duration::from_secs(60), all_wait_for_people(bench, &opened))
        .await
        .expect("every instance comes to its task");
    opened
}

async fn all_wait_for_people(bench: &Bench, opened: &[InstanceId]) {
    let mut changes = bench.runtime.live.subscribe();
    for instance in opened {
        loop {
            let (state, _) = bench.runtime.state(*instance).await.unwrap().unwrap();
            if state.user_tasks().next().is_some() {
                break;
            }
            // One that was missed is as good as one that was heard: it is looked again.
            let _ = tokio::time::timeout(Duration::from_millis(50), changes.recv()).await;
        }
    }
}

#[tokio::test]
async fn an_open_instance_takes_little_on_the_disk_and_in_memory() {
    let database = sqlite();
    let mut connectors = Catalogue::default();
    for task in ["s1", "s2"] {
        connectors.add(task, Arc::new(AtOnce));
    }
    let path = database.settings.url.strip_prefix("sqlite:").unwrap().to_owned();
    // The last connection folds the write-ahead log into the file.
    Store::open(&database.settings).await.unwrap().close().await;
    let before = std::fs::metadata(&path).unwrap().len();
    let bench = Bench::start(&database.settings, connectors).await;
    let opened = open(&bench, OPENED).await;
    let store = bench.runtime.store.clone();
    let query = InstanceQuery { limit: 10, ..InstanceQuery::default() };
    assert_eq!(store.instances(&query).await.unwrap().rows.len(), 10);

    let mut tx = store.begin_batch().await.unwrap();
    for instance in &opened[..20] {
        let mut loaded = tx.load(*instance).await.unwrap().unwrap();
        let bytes = std::mem::size_of_val(&loaded) + loaded.heap_bytes();
        assert!(bytes <= LIVE_BYTES_MAX, "{bytes} bytes of memory");
        let live = bytes;
        let packed = Packed::of(&loaded);
        let bytes = std::mem::size_of_val(&packed) + packed.heap_bytes();
        assert!(bytes <= MEMORY_BYTES_MAX, "{bytes} bytes of memory, packed");
        println!("{live} bytes, {bytes} packed");
        let back = packed.unpack(*instance).unwrap();
        assert_eq!(back.state, loaded.state);
        assert_eq!(format!("{:?}", back.tracked.open), format!("{:?}", loaded.tracked.open));
        assert_eq!(
            (back.tracked.position, back.tracked.started_at, back.tracked.bytes_since_snapshot),
            (
                loaded.tracked.position,
                loaded.tracked.started_at,
                loaded.tracked.bytes_since_snapshot
            )
        );
    }
    tx.rollback().await.unwrap();
    bench.stop().await;
    let each = (std::fs::metadata(&path).unwrap().len() - before) / OPENED as u64;
    assert!(each <= FILE_BYTES_MAX, "{each} bytes on the disk");
    assert!(each > 500, "{each} bytes cannot hold an instance");
}
