//! What a state says that it weighs is what the allocator gave for it, rounded up.

#![expect(unsafe_code, reason = "an allocator that counts is what measures memory honestly")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use spartito_core::engine::event::{Caller, Waited};
use spartito_core::engine::{Event, InstanceState};
use spartito_core::ids::{
    DefinitionKey, ElementInstanceId, FlowNodeId, InstanceId, ProcessId, SubscriptionId,
};
use spartito_core::value::{Value, Variables, json};

/// Counts what this thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn add(bytes: usize, sign: isize) {
    let bytes = isize::try_from(bytes).unwrap_or(isize::MAX);
    // The allocator is asked after the thread's own values are gone, too.
    let _ = HELD.try_with(|held| held.set(held.get() + sign * bytes));
}

// SAFETY: all is left to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(layout.size(), -1);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that `state` takes besides itself when it is read anew, so that it shares nothing.
fn held_by(state: &InstanceState) -> (InstanceState, usize) {
    let bytes = rmp_serde::to_vec_named(state).unwrap();
    let before = HELD.get();
    let read: InstanceState = rmp_serde::from_slice(&bytes).unwrap();
    (read, usize::try_from(HELD.get() - before).unwrap())
}

fn check(name: &str, state: &InstanceState) {
    let (read, held) = held_by(state);
    let says = read.heap_bytes();
    assert!(says >= held, "{name}: {says} bytes are less than the {held} that it holds");
    assert!(says <= held * 3 + 256, "{name}: {says} bytes are far more than {held}");
}

fn started(variables: Variables) -> InstanceState {
    let mut state = InstanceState::default();
    state.apply(&Event::InstanceStarted {
        instance: InstanceId::new(1),
        process: ProcessId::from("bench_b"),
        definition: DefinitionKey::new(2),
        business_key: Some("LA-1001".to_owned()),
        variables,
        by: None,
        caller: Some(Caller {
            instance: InstanceId::new(3),
            element: ElementInstanceId(4),
            depth: 1,
            caught: Some(vec!["DECLINED".into(), "LATE".into()]),
        }),
    });
    state
}

fn visit(state: &mut InstanceState, number: u32) {
    let (element, node) = (ElementInstanceId(number), FlowNodeId::from("check_the_application"));
    state.apply(&Event::ElementActivated {
        element,
        node: node.clone(),
        scope: ElementInstanceId::ROOT,
        consumed: Vec::new(),
        role: spartito_core::engine::event::Role::Whole,
    });
    state.apply(&Event::SubscriptionOpened {
        subscription: SubscriptionId(number),
        element,
        node,
        definition: 0,
        waits: Waited::Message { name: "answer".into(), key: Some("order 7".into()) },
    });
}

fn payload(text: &str) -> Variables {
    json::parse(text, json::Limits::default()).unwrap().as_context().unwrap().clone()
}

#[test]
fn the_weight_of_a_state_is_what_it_holds_rounded_up() {
    check("nothing", &started(Variables::default()));
    let common = payload(include_str!("../../benches/peers/common_payload.json"));
    let mut small = started(common);
    for number in 1..=3 {
        visit(&mut small, number);
    }
    check("a small instance", &small);
    let large = Variables::from_iter([("text", Value::from("x".repeat(100_000)))]);
    check("100 KB of text", &started(large));
    let numbers = Value::list((0..20_000).map(|n| Value::from(i64::from(n))).collect());
    check("a list", &started(Variables::from_iter([("list", numbers)])));
    let names = (0..3_000).map(|n| (format!("name {n}"), Value::from("x")));
    check("a large context", &started(names.clone().collect()));
    check("a context within", &started([("all", Value::context(names))].into_iter().collect()));
    let mut wide = started(Variables::default());
    for number in 1..=2_000 {
        visit(&mut wide, number);
    }
    check("2,000 open visits", &wide);
}
