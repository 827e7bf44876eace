//! Small models of decisions, written as text, and what tests ask of them.

use spartito_core::dmn::{Decisions, Outcome};
use spartito_core::feel::{Budget, Environment, Expression, Names};
use spartito_core::time::Timestamp;
use spartito_core::value::{Context, Value};

/// A file of DMN 1.5 that holds `body`, which starts in line 2.
pub fn file(body: &str) -> String {
    model("urn:test", body)
}

/// The same with a namespace of its own.
pub fn model(namespace: &str, body: &str) -> String {
    format!(
        "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='d' name='d' \
         namespace='{namespace}'>\n{body}</definitions>"
    )
}

/// A decision `name` whose logic and requirements are `body`.
pub fn decision(name: &str, body: &str) -> String {
    format!("<decision id='{name}' name='{name}'><variable name='{name}'/>{body}</decision>")
}

/// An input.
pub fn input(name: &str, of: &str) -> String {
    format!(
        "<inputData id='{name}' name='{name}'><variable name='{name}' typeRef='{of}'/></inputData>"
    )
}

/// A literal expression.
pub fn literal(text: &str) -> String {
    format!("<literalExpression><text>{}</text></literalExpression>", escaped(text))
}

/// A requirement of an input.
pub fn needs_input(name: &str) -> String {
    format!("<informationRequirement><requiredInput href='#{name}'/></informationRequirement>")
}

/// A requirement of a decision.
pub fn needs(name: &str) -> String {
    format!("<informationRequirement><requiredDecision href='#{name}'/></informationRequirement>")
}

/// A requirement of a knowledge model or service.
pub fn knows(name: &str) -> String {
    format!("<knowledgeRequirement><requiredKnowledge href='#{name}'/></knowledgeRequirement>")
}

/// A table: the head with its columns, and the cells of each rule.
pub fn table(attributes: &str, head: &str, rules: &[(&[&str], &[&str])]) -> String {
    let cell = |kind: &str, text: &str| format!("<{kind}><text>{}</text></{kind}>", escaped(text));
    let rules: String = rules
        .iter()
        .enumerate()
        .map(|(index, (inputs, outputs))| {
            let inputs: String = inputs.iter().map(|it| cell("inputEntry", it)).collect();
            let outputs: String = outputs.iter().map(|it| cell("outputEntry", it)).collect();
            format!("\n<rule id='r{}'>{inputs}{outputs}</rule>", index + 1)
        })
        .collect();
    format!("<decisionTable id='t' {attributes}>{head}{rules}</decisionTable>")
}

/// An input column.
pub fn column(text: &str, of: &str) -> String {
    format!("<input><inputExpression typeRef='{of}'><text>{text}</text></inputExpression></input>")
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The value of FEEL text.
pub fn feel(text: &str) -> Value {
    let expression = Expression::parse(text, &Names::none()).expect("an expression");
    let evaluation = expression.evaluate(&Context::new(), &env(), &Budget::default());
    evaluation.expect("within the budget").value
}

pub fn env() -> Environment {
    Environment { now: Timestamp::EPOCH, seed: 1 }
}

/// The models in these files; they must be sound.
pub fn read<T: AsRef<[u8]>>(files: &[T]) -> Decisions {
    match Decisions::read(files) {
        Ok(reading) => reading.decisions,
        Err(findings) => panic!("refused: {findings:#?}"),
    }
}

/// Decides `name` in `decisions` with the inputs of a FEEL context.
pub fn decide(decisions: &Decisions, name: &str, inputs: &str) -> Outcome {
    let inputs = feel(inputs);
    let inputs = inputs.as_context().expect("inputs are a context");
    decisions.decide(name, inputs, &env(), &Budget::default()).expect("it is decided")
}

/// Decides `name` in a file that holds `body`.
pub fn decided(body: &str, name: &str, inputs: &str) -> Outcome {
    decide(&read(&[file(body)]), name, inputs)
}
