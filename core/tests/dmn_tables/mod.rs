//! Decision tables of any size, written as text.

use std::fmt::Write as _;

/// A table of four inputs and so many rules, no two of which overlap: bands of amounts, each for
/// four tiers, with a rate that depends on nothing.
pub fn four_inputs(rules: usize, hit_policy: &str) -> String {
    const TIERS: [&str; 4] = ["gold", "silver", "bronze", "none"];
    let mut rows = String::new();
    for rule in 0..rules {
        let (band, tier) = (rule / TIERS.len(), TIERS[rule % TIERS.len()]);
        let cells = [
            format!("[{}..{})", band * 100, band * 100 + 100),
            format!("\"{tier}\""),
            "&gt;= 18".to_owned(),
            if rule % 7 == 0 { "-".to_owned() } else { "false, true".to_owned() },
        ];
        write!(rows, "<rule id='r{rule}'>").expect("writing to a string");
        for cell in cells {
            write!(rows, "<inputEntry><text>{cell}</text></inputEntry>").expect("a string");
        }
        write!(rows, "<outputEntry><text>{rule}</text></outputEntry></rule>").expect("a string");
    }
    let columns =
        [("amount", "number"), ("tier", "string"), ("age", "number"), ("known", "boolean")];
    decision(&columns, &rows, hit_policy)
}

/// A model of one decision, `Rate`, which is a table with these inputs and rules.
pub fn decision(columns: &[(&str, &str)], rows: &str, hit_policy: &str) -> String {
    let mut inputs = String::new();
    let mut required = String::new();
    let mut clauses = String::new();
    for (name, of) in columns {
        write!(
            inputs,
            "<inputData id='i_{name}' name='{name}'><variable name='{name}' typeRef='{of}'/>\
             </inputData>"
        )
        .expect("a string");
        write!(
            required,
            "<informationRequirement><requiredInput href='#i_{name}'/></informationRequirement>"
        )
        .expect("a string");
        write!(
            clauses,
            "<input id='c_{name}'><inputExpression typeRef='{of}'><text>{name}</text>\
             </inputExpression></input>"
        )
        .expect("a string");
    }
    format!(
        "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='d' name='d' \
         namespace='urn:d'>{inputs}<decision id='rate' name='Rate'><variable name='Rate' \
         typeRef='number'/>{required}<decisionTable id='t' hitPolicy='{hit_policy}'>{clauses}\
         <output id='o'/>{rows}</decisionTable></decision></definitions>"
    )
}
