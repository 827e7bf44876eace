//! No text makes the reader of decisions panic, and none runs past its budget; what an index of a
//! table finds is what its rules say.

#![allow(dead_code, reason = "the small models are shared by several tests")]

mod dmn_models;

use dmn_models::{column, decide, decision, file, input, needs_input, read, table};
use proptest::prelude::{Strategy, prop, proptest};
use spartito_core::dmn::Decisions;
use spartito_core::feel::Budget;
use spartito_core::value::{Context, Value};

const SEEDS: [&str; 2] = [
    include_str!("../../fuzz/seeds/dmn_xml/table.dmn"),
    include_str!("../../fuzz/seeds/dmn_xml/boxed.dmn"),
];

/// Pieces that models are made of.
const PIECES: &[&str] = &[
    "<text>",
    "</text>",
    "<text>x</text>",
    "<rule>",
    "</rule>",
    "<list>",
    "</list>",
    "<context>",
    "</context>",
    "<decision id='E' name='E'>",
    "</decision>",
    "<requiredDecision href='#D'/>",
    "<informationRequirement><requiredDecision href='#E'/></informationRequirement>",
    "<itemDefinition name='u'><typeRef>u</typeRef></itemDefinition>",
    "<import name='' namespace='urn:d'/>",
    " hitPolicy='COLLECT' aggregation='SUM'",
    " typeRef='t'",
    " isCollection='true'",
    "&lt;",
    "&amp;",
    "<!-- -->",
    "<![CDATA[",
    "]]>",
    "null",
    "[1..",
    "not(",
    "-",
    "\"",
    "é",
];

/// A seed with pieces put in and parts cut out at some places.
fn changed() -> impl Strategy<Value = String> {
    let change = (0..2_000_usize, 0..30_usize, prop::option::of(0..PIECES.len()));
    (0..SEEDS.len(), prop::collection::vec(change, 1..6)).prop_map(|(seed, changes)| {
        let mut text = SEEDS[seed].to_owned();
        for (at, cut, piece) in changes {
            let at = text.floor_char_boundary(at % text.len().max(1));
            let end = text.floor_char_boundary((at + cut).min(text.len()));
            text.replace_range(at..end, piece.map_or("", |piece| PIECES[piece]));
        }
        text
    })
}

/// A condition of a number, and what it says in the words of this test.
fn condition() -> impl Strategy<Value = String> {
    let number = -3..8_i32;
    prop::collection::vec((0..7_u8, number.clone(), number), 1..3).prop_map(|tests| {
        let tests: Vec<String> = tests
            .into_iter()
            .map(|(kind, a, b)| match kind {
                0 => format!("< {a}"),
                1 => format!(">= {a}"),
                2 => format!("[{a}..{b}]"),
                3 => format!("({a}..{b})"),
                4 => format!("{a}"),
                5 => format!("not({a}, [{b}..6])"),
                _ => "-".to_owned(),
            })
            .collect();
        match tests.iter().find(|it| it.starts_with("not") || *it == "-") {
            Some(whole) => whole.clone(),
            None => tests.join(", "),
        }
    })
}

proptest! {
    #[test]
    fn changed_models_are_refused_or_evaluated(text in changed()) {
        if let Ok(written) = Decisions::rewrite(text.as_bytes()) {
            let again = Decisions::rewrite(written.as_bytes()).expect("what is written is read");
            assert_eq!(again, written);
        }
        if let Ok(reading) = Decisions::read_to_try(&[&text]) {
            let inputs: Context = [("x", Value::from(5))].into_iter().collect();
            let budget = Budget { steps_max: 20_000, ..Budget::default() };
            for invocable in reading.decisions.invocables() {
                let _ = reading.decisions.decide(&invocable.id, &inputs, &dmn_models::env(), &budget);
            }
        }
    }

    #[test]
    fn an_index_finds_what_the_rules_say(
        rules in prop::collection::vec((condition(), condition()), 8..24)
    ) {
        let rows: Vec<([&str; 2], [String; 1])> = rules
            .iter()
            .enumerate()
            .map(|(index, (a, b))| ([a.as_str(), b.as_str()], [index.to_string()]))
            .collect();
        let outputs: Vec<[&str; 1]> = rows.iter().map(|(_, it)| [it[0].as_str()]).collect();
        let all: Vec<(&[&str], &[&str])> =
            rows.iter().zip(&outputs).map(|((a, _), b)| (a.as_slice(), b.as_slice())).collect();
        let model = |rules: &[(&[&str], &[&str])]| {
            let head = column("x", "number") + &column("y", "number") + "<output/>";
            let logic = table("hitPolicy='COLLECT'", &head, rules);
            let inputs = input("x", "number") + &input("y", "number");
            let body = needs_input("x") + &needs_input("y") + &logic;
            read(&[file(&(inputs + &decision("D", &body)))])
        };
        let together = model(&all);
        let alone: Vec<Decisions> = all.iter().map(|rule| model(&[*rule])).collect();
        for (x, y) in [("0", "0"), ("2.5", "-3"), ("6", "7"), ("100", "1"), ("null", "2")] {
            let inputs = format!("{{x: {x}, y: {y}}}");
            let expected: Vec<Value> = alone
                .iter()
                .flat_map(|it| decide(it, "D", &inputs).value.as_list().expect("a list").to_vec())
                .collect();
            assert_eq!(decide(&together, "D", &inputs).value, Value::list(expected));
        }
    }

    #[test]
    fn overlaps_are_found_exactly(rules in prop::collection::vec(condition(), 2..6)) {
        let rows: Vec<[&str; 1]> = rules.iter().map(|rule| [rule.as_str()]).collect();
        let rows: Vec<(&[&str], &[&str])> = rows.iter().map(|it| (it.as_slice(), &["1"][..])).collect();
        let body = |policy: &str| {
            let head = column("x", "number") + "<output/>";
            let logic = table(&format!("hitPolicy='{policy}'"), &head, &rows);
            file(&(input("x", "number") + &decision("D", &(needs_input("x") + &logic))))
        };
        let told = Decisions::read(&[body("UNIQUE")])
            .err()
            .is_some_and(|it| it[0].iter().any(|finding| finding.rule == "rules-overlap"));
        let collect = read(&[body("COLLECT")]);
        // All constants are whole numbers from -3 to 8: halves lie in every part between them.
        let meets = (-10..20).any(|half| {
            let inputs = format!("{{x: {half} / 2}}");
            decide(&collect, "D", &inputs).value.as_list().expect("a list").len() > 1
        });
        assert_eq!(told, meets);
        let reading = Decisions::read_to_try(&[body("FIRST")]).expect("it can be tried");
        let gap = reading.findings[0].iter().any(|finding| finding.rule == "rules-gap");
        let misses = (-10..20).any(|half| {
            let inputs = format!("{{x: {half} / 2}}");
            decide(&collect, "D", &inputs).value.as_list().expect("a list").is_empty()
        });
        assert_eq!(gap, misses);
    }
}
