//! Parallel Gateway: waits for one token on each incoming flow, then lets one leave along each
//! outgoing flow. Conditions are not looked at.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "Parallel Gateway (Fork and Join)". Surplus tokens of
//! an incoming flow stay for the next time. The waiting is done before the gateway is entered: see
//! `ExecutableProcess::joined_flows`.

use super::Chosen;
use crate::bpmn::model::NodeIndex;
use crate::engine::definition::ExecutableProcess;

/// Every outgoing flow.
pub(super) fn all_flows(process: &ExecutableProcess, index: NodeIndex) -> Chosen {
    match process.outgoing(index) {
        [] => Chosen::None,
        [flow] => Chosen::One(*flow),
        flows => Chosen::Many(flows.to_vec()),
    }
}
