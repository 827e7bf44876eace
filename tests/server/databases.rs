//! Databases to test on: a SQLite file of its own for each test, and a PostgreSQL cluster that the
//! test process makes, starts on a spare port with `fsync` on, and removes at its end.

use std::future::Future;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use spartito::store::StoreSettings;

/// A database of its own, empty, gone when it is dropped (SQLite) or with the cluster.
pub struct TestDatabase {
    pub settings: StoreSettings,
    pub folder: tempfile::TempDir,
}

/// Keeps it in one piece: a closure that uses the settings only would let go of the folder at once,
/// and what the test writes there would stay behind.
impl Drop for TestDatabase {
    fn drop(&mut self) {}
}

/// An empty SQLite database.
pub fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("spartito.db").display());
    TestDatabase { settings: StoreSettings { url }, folder }
}

/// An empty PostgreSQL database; `None` where PostgreSQL is not installed.
pub fn postgres() -> Option<TestDatabase> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = cluster()?;
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let port = cluster.port.to_string();
    let made = Command::new(cluster.bin.join("createdb"))
        .args(["-h", "127.0.0.1", "-p", &port, "-U", "spartito", &name])
        .output()
        .expect("createdb runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let url = format!("postgres://spartito@127.0.0.1:{port}/{name}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    Some(TestDatabase { settings: StoreSettings { url }, folder })
}

/// Carries out a statement on PostgreSQL as somebody else would.
pub fn on_postgres(url: &str, statement: &str) {
    let psql = cluster().expect("PostgreSQL is installed").bin.join("psql");
    let done = Command::new(psql).args([url, "-c", statement]).output().expect("psql runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Runs `test` on SQLite and on PostgreSQL; says so where it is skipped on the latter.
pub fn on_every_database<F: Future<Output = ()>>(name: &str, test: impl Fn(TestDatabase) -> F) {
    let run = |database| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(test(database));
    };
    run(sqlite());
    match postgres() {
        Some(database) => run(database),
        None => println!("SKIPPED on PostgreSQL, which is not installed: {name}"),
    }
}

struct Cluster {
    bin: PathBuf,
    port: u16,
}

/// The cluster of this test process, started once.
fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(start_cluster).as_ref()
}

fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("postgres").exists() && bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop()
}

/// Stops the server and removes its folder when its standard input ends, that is, when the test
/// process ends, however that happens.
const SCRIPT: &str = r#"
set -e
"$1/initdb" -D "$2/data" -U spartito -A trust -E UTF8 --locale=C >"$2/initdb.log" 2>&1
"$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync=on \
    -c max_connections=200 -c shared_buffers=64MB >"$2/postgres.log" 2>&1 </dev/null &
server=$!
read -r _ || true
kill -INT "$server" || true
wait "$server" || true
rm -rf "$2"
"#;

fn start_cluster() -> Option<Cluster> {
    let bin = binaries()?;
    let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    let is_root = std::fs::metadata("/proc/self")
        .is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let mut command = if is_root {
        // PostgreSQL refuses to run as root.
        let chown = Command::new("chown").arg("postgres").arg(&folder).status();
        if !chown.is_ok_and(|status| status.success()) {
            return None;
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let child = command
        .args(["-c", SCRIPT, "cluster"])
        .arg(&bin)
        .arg(&folder)
        .arg(port.to_string())
        .current_dir("/")
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    // Its standard input stays open as long as this process lives.
    std::mem::forget(child);
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let ready = Command::new(bin.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status();
        if ready.is_ok_and(|status| status.success()) {
            return Some(Cluster { bin, port });
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL did not start; see {}", folder.display());
}
