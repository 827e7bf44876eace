//! Requirement graphs go one way: what needs itself is refused.

use crate::diagnostic::findings::cut;
use crate::dmn::program::{Element, ElementIndex, ElementKind, Program};

use super::FileFindings;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

/// Finds cycles, each one once; whether there are none.
pub(super) fn check(program: &Program, findings: &mut FileFindings) -> bool {
    let mut is_acyclic = true;
    let mut marks = vec![Mark::New; program.elements.len()];
    for start in 0..program.elements.len() {
        if marks[start] != Mark::New {
            continue;
        }
        // Elements being visited, each with the count of requirements already followed.
        let mut open = vec![(start, 0_usize)];
        marks[start] = Mark::Open;
        while let Some((at, followed)) = open.last_mut() {
            let next = successor(&program.elements[*at], *followed);
            *followed += 1;
            let at = *at;
            let Some(ElementIndex(next)) = next else {
                marks[at] = Mark::Done;
                open.pop();
                continue;
            };
            let next = next as usize;
            match marks[next] {
                Mark::New => {
                    marks[next] = Mark::Open;
                    open.push((next, 0));
                }
                Mark::Open if next == at && is_function(&program.elements[at]) => {}
                Mark::Open => {
                    let from = open.iter().position(|(it, _)| *it == next).unwrap_or(0);
                    is_acyclic = false;
                    report(program, open[from..].iter().map(|(it, _)| *it), findings);
                }
                Mark::Done => {}
            }
        }
    }
    is_acyclic
}

/// A knowledge model may call itself; the budget of an evaluation bounds it.
fn is_function(element: &Element) -> bool {
    matches!(element.kind, ElementKind::Knowledge { .. })
}

/// The requirement number `index` of an element. A service needs its outputs.
fn successor(element: &Element, index: usize) -> Option<ElementIndex> {
    let own = element.information.len();
    let known = own + element.knowledge.len();
    if index < own {
        return Some(element.information[index].element);
    }
    if index < known {
        return Some(element.knowledge[index - own].element);
    }
    match &element.kind {
        ElementKind::Service { outputs, .. } => {
            outputs.get(index - known).map(|output| output.element)
        }
        ElementKind::Input { .. } | ElementKind::Decision(_) | ElementKind::Knowledge { .. } => {
            None
        }
    }
}

fn report(program: &Program, cycle: impl Iterator<Item = usize>, findings: &mut FileFindings) {
    const NAMES_MAX: usize = 6;
    let cycle: Vec<&Element> = cycle.map(|at| &program.elements[at]).collect();
    let Some(first) = cycle.first() else { return };
    let names: Vec<String> =
        cycle.iter().take(NAMES_MAX).map(|element| format!("“{}”", cut(&element.name))).collect();
    let more = if cycle.len() > NAMES_MAX { " → …" } else { "" };
    let message = format!("The requirements go in a circle: {}{more}.", names.join(" → "));
    let remedy = "Remove one of the requirements.";
    findings[first.model].error("requirement-cycle", &first.place, message, remedy);
}
