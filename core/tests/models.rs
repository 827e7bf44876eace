//! A drawn model, read as a whole.

use spartito_core::bpmn::diagram::{EdgeKind, Symbol};
use spartito_core::bpmn::model::{EventDefinition, FlowNode, FlowNodeKind, Process, StartEvent};
use spartito_core::bpmn::{Reading, read, read_for_trial};

fn loan() -> Reading {
    read(include_bytes!("models/loan.bpmn")).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn node<'p>(process: &'p Process, id: &str) -> &'p FlowNode {
    process.nodes.iter().find(|node| node.id.as_str() == id).expect("the node is there")
}

#[test]
fn reads_a_clean_model_without_a_remark() {
    let reading = loan();
    assert_eq!(reading.findings, []);
    let process = &reading.definitions.processes[0];
    assert_eq!((process.id.as_str(), process.name.as_str()), ("loan", "Loan application"));
    assert_eq!(process.version_tag.as_deref(), Some("1.0"));
    assert_eq!(process.documentation.as_deref(), Some("From the application to the payout."));
    assert_eq!(process.properties["spartito:businessKeyPrefix"], "LOAN-");
    assert_eq!((process.nodes.len(), process.flows.len()), (10, 10));
}

#[test]
fn links_flows_by_index_in_document_order() {
    let reading = loan();
    let process = &reading.definitions.processes[0];
    let gateway = node(process, "Worthy");
    let ids: Vec<&str> = gateway.outgoing.iter().map(|f| process.flow(*f).id.as_str()).collect();
    assert_eq!(ids, ["f3", "f4"]);
    assert_eq!(gateway.default_flow, Some(gateway.outgoing[0]));
    let yes = process.flow(gateway.outgoing[1]);
    assert_eq!(process.node(yes.target).id.as_str(), "Fork");
    let condition = yes.condition.as_ref().expect("a condition");
    assert_eq!(condition.text, "=score >= 500 and amount < 100000");
    assert_eq!(condition.position.line, 53);
    assert_eq!(node(process, "Join").incoming.len(), 2);
}

#[test]
fn reads_what_a_user_task_asks_for() {
    let reading = loan();
    let process = &reading.definitions.processes[0];
    let FlowNodeKind::UserTask(verify) = &node(process, "Verify").kind else {
        panic!("a user task")
    };
    let text = |text: &Option<spartito_core::bpmn::model::Text>| {
        text.as_ref().map(|text| text.text.clone()).unwrap_or_default()
    };
    assert_eq!(
        verify.form.as_ref().map(spartito_core::ids::FormId::as_str),
        Some("verify-identity")
    );
    assert_eq!(text(&verify.candidate_groups), "verification");
    assert_eq!(text(&verify.due_date), "=now() + duration(\"P2D\")");
    assert_eq!(text(&verify.priority), "70");
    let FlowNodeKind::StartEvent(StartEvent { form, .. }) = &node(process, "Start").kind else {
        panic!("a start event")
    };
    assert_eq!(form.as_ref().map(spartito_core::ids::FormId::as_str), Some("loan-application"));
}

#[test]
fn reads_what_a_service_task_asks_for() {
    let reading = loan();
    let process = &reading.definitions.processes[0];
    let score = node(process, "Score");
    let FlowNodeKind::ServiceTask(task) = &score.kind else { panic!("a service task") };
    assert_eq!(task.job_type.text, "http");
    assert_eq!(task.retries.as_ref().map(|text| text.text.as_str()), Some("3"));
    assert_eq!(&*task.headers[1].1, "=bureau + \"/score\"");
    assert_eq!(score.inputs[0].target, "body.applicant");
    assert_eq!(score.outputs[0].source.text, "=response.score");
    let FlowNodeKind::ServiceTask(pay_out) = &node(process, "PayOut").kind else {
        panic!("a service task")
    };
    assert_eq!(pay_out.job_type.text, "PayOut", "the id stands in for a missing type");
    assert!(matches!(node(process, "Paid").kind.event_definitions(), [EventDefinition::Terminate]));
}

#[test]
fn reads_the_drawing() {
    let diagram = loan().definitions.diagram;
    assert_eq!((diagram.shapes.len(), diagram.edges.len()), (14, 4));
    let start = diagram.shapes.iter().find(|shape| shape.element == "Start").expect("drawn");
    assert_eq!((start.symbol, start.label.as_str()), (Symbol::StartEvent, "Application received"));
    assert_eq!(start.label_bounds.map(|bounds| (bounds.x, bounds.width)), Some((160.0, 80.0)));
    let note = diagram.shapes.iter().find(|shape| shape.element == "Note").expect("drawn");
    assert_eq!((note.symbol, note.label.as_str()), (Symbol::TextAnnotation, "Asked over HTTP"));
    let edge = |id: &str| diagram.edges.iter().find(|edge| edge.element == id).expect("drawn");
    assert!(edge("f3").is_default);
    assert!(!edge("f1").is_default);
    assert_eq!(edge("Ask").kind, EdgeKind::MessageFlow);
    assert_eq!(edge("NoteLine").kind, EdgeKind::Association);
    assert_eq!(edge("f1").waypoints.len(), 2);
}

/// One drawn model holds every element; each shows the symbol of the standard.
#[test]
fn every_element_is_drawn_with_its_symbol() {
    use spartito_core::bpmn::diagram::{Marker, Trigger};
    let reading = read_for_trial(include_bytes!("models/every_element.bpmn"));
    let reading = reading.unwrap_or_else(|findings| panic!("{findings:#?}"));
    let diagram = reading.definitions.diagram;
    let process = &reading.definitions.processes[0];
    for node in &process.nodes {
        let shape = diagram.shapes.iter().find(|shape| shape.element == node.id.as_str());
        let shape = shape.unwrap_or_else(|| panic!("{} is not drawn", node.id));
        assert!(shape.symbol.is_step(), "{}", node.id);
        let has_trigger = !node.kind.event_definitions().is_empty()
            || matches!(shape.symbol, Symbol::EventBasedGateway);
        assert_eq!(shape.trigger.is_some(), has_trigger, "{}", node.id);
        let repeats = node.loop_characteristics.is_some();
        let shows = shape
            .markers
            .iter()
            .any(|marker| matches!(marker, Marker::Loop | Marker::Parallel | Marker::Sequential));
        assert_eq!(repeats, shows, "{}", node.id);
        assert_eq!(shape.markers.contains(&Marker::Compensation), node.is_for_compensation);
    }
    let of = |id: &str| diagram.shapes.iter().find(|shape| shape.element == id).expect("drawn");
    assert_eq!(of("b_time").trigger, Some(Trigger::Timer));
    assert!(of("b_time").is_dashed && !of("b_err").is_dashed);
    assert!(of("s_tx").is_expanded);
    assert_eq!(of("t_call").markers, [Marker::Collapsed]);
    assert_eq!(of("s_adhoc").markers, [Marker::AdHoc]);
    assert_eq!(of("s_evt").symbol, Symbol::EventSubProcess);
    let mut symbols: Vec<String> =
        diagram.shapes.iter().map(|shape| format!("{:?}", shape.symbol)).collect();
    symbols.sort();
    symbols.dedup();
    assert_eq!(symbols.len(), 23, "{symbols:?}");
}
