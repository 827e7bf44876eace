//! What other engines and tools wrote into the model: named, never dropped in silence.

use std::collections::BTreeSet;

use crate::diagnostic::findings::{Findings, Place};
use crate::xml::{Namespace, Node};

use super::dialect;
use super::extensions;
use super::known::{Part, part};

/// Elements whose `zeebe:` extensions are read, and named where they are not.
fn is_named_elsewhere(owner: Node<'_>) -> bool {
    owner.is_bpmn("process") || part(owner.local()) == Some(Part::FlowNode)
}

/// Goes through all elements of BPMN below `root` and names what is foreign to us.
///
/// What another engine would act on is named at every place; names of unknown tools once each.
pub(super) fn check(root: Node<'_>, findings: &mut Findings) {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![(root, Place::default())];
    while let Some((node, outer)) = open.pop() {
        let place = if node.id().is_some() { Place::from(node) } else { outer };
        let place = place.at(node.position());
        for attribute in node.attributes() {
            if matches!(attribute.namespace, Namespace::Engine(_))
                && dialect::reads_attribute(node, attribute.local)
            {
                continue;
            }
            report(attribute.namespace, attribute.qualified, &place, &mut named, findings);
        }
        for child in node.children() {
            if child.is_bpmn("extensionElements") {
                for extension in child.children() {
                    let at = place.at(extension.position());
                    if extension.namespace() == Namespace::Zeebe {
                        // What stands on processes and their nodes is named where they are read.
                        if is_named_elsewhere(node)
                            || extensions::is_read(node.local(), extension.local())
                        {
                            continue;
                        }
                        let message = format!(
                            "{} on <{}> is not executed.",
                            extension.qualified(),
                            node.qualified()
                        );
                        findings.warning("extension-ignored", at, message, "Remove it.");
                    } else if !dialect::reads_element(node, extension) {
                        let name = extension.qualified();
                        report(extension.namespace(), name, &at, &mut named, findings);
                    }
                }
            } else if child.namespace() == Namespace::Bpmn {
                open.push((child, place.clone()));
            } else if node.local() != "definitions" && node.local() != "documentation" {
                let at = place.at(child.position());
                report(child.namespace(), child.qualified(), &at, &mut named, findings);
            }
        }
    }
}

fn report<'t>(
    namespace: Namespace<'t>,
    name: &'t str,
    place: &Place,
    named: &mut BTreeSet<&'t str>,
    findings: &mut Findings,
) {
    match namespace {
        Namespace::Engine(_) => {
            let message = format!("{name} is an extension of another engine and has no effect.");
            let remedy = "Use the zeebe: extension of the same meaning, or remove it.";
            findings.warning("extension-foreign", place.clone(), message, remedy);
        }
        Namespace::Other(uri) if named.insert(name) => {
            let cut: String = uri.chars().take(120).collect();
            let message = format!(
                "{name} of {cut} is not known and has no effect, here and elsewhere in the file."
            );
            let remedy = "Keep it for the tool that wrote it, or remove it.";
            findings.warning("extension-unknown", place.clone(), message, remedy);
        }
        Namespace::None
        | Namespace::Bpmn
        | Namespace::BpmnDi
        | Namespace::Dc
        | Namespace::Dmn
        | Namespace::DmnDi
        | Namespace::Di
        | Namespace::Zeebe
        | Namespace::Tool
        | Namespace::SchemaInstance
        | Namespace::XInclude
        | Namespace::Other(_) => {}
    }
}
