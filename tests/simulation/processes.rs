//! The processes of a run: together they use all that servers do by themselves.

use crate::models;

const PAID: &str = r#"<bpmn:message id="paid" name="paid"><bpmn:extensionElements>
    <zeebe:subscription correlationKey="=order"/></bpmn:extensionElements></bpmn:message>"#;
const GO: &str = r#"<bpmn:signal id="go" name="go"/>"#;

/// Those that clients start, then those that only start by themselves or are called.
pub fn all() -> (Vec<String>, Vec<String>) {
    let started = vec![work(), caller(), catcher(), thrower(), listener(), ticker()];
    (started, vec![child(), by_the_clock(), by_message()])
}

/// A job, a task that is taken away after some time, jobs at the same time, a task.
fn work() -> String {
    models::sequence(
        "work",
        &[
            models::service_task("first", "effect", 2),
            models::sub_process(
                "checks",
                &[
                    models::user_task("check", "Check it", "clerks"),
                    format!(
                        "<bpmn:boundaryEvent id=\"late\" attachedToRef=\"check\">{}\
                         </bpmn:boundaryEvent>{}{}",
                        models::timer("timeDuration", "PT25S"),
                        models::service_task("hurry", "effect", 1),
                        models::flows("late hurry"),
                    ),
                ],
            ),
            models::service_task("each", "effect", 1).replace(
                "</bpmn:serviceTask>",
                "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>=3\
                 </bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>",
            ),
            models::user_task("file", "File it", "clerks"),
        ],
    )
}

/// Calls `child`.
fn caller() -> String {
    let nodes = r#"<bpmn:startEvent id="s"/>
        <bpmn:callActivity id="call"><bpmn:extensionElements>
        <zeebe:calledElement processId="child" propagateAllChildVariables="true"/>
        </bpmn:extensionElements></bpmn:callActivity>
        <bpmn:endEvent id="e"/>"#;
    models::shaped("caller", "", nodes, &["s call", "call e"])
}

fn child() -> String {
    let wait = format!(
        "<bpmn:intermediateCatchEvent id=\"pause\">{}</bpmn:intermediateCatchEvent>",
        models::timer("timeDuration", "PT4S")
    );
    let nodes = format!(
        "<bpmn:startEvent id=\"s\"/>{}{wait}<bpmn:endEvent id=\"e\"/>",
        models::service_task("do", "effect", 2)
    );
    models::shaped("child", "", &nodes, &["s do", "do pause", "pause e"])
}

/// Waits for `paid` of its order, twice.
fn catcher() -> String {
    let nodes = r#"<bpmn:startEvent id="s"/>
        <bpmn:intermediateCatchEvent id="one"><bpmn:messageEventDefinition messageRef="paid"/>
        </bpmn:intermediateCatchEvent>
        <bpmn:intermediateCatchEvent id="two"><bpmn:messageEventDefinition messageRef="paid"/>
        </bpmn:intermediateCatchEvent><bpmn:endEvent id="e"/>"#;
    models::shaped("catcher", PAID, nodes, &["s one", "one two", "two e"])
}

/// Throws `paid`, then `go`, each after a while.
fn thrower() -> String {
    let wait = |id: &str| {
        format!(
            "<bpmn:intermediateCatchEvent id=\"{id}\">{}</bpmn:intermediateCatchEvent>",
            models::timer("timeDuration", "PT3S")
        )
    };
    let nodes = format!(
        r#"<bpmn:startEvent id="s"/>{}
        <bpmn:intermediateThrowEvent id="throw"><bpmn:messageEventDefinition messageRef="paid"/>
        </bpmn:intermediateThrowEvent>{}
        <bpmn:endEvent id="e"><bpmn:signalEventDefinition signalRef="go"/></bpmn:endEvent>"#,
        wait("a"),
        wait("b")
    );
    let flows = ["s a", "a throw", "throw b", "b e"];
    models::shaped("thrower", &format!("{PAID}{GO}"), &nodes, &flows)
}

/// Waits for `go`, then does something.
fn listener() -> String {
    let nodes = format!(
        r#"<bpmn:startEvent id="s"/>
        <bpmn:intermediateCatchEvent id="wait"><bpmn:signalEventDefinition signalRef="go"/>
        </bpmn:intermediateCatchEvent>{}<bpmn:endEvent id="e"/>"#,
        models::service_task("do", "effect", 1)
    );
    models::shaped("listener", GO, &nodes, &["s wait", "wait do", "do e"])
}

/// A task beside which something happens again and again.
fn ticker() -> String {
    let nodes = format!(
        r#"<bpmn:startEvent id="s"/>{}
        <bpmn:boundaryEvent id="tick" attachedToRef="task" cancelActivity="false">{}
        </bpmn:boundaryEvent>{}<bpmn:endEvent id="e"/><bpmn:endEvent id="f"/>"#,
        models::user_task("task", "Do it", "clerks"),
        models::timer("timeCycle", "R6/PT4S"),
        models::script_task("note", "1", "noted"),
    );
    models::shaped("ticker", "", &nodes, &["s task", "task e", "tick note", "note f"])
}

/// Starts by a timer, so many times.
fn by_the_clock() -> String {
    let nodes = format!(
        "<bpmn:startEvent id=\"s\">{}</bpmn:startEvent>{}<bpmn:endEvent id=\"e\"/>",
        models::timer("timeCycle", &format!("R{STARTS_BY_TIMER}/PT6S")),
        models::service_task("do", "effect", 2)
    );
    models::shaped("clock", "", &nodes, &["s do", "do e"])
}

/// How often the clock starts an instance, at most.
pub const STARTS_BY_TIMER: usize = 5;

/// The message that starts an instance.
pub const ORDERED: &str = "ordered";

/// Starts by an order, once for each.
fn by_message() -> String {
    let message = PAID.replace("paid", ORDERED);
    let nodes = format!(
        r#"<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="ordered"/>
        </bpmn:startEvent>{}<bpmn:endEvent id="e"/>"#,
        models::service_task("do", "effect", 2)
    );
    models::shaped("receiver", &message, &nodes, &["s do", "do e"])
}
