//! What befalls the database while the server works: killed in a commit, cut off, without a free
//! connection, read-only, busy, full. Never a false answer: what was done is said to be done, what
//! was not is refused with 503, and all goes on afterwards without a restart.

use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use spartito::connectors::Catalogue;
use spartito::runtime::{SubmitError, TurnDone};
use spartito::store::StoreSettings;
use spartito_core::engine::Command;
use spartito_core::ids::{CommandId, DefinitionKey, PersonId};
use spartito_core::value::Variables;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::bench::Bench;
use crate::databases::{OwnCluster, Session, on_postgres, sqlite};
use crate::house::{Browser, House, problem};
use crate::models;
use crate::nodes::{database, until};
use crate::process::DEADLINE;
use crate::store_faults::SmallDisk;

/// Makes each commit that adds to the journal take two seconds, at its very end.
const SLOW_COMMITS: &str = "create function slow() returns trigger language plpgsql as \
    $$ begin perform pg_sleep(2); return null; end $$; \
    create constraint trigger slow after insert on journal deferrable initially deferred \
    for each row execute function slow()";
/// How many of them go on now.
const COMMITTING: &str = "select count(*) from pg_stat_activity \
    where wait_event = 'PgSleep' and (query = 'commit' or query like '%spartito_%')";

/// A line to the database on which all connections can be broken, and the address of its near end.
async fn breakable(url: &str) -> (watch::Sender<u64>, String) {
    let (head, rest) = url.split_once('@').unwrap();
    let (far, name) = rest.split_once('/').unwrap();
    let far = far.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = format!("{head}@{}/{name}", listener.local_addr().unwrap());
    let breaks = watch::Sender::new(0_u64);
    let states = breaks.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (far, mut broken) = (far.clone(), states.subscribe());
            tokio::spawn(async move {
                let Ok(mut far) = TcpStream::connect(&far).await else { return };
                tokio::select! {
                    _ = broken.changed() => {}
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                }
            });
        }
    });
    (breaks, near)
}

/// A server whose database is killed and cut off.
struct Victim {
    cluster: OwnCluster,
    url: String,
    breaks: watch::Sender<u64>,
    bench: Arc<Bench>,
    definition: DefinitionKey,
}

impl Victim {
    async fn start() -> Option<Self> {
        let cluster = OwnCluster::start()?;
        let url = cluster.database().settings.url.clone();
        let (breaks, near) = breakable(&url).await;
        let settings = StoreSettings { url: near };
        let bench = Arc::new(Bench::start(&settings, Catalogue::default()).await);
        let xml = models::sequence("one", &[models::user_task("check", "Check it", "clerks")]);
        let definition = bench.deploy(&xml).await;
        on_postgres(&url, SLOW_COMMITS);
        Some(Self { cluster, url, breaks, bench, definition })
    }

    /// Asks for a start under an id, and waits until it is being committed.
    async fn asked(&self, id: u128) -> JoinHandle<Result<TurnDone, SubmitError>> {
        let asked = self.ask(id);
        until("a commit", DEADLINE, || async { on_postgres(&self.url, COMMITTING) == "1" }).await;
        asked
    }

    fn ask(&self, id: u128) -> JoinHandle<Result<TurnDone, SubmitError>> {
        let (bench, definition) = (Arc::clone(&self.bench), self.definition);
        tokio::spawn(async move {
            let instance = bench.runtime.orchestrator.new_instance_id();
            let command = Command::StartInstance {
                instance,
                definition,
                business_key: None,
                variables: Variables::default(),
                node: None,
                occurred: None,
                caller: None,
            };
            let by = Some(PersonId::from("anna"));
            bench.runtime.orchestrator.submit(instance, command, by, Some(CommandId(id))).await
        })
    }

    fn stored(&self) -> String {
        on_postgres(&self.url, "select count(*) from instances")
    }
}

/// Case 103: the answer says what the database has after all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_103_a_commit_in_which_the_database_is_killed_or_cut_off_is_looked_up() {
    let Some(victim) = Victim::start().await else {
        println!("SKIPPED, PostgreSQL is not installed: case_103");
        return;
    };
    let done = victim.asked(1).await.await.unwrap().expect("a slow commit is a commit");
    assert!(!done.repeated);
    // The connection breaks while the database goes on with the commit.
    let asked = victim.asked(2).await;
    victim.breaks.send_modify(|breaks| *breaks += 1);
    let done = asked.await.unwrap().expect("the commit is waited for, and found");
    assert_eq!((done.events.is_empty(), victim.stored().as_str()), (false, "2"));
    // The database dies before the commit is done: it was not.
    let asked = victim.asked(3).await;
    victim.cluster.kill();
    victim.cluster.run();
    let refused = asked.await.unwrap().expect_err("nothing was done");
    assert!(matches!(&refused, SubmitError::Store(error) if error.is_passing()), "{refused:?}");
    assert_eq!(victim.stored(), "2");
    // The same again does it once, however often it is asked.
    let goes_on = || async { victim.ask(3).await.unwrap().is_ok() };
    until("it goes on", DEADLINE, goes_on).await;
    assert!(victim.ask(3).await.unwrap().expect("it was done").repeated);
    assert_eq!(victim.stored(), "3");
    // It dies right after the commit, of which nobody has heard.
    let asked = victim.asked(4).await;
    victim.breaks.send_modify(|breaks| *breaks += 1);
    until("it is committed", DEADLINE, || async { victim.stored() == "4" }).await;
    victim.cluster.kill();
    victim.cluster.run();
    asked.await.unwrap().expect("it was done");
    assert_eq!(victim.stored(), "4");
    // Those who ask for nothing new are told, too, that it cannot be known for now.
    let asked = victim.asked(5).await;
    victim.cluster.kill();
    let refused = asked.await.unwrap().expect_err("nobody knows");
    assert!(matches!(refused, SubmitError::Unknown(_)), "{refused:?}");
    victim.cluster.run();
    until("it goes on", DEADLINE, || async { victim.ask(5).await.unwrap().is_ok() }).await;
    assert_eq!(victim.stored(), "5");
}

/// A signed-in person never hears anything but the truth or 503.
async fn asks(browser: &Browser, path: &str) -> u16 {
    let status = browser.get(path).await.status().as_u16();
    assert!([200, 503].contains(&status), "{path}: {status}");
    status
}

fn start_of(n: u64) -> Json {
    json!({ "processDefinitionId": "loan-application", "businessKey": format!("LA-{n}"), "variables": {
        "applicant": "Anna", "amount": 8000, "term": 48, "income": 5000, "tier": "gold",
    } })
}

/// Case 104: every connection is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_104_an_empty_pool_is_said_and_neither_people_nor_the_lease_are_lost() {
    let Some(database) = database("case_104_an_empty_pool") else { return };
    let url = database.settings.url.clone();
    let house = House::with_example(database).await;
    let sofia = house.browser_of("sofia").await;
    let epochs = || on_postgres(&url, "select sum(epoch) from nodes");
    let before = epochs();
    // Whoever reads an instance waits for as long as this goes on.
    let lock = Session::begin(
        &url,
        "begin; lock table instances in access exclusive mode; select pg_sleep(120)",
    );
    until("the lock", DEADLINE, || async {
        let held = "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted \
                    and relation = 'instances'::regclass";
        on_postgres(&url, held) == "1"
    })
    .await;
    let begun = Instant::now();
    let waiting: Vec<_> = (0..30)
        .map(|_| {
            let sofia = sofia.clone();
            tokio::spawn(async move { asks(&sofia, "/api/v1/process-instances").await })
        })
        .collect();
    let mut refused = 0;
    for waiting in waiting {
        refused += u32::from(waiting.await.unwrap() == 503);
    }
    println!("{refused} of 30 refused within {:?}", begun.elapsed());
    assert_eq!(refused, 30, "who waits is told, and not for ever let wait");
    let start = sofia.post("/api/v1/process-instances", &start_of(1)).await;
    assert_eq!(start.status(), 503, "{}", start.text().await.unwrap());
    let end = "select pg_terminate_backend(pid) from pg_stat_activity \
               where query like '%pg_sleep(120)' and pid <> pg_backend_pid()";
    on_postgres(&url, end);
    drop(lock);
    until("it goes on", DEADLINE, || async {
        asks(&sofia, "/api/v1/process-instances").await == 200
    })
    .await;
    let start = sofia.post("/api/v1/process-instances", &start_of(2)).await;
    assert_eq!(start.status(), 201, "{}", start.text().await.unwrap());
    assert_eq!(epochs(), before, "the lease was renewed all the time");
    house.close().await;
}

/// Case 105: what answers is a copy that takes no changes, as after a failover.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_105_a_database_that_only_reads_is_said_and_left_when_it_writes_again() {
    let Some(database) = database("case_105_a_database_that_only_reads") else { return };
    let url = database.settings.url.clone();
    let name = url.rsplit('/').next().unwrap().to_owned();
    let house = House::with_example(database).await;
    let sofia = house.browser_of("sofia").await;
    let first = sofia.post("/api/v1/process-instances", &start_of(1)).await;
    let first: Json = first.json().await.unwrap();
    let first =
        format!("/api/v1/process-instances/{}", first["processInstanceKey"].as_str().unwrap());
    // As it is for a server whose connections lead to the copy from one moment to the next.
    on_postgres(&url, &format!("alter database {name} set default_transaction_read_only = on"));
    let leave = "select pg_terminate_backend(pid) from pg_stat_activity \
                 where datname = current_database() and pid <> pg_backend_pid()";
    on_postgres(&url, leave);
    until("it is noticed", DEADLINE, || async {
        let answer = sofia.post("/api/v1/process-instances", &start_of(2)).await;
        let status = answer.status().as_u16();
        if status == 201 {
            return false;
        }
        problem(answer, 503).await.contains("does not accept changes")
    })
    .await;
    // People go on reading.
    assert_eq!(asks(&sofia, &first).await, 200);
    assert_eq!(sofia.page("/tasks").await.status(), 200);
    let ready = async || house.visitor().get("/readyz").await.json::<Json>().await.unwrap();
    assert_eq!(ready().await, json!({ "status": "ready", "alarms": ["writes-fail"] }));
    // Connections that were made meanwhile stay read-only until they are made anew.
    let root = url.replace(&name, "postgres");
    on_postgres(&root, &format!("alter database {name} reset default_transaction_read_only"));
    until("it goes on", DEADLINE, || async {
        let answer = sofia.post("/api/v1/process-instances", &start_of(3)).await;
        assert!([201, 503].contains(&answer.status().as_u16()));
        answer.status() == 201
    })
    .await;
    for n in 4..24 {
        let answer = sofia.post("/api/v1/process-instances", &start_of(n)).await;
        assert_eq!(answer.status(), 201, "no connection is left behind: {n}");
    }
    until("no alarm", DEADLINE, || async { ready().await == json!({ "status": "ready" }) }).await;
    house.close().await;
}

/// Case 101 on PostgreSQL: its tables lie on a disk that is full.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_101_a_full_disk_of_postgresql_is_said_and_all_goes_on_when_there_is_room() {
    let (Some(cluster), Some(disk)) = (OwnCluster::start(), SmallDisk::mount("40m")) else {
        println!(
            "SKIPPED, no PostgreSQL or no small disk here: case_101_a_full_disk_of_postgresql"
        );
        return;
    };
    let owned = Process::new("chown").arg("postgres").arg(disk.path()).status();
    assert!(owned.unwrap().success());
    let database = cluster.database();
    let (url, root) = (database.settings.url.clone(), cluster.url("postgres"));
    on_postgres(&root, &format!("create tablespace small location '{}'", disk.path().display()));
    on_postgres(&root, "alter database own set tablespace small");
    let house = House::with_example(database).await;
    let sofia = house.browser_of("sofia").await;
    on_postgres(&url, "create table filler (x text); alter table filler alter x set storage plain");
    // Takes all the room there is, page by page; what room others leave is taken each time.
    let fill = "do $$ begin loop insert into filler values (repeat('x', 7000)); end loop; \
                exception when disk_full then null; end $$";
    let mut loans = Vec::new();
    let refused = loop {
        on_postgres(&url, fill);
        let answer = sofia.post("/api/v1/process-instances", &start_of(loans.len() as u64)).await;
        if answer.status() != 201 {
            break answer;
        }
        let started: Json = answer.json().await.unwrap();
        loans.push(started["processInstanceKey"].as_str().unwrap().to_owned());
        assert!(loans.len() < 3_000, "the disk is never full");
    };
    let detail = problem(refused, 503).await;
    assert!(detail.contains("disk of the database is full"), "{detail}");
    for loan in &loans {
        assert_eq!(asks(&sofia, &format!("/api/v1/process-instances/{loan}")).await, 200);
    }
    on_postgres(&url, "drop table filler");
    until("it goes on", DEADLINE, || async {
        let answer = sofia.post("/api/v1/process-instances", &start_of(9_999)).await;
        answer.status() == 201
    })
    .await;
    house.close().await;
}

/// Case 102: another program (a backup, a person with a tool) holds the file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_102_a_file_that_another_program_holds_is_said_and_worked_with_afterwards() {
    let database = sqlite();
    let path = database.settings.url.strip_prefix("sqlite:").unwrap().to_owned();
    let house = House::with_example(database).await;
    let sofia = house.browser_of("sofia").await;
    let other = rusqlite::Connection::open(Path::new(&path)).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let begun = Instant::now();
    let starts: Vec<_> = (0..3)
        .map(|n| {
            let sofia = sofia.clone();
            tokio::spawn(async move { sofia.post("/api/v1/process-instances", &start_of(n)).await })
        })
        .collect();
    // People go on reading meanwhile.
    assert_eq!(asks(&sofia, "/api/v1/process-instances").await, 200);
    assert_eq!(sofia.page("/tasks").await.status(), 200);
    assert!(begun.elapsed() < Duration::from_secs(5), "nobody who reads waits for who writes");
    for start in starts {
        let detail = problem(start.await.unwrap(), 503).await;
        assert!(detail.contains("another program holds it"), "{detail}");
    }
    // Long enough for one that waits, it is let go: who waits is served.
    let start = {
        let sofia = sofia.clone();
        tokio::spawn(async move { sofia.post("/api/v1/process-instances", &start_of(7)).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    other.execute_batch("rollback").unwrap();
    assert_eq!(start.await.unwrap().status(), 201);
    let stored: i64 =
        other.query_row("select count(*) from instances", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, 1, "what was refused was not done");
    house.close().await;
}
