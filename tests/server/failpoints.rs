//! The real server ends without a word at every moment that has a name: before and after each commit,
//! each call and each acknowledgement, while clients work with it as in `chaos`. Each moment is
//! reached, surely; and afterwards what was acknowledged is found, and the outside system has seen
//! one key for each call.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use spartito::store::Failpoint;

use crate::chaos::{self, Dice, Facts, Shared, lock};
use crate::databases::{TestDatabase, on_every_database};
use crate::models;
use crate::process::{DEADLINE, Place, Server, keys};

/// The signal of `abort`.
const ABORTED: i32 = 6;

/// Beside what `chaos` has: a call of another process, so that the outbox is used.
fn calling() -> String {
    let call = "<bpmn:callActivity id=\"call\"><bpmn:extensionElements>\
        <zeebe:calledElement processId=\"called\"/></bpmn:extensionElements></bpmn:callActivity>";
    chaos::model(call, &["wait call", "call e"])
}

fn called() -> String {
    let nodes = "<bpmn:startEvent id=\"s\"/><bpmn:endEvent id=\"e\"/>";
    models::shaped("called", "", nodes, &["s e"])
}

/// Starts again and again by a timer.
fn by_the_clock() -> String {
    let timer = models::timer("timeCycle", "R/PT1S");
    let nodes =
        format!("<bpmn:startEvent id=\"s\">{timer}</bpmn:startEvent><bpmn:endEvent id=\"e\"/>");
    models::shaped("clock", "", &nodes, &["s e"])
}

/// How often the moment passes before the server ends there: often enough that clients are at work,
/// and a few times where it is seldom.
fn times(point: Failpoint, dice: &mut Dice) -> u64 {
    match point {
        Failpoint::MessageReceived => 1,
        Failpoint::JobsFound
        | Failpoint::JobsLeased
        | Failpoint::StartDue
        | Failpoint::StartFired
        | Failpoint::StartMoved => 1 + dice.below(3),
        Failpoint::CallBegins
        | Failpoint::CallAnswered
        | Failpoint::CallRecorded
        | Failpoint::OutboxBegins
        | Failpoint::OutboxDone
        | Failpoint::OutboxDeleted
        | Failpoint::MessageCame
        | Failpoint::MessageAccepted
        | Failpoint::MessageSettled
        | Failpoint::TimerDue
        | Failpoint::TimerFired => 5 + dice.below(10),
        Failpoint::BatchMade
        | Failpoint::BatchWritten
        | Failpoint::BatchCommitted
        | Failpoint::BatchSettled
        | Failpoint::BatchAnswered
        | Failpoint::OtherWritten
        | Failpoint::OtherCommitted => 15 + dice.below(25),
    }
}

/// Lets clients work with a server until it ends at `point`.
async fn end_at(
    place: &Place,
    facts: &Shared<Facts>,
    (round, point): (u64, Failpoint),
    times: u64,
) {
    let before = lock(facts).started.len();
    let name = point.name();
    let status = match Server::start_until(place, &format!("{name}:{times}")).await {
        Ok(server) => until_it_ends(server, facts, round).await,
        Err(status) => Some(status),
    };
    let status = status.unwrap_or_else(|| panic!("{name} was not reached: {}", place.log()));
    assert_eq!(status.signal(), Some(ABORTED), "{name}, {status}: {}", place.log());
    let words = format!("the process ends at the failpoint {name}\n");
    assert_eq!(place.log().matches(&words).count(), 1, "{name} was reached: {}", place.log());
    let acknowledged = lock(facts).started.len() - before;
    println!("ended at {name}, passed {times} times, after {acknowledged} starts");
}

/// How the server ended; `None` where it did not.
async fn until_it_ends(server: Server, facts: &Shared<Facts>, round: u64) -> Option<ExitStatus> {
    let server = Arc::new(server);
    let mut clients = chaos::set_to_work(&server, facts, round);
    clients.push(tokio::spawn(pay_who_waits(Arc::clone(&server), Arc::clone(facts))));
    // Clients work as long as somebody listens.
    let all = futures::future::join_all(clients);
    for client in tokio::time::timeout(DEADLINE, all).await.ok()? {
        client.expect("only the connection breaks");
    }
    let mut server = Arc::into_inner(server).expect("all clients have gone");
    Some(server.child.wait().unwrap())
}

/// Publishes the messages of instances that wait for one: others publish most of them before.
async fn pay_who_waits(server: Arc<Server>, facts: Shared<Facts>) {
    let waiting = "/process-instances?processDefinitionId=paid&elementId=wait&state=ACTIVE";
    while let Ok(answer) = server.call("GET", waiting).send().await {
        // A server that ends may break off in the midst of an answer.
        let page: Value = answer.json().await.unwrap_or_default();
        for order in keys(&page, "businessKey") {
            if let Ok(answer) = chaos::message(&server, &order).send().await
                && answer.status().is_success()
            {
                lock(&facts).paid.insert(order);
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn end_everywhere(database: TestDatabase) {
    let (sink, address) = chaos::start_sink().await;
    let place = Place::new(database, address);
    for model in [called(), calling(), by_the_clock()] {
        chaos::deploy(&place, model).await;
    }
    let (facts, mut dice): (Shared<Facts>, Dice) = (Arc::default(), Dice(0x5EED));
    let mut rounds = 0;
    for point in Failpoint::ALL {
        rounds += 1;
        let times = times(point, &mut dice);
        end_at(&place, &facts, (rounds, point), times).await;
    }
    chaos::settle(&place, &facts, sink, rounds).await;
}

#[test]
fn nothing_is_lost_wherever_a_server_ends() {
    on_every_database("nothing_is_lost_wherever_a_server_ends", end_everywhere);
}
