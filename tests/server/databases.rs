//! Databases to test on: a SQLite file of its own for each test, and a PostgreSQL cluster that the
//! test process makes, starts on a spare port with `fsync` on, and removes at its end.

use std::future::Future;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use spartito::store::StoreSettings;

/// Time in which PostgreSQL must have started.
const DEADLINE: Duration = Duration::from_secs(60);

/// A database of its own, empty, gone when it is dropped (SQLite) or with the cluster.
pub struct TestDatabase {
    pub settings: StoreSettings,
    pub folder: tempfile::TempDir,
}

impl TestDatabase {
    /// Carries out a statement as somebody else would; gives how many rows of SQLite it has changed.
    pub fn change(&self, statement: &str) -> Option<usize> {
        match self.settings.url.strip_prefix("sqlite:") {
            Some(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.busy_timeout(DEADLINE).unwrap();
                Some(connection.execute(statement, []).unwrap())
            }
            None => {
                on_postgres(&self.settings.url, statement);
                None
            }
        }
    }

    /// Raises the counters of what is open, so that lists are looked for as among much.
    pub fn pretend_much(&self) {
        self.change("update counters set n = n + 1000000 where day = 0 and n > 0");
        self.change("update task_counts set n = n + 1000000 where span = 0 and n > 0");
    }
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
    Some(database_at(cluster.port, &name))
}

fn database_at(port: u16, name: &str) -> TestDatabase {
    let url = format!("postgres://spartito@127.0.0.1:{port}/{name}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    TestDatabase { settings: StoreSettings { url }, folder }
}

/// Carries out a statement on PostgreSQL as somebody else would; gives what it found.
pub fn on_postgres(url: &str, statement: &str) -> String {
    let psql = binaries().expect("PostgreSQL is installed").join("psql");
    let done = Command::new(psql).args([url, "-At", "-c", statement]).output().expect("psql runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// Another session on PostgreSQL that carries out `statement`, and ends when it is dropped.
pub struct Session(Child);

impl Session {
    pub fn begin(url: &str, statement: &str) -> Self {
        let psql = binaries().expect("PostgreSQL is installed").join("psql");
        let mut command = Command::new(psql);
        command.args([url, "-c", statement]).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("psql runs"))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
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

/// `program` as somebody whom PostgreSQL lets run it, with `folder` as his own; it refuses root.
fn as_postgres(program: &Path, folder: &Path) -> Option<Command> {
    let is_root = std::fs::metadata("/proc/self")
        .is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let mut command = if is_root {
        let chown = Command::new("chown").arg("postgres").arg(folder).status();
        if !chown.is_ok_and(|status| status.success()) {
            return None;
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    Some(command)
}

fn start_cluster() -> Option<Cluster> {
    let bin = binaries()?;
    let port = free_port()?;
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    let child = as_postgres(Path::new("sh"), &folder)?
        .args(["-c", SCRIPT, "cluster"])
        .arg(&bin)
        .arg(&folder)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    // Its standard input stays open as long as this process lives.
    std::mem::forget(child);
    let deadline = Instant::now() + DEADLINE;
    while Instant::now() < deadline {
        if is_ready(&bin, port) {
            return Some(Cluster { bin, port });
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL did not start; see {}", folder.display());
}

fn free_port() -> Option<u16> {
    Some(TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port())
}

fn is_ready(bin: &Path, port: u16) -> bool {
    let ready = Command::new(bin.join("pg_isready"))
        .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
        .status();
    ready.is_ok_and(|status| status.success())
}

/// A cluster that a test may kill and start again; killed and removed when it is dropped.
pub struct OwnCluster {
    bin: PathBuf,
    pub port: u16,
    pub folder: tempfile::TempDir,
    server: Mutex<Option<Child>>,
}

impl OwnCluster {
    /// Starts one; `None` where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        let (bin, port) = (binaries()?, free_port()?);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let made = as_postgres(&bin.join("initdb"), folder.path())?
            .args(["-U", "spartito", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
            .arg(folder.path().join("data"))
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let cluster = Self { bin, port, folder, server: Mutex::default() };
        cluster.run();
        Some(cluster)
    }

    /// An empty database of it.
    pub fn database(&self) -> TestDatabase {
        on_postgres(&self.url("postgres"), "create database own");
        database_at(self.port, "own")
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://spartito@127.0.0.1:{}/{database}", self.port)
    }

    /// Starts its server and waits until it answers. After a kill that is refused until the last
    /// process of the former one has noticed.
    pub fn run(&self) {
        let folder = self.folder.path();
        let log = folder.join("postgres.log");
        let deadline = Instant::now() + DEADLINE;
        loop {
            let log = std::fs::File::options().create(true).append(true).open(&log).unwrap();
            let mut server = as_postgres(&self.bin.join("postgres"), folder)
                .expect("it was so before")
                .arg("-D")
                .arg(folder.join("data"))
                .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "fsync=on", "-c", "shared_buffers=16MB", "-k"])
                .arg(folder)
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .expect("postgres runs");
            while server.try_wait().unwrap().is_none() {
                if is_ready(&self.bin, self.port) {
                    *self.server.lock().unwrap() = Some(server);
                    return;
                }
                assert!(Instant::now() < deadline, "PostgreSQL does not start: {folder:?}");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Kills its server, without a word.
    pub fn kill(&self) {
        if let Some(mut server) = self.server.lock().unwrap().take() {
            // SIGKILL; and it is waited for, or the next one takes it for a live one.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        self.kill();
    }
}
