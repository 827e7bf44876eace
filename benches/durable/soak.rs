//! A long run of model B at seven tenths of what the machine can do: does memory grow, does the time
//! that people wait?
//!
//! Instances come at a steady rate, whether or not the earlier ones are done, as people and systems
//! do. Memory is read and waiting times are summed up in windows; what the first windows show is the
//! warming up of caches and of the allocator and is printed, but not compared.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use spartito::store::StoreSettings;
use tokio::sync::mpsc;

use super::{Bench, Folder, MODEL_B, Shape, load, part, resident_kib};

/// How long the machine is driven as fast as it goes, to know what "seven tenths" is.
const CAPACITY_FOR: Duration = Duration::from_secs(20);
/// Part of the capacity that is asked for, in percent.
const LOAD_PERCENT: u64 = 70;
/// Parts into which the run is cut. The first tenth of them is the warming up.
const WINDOWS: u64 = 60;
/// Instances that may be under way; more means that the rate is beyond what the machine can do. Half
/// a minute of it: a disk that other work keeps busy stands still for seconds.
const UNDER_WAY_MAX: u64 = 100_000;
/// How often it is tried how long the disk takes for a few bytes of somebody else.
const DISK_TRIED_EVERY: Duration = Duration::from_millis(500);

/// Runs for `minutes` and prints one line of JSON.
pub async fn run(minutes: u64, clients: u64, shape: Shape) {
    let folder = Folder::new();
    let settings =
        StoreSettings { url: format!("sqlite:{}", folder.0.join("spartito.db").display()) };
    let bench = Arc::new(Bench::start(&settings, MODEL_B, shape).await);
    let capacity = capacity(&bench, clients).await;
    let rate = (capacity * LOAD_PERCENT / 100).max(1);
    let length = Duration::from_secs(minutes * 60) / u32::try_from(WINDOWS).expect("few");
    let disk = Disk::watched(folder.0.join("disk"));
    let mut windows = Vec::new();
    for n in 1..=WINDOWS {
        let window = window(&bench, rate, length).await;
        eprintln!(
            "{n}/{WINDOWS}: {} KiB resident ({}), {:.2} ms p50, {:.2} ms p99, {:.0} ms at most, {} instances; fdatasync of others {} ms at most",
            window.rss_kib,
            parts_of_memory(&folder.0),
            window.p50_ms,
            window.p99_ms,
            window.most_ms,
            window.instances,
            disk.slowest_ms()
        );
        windows.push(window);
    }
    bench.runtime.stop().await;
    bench.runtime.store.close().await;
    report(capacity, rate, minutes, bench.turned_away.load(Ordering::Relaxed), &windows);
}

/// Instances per second with `clients` that never pause.
async fn capacity(bench: &Arc<Bench>, clients: u64) -> u64 {
    bench.clients(clients, 10).await;
    let (begin, mut done) = (Instant::now(), 0);
    while begin.elapsed() < CAPACITY_FOR {
        bench.clients(clients, 20).await;
        done += clients * 20;
    }
    let tenths = u64::try_from(begin.elapsed().as_millis() / 100).expect("a short time");
    done * 10 / tenths.max(1)
}

/// What the resident memory consists of, for whoever looks for the cause where it grows: what the
/// program holds, what the allocator keeps for it, pages of files, and how long the log is of which the
/// database maps the index.
fn parts_of_memory(folder: &Path) -> String {
    let of = |name: &str| {
        let text = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        number.unwrap_or_default()
    };
    let log = std::fs::metadata(folder.join("spartito.db-wal")).map_or(0, |log| log.len());
    let (held, kept) = super::allocated_kib();
    format!(
        "held {held}, by the allocator {kept}, anonymous {}, of files {}, log {}",
        of("Pss_Anon:"),
        of("Pss_File:") + of("Pss_Shmem:"),
        log / 1_024
    )
}

/// What was seen in one part of the run.
struct Window {
    instances: usize,
    rss_kib: u64,
    p50_ms: f64,
    p99_ms: f64,
    most_ms: f64,
}

/// How long the disk takes while all this goes on, tried with a file that nobody else uses: what
/// people wait for is then told apart from what the machine makes all of its programs wait for.
struct Disk(Arc<AtomicU64>);

impl Disk {
    fn watched(path: PathBuf) -> Self {
        let slowest = Arc::new(AtomicU64::new(0));
        let told = Arc::downgrade(&slowest);
        std::thread::spawn(move || {
            let mut file = File::create(path).expect("a file beside the database");
            while let Some(slowest) = told.upgrade() {
                let begin = Instant::now();
                file.write_all(&[0; 512])
                    .and_then(|()| file.sync_data())
                    .expect("the disk has room");
                let took = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
                slowest.fetch_max(took, Ordering::Relaxed);
                drop(slowest);
                std::thread::sleep(DISK_TRIED_EVERY);
            }
        });
        Self(slowest)
    }

    /// The longest since it was last asked for.
    fn slowest_ms(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// Starts `rate` instances per second for `length` and waits for their ends.
async fn window(bench: &Arc<Bench>, rate: u64, length: Duration) -> Window {
    let (done, mut ends) = mpsc::unbounded_channel();
    let under_way = Arc::new(AtomicU64::new(0));
    let mut tick = tokio::time::interval(Duration::from_nanos(1_000_000_000 / rate));
    let begin = Instant::now();
    while begin.elapsed() < length {
        tick.tick().await;
        let before = under_way.fetch_add(1, Ordering::Relaxed);
        assert!(before < UNDER_WAY_MAX, "more comes in than goes out: {rate} per second");
        let (bench, done, under_way) = (bench.clone(), done.clone(), under_way.clone());
        tokio::spawn(async move {
            let waited = bench.instance().await;
            under_way.fetch_sub(1, Ordering::Relaxed);
            let _ = done.send(waited);
        });
    }
    drop(done);
    let mut waited = Vec::new();
    while let Some(end) = ends.recv().await {
        waited.extend(end);
    }
    Window {
        instances: waited.len(),
        rss_kib: resident_kib(),
        p50_ms: part(&mut waited, 50),
        p99_ms: part(&mut waited, 99),
        most_ms: part(&mut waited, 100),
    }
}

fn report(capacity: u64, rate: u64, minutes: u64, turned_away: u64, windows: &[Window]) {
    let warm = windows.len() / 10;
    let fifth = (windows.len() - warm) / 5;
    let (first, last) = (&windows[warm..warm + fifth], &windows[windows.len() - fifth..]);
    let median = |windows: &[Window], value: fn(&Window) -> f64| {
        part(&mut windows.iter().map(value).collect::<Vec<_>>(), 50)
    };
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let rss = |window: &Window| window.rss_kib as f64;
    let (rss_first, rss_last) = (median(first, rss), median(last, rss));
    let n: usize = windows.iter().map(|window| window.instances).sum();
    println!(
        r#"{{"engine": "Spartito", "scenario": "soak", "minutes": {minutes}, "n": {n}, "capacity_per_s": {capacity}, "rate_per_s": {rate}, "turned_away": {turned_away}, "rss_kib": [{rss_first:.0}, {rss_last:.0}], "rss_ratio": {:.3}, "user_p50_ms": [{:.3}, {:.3}], "user_p99_ms": [{:.3}, {:.3}], "load1": {}}}"#,
        rss_last / rss_first,
        median(first, |window| window.p50_ms),
        median(last, |window| window.p50_ms),
        median(first, |window| window.p99_ms),
        median(last, |window| window.p99_ms),
        load()
    );
}
