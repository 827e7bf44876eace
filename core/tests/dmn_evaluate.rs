//! What models of decisions mean: each kind of element and expression.

mod dmn_models;

use dmn_models::{
    column, decide, decided, decision, feel, file, input, knows, literal, model, needs,
    needs_input, read, table,
};
use spartito_core::dmn::{Decisions, InvocableKind, MatchedRule};
use spartito_core::feel::Budget;
use spartito_core::value::Value;

/// A table over the number `x` with an output without a name.
fn x_table(attributes: &str, output: &str, rules: &[(&str, &str)]) -> String {
    let rules: Vec<([&str; 1], [&str; 1])> = rules.iter().map(|(a, b)| ([*a], [*b])).collect();
    let rules: Vec<(&[&str], &[&str])> =
        rules.iter().map(|(a, b)| (a.as_slice(), b.as_slice())).collect();
    let head = format!("{}{output}", column("x", "number"));
    let logic = table(attributes, &head, &rules);
    input("x", "number") + &decision("D", &(needs_input("x") + &logic))
}

const OUTPUT: &str = "<output/>";
const RISKS: &str = "<output><outputValues><text>\"high\", \"medium\", \"low\"</text>\
                     </outputValues></output>";

#[track_caller]
fn gives(body: &str, inputs: &str, expected: &str) {
    assert_eq!(decided(body, "D", inputs).value, feel(expected), "{inputs}");
}

#[test]
fn unique_takes_the_rule_that_matches() {
    let body = x_table("", OUTPUT, &[("< 10", "\"low\""), (">= 10", "\"high\"")]);
    gives(&body, "{x: 9}", "\"low\"");
    gives(&body, "{x: 10}", "\"high\"");
    let outcome = decided(&body, "D", "{x: 10}");
    let trace = &outcome.decisions[0];
    assert_eq!((trace.matched[0].index, &*trace.matched[0].id), (2, "r2"));
    assert_eq!((&*trace.inputs[0].name, &trace.inputs[0].value), ("x", &Value::from(10)));
}

#[test]
fn no_rule_is_null_with_a_reason_unless_there_is_a_default() {
    let body = x_table("", OUTPUT, &[("> 5", "1")]);
    let outcome = decided(&body, "D", "{x: 1}");
    assert_eq!(outcome.value, Value::Null);
    assert!(outcome.warnings[0].message.contains("no rule matches"), "{:?}", outcome.warnings);
    let default = "<output><defaultOutputEntry><text>7</text></defaultOutputEntry></output>";
    gives(&x_table("", default, &[("> 5", "1")]), "{x: 1}", "7");
}

#[test]
fn unique_with_two_matches_is_null_with_a_reason() {
    let body = x_table("", OUTPUT, &[("< 10", "1"), ("? = x", "2")]);
    let outcome = decided(&body, "D", "{x: 5}");
    assert_eq!(outcome.value, Value::Null);
    assert!(outcome.warnings[0].message.contains("rules 1 and 2 match"));
    assert_eq!(outcome.decisions[0].matched.len(), 2, "both rules are told");
}

#[test]
fn first_and_rule_order_keep_the_order_of_the_rules() {
    let rules = [("< 10", "\"a\""), ("< 5", "\"b\""), ("-", "\"c\"")];
    gives(&x_table("hitPolicy='FIRST'", OUTPUT, &rules), "{x: 1}", "\"a\"");
    gives(&x_table("hitPolicy='RULE ORDER'", OUTPUT, &rules), "{x: 1}", "[\"a\", \"b\", \"c\"]");
}

#[test]
fn priority_and_output_order_follow_the_output_values() {
    let rules = [("< 10", "\"low\""), ("< 5", "\"high\""), ("-", "\"medium\"")];
    gives(&x_table("hitPolicy='PRIORITY'", RISKS, &rules), "{x: 1}", "\"high\"");
    let ordered = x_table("hitPolicy='OUTPUT ORDER'", RISKS, &rules);
    gives(&ordered, "{x: 1}", "[\"high\", \"medium\", \"low\"]");
}

#[test]
fn any_asks_that_rules_agree() {
    let body =
        x_table("hitPolicy='ANY'", OUTPUT, &[("< 10", "1 + x"), ("< 5", "2"), ("-", "x + 1")]);
    gives(&body, "{x: 1}", "2");
    let outcome = decided(&body, "D", "{x: 2}");
    assert_eq!(outcome.value, Value::Null);
    assert!(outcome.warnings[0].message.contains("rules 1 and 2"));
}

#[test]
fn collect_puts_outputs_together() {
    let rules = [("< 10", "4"), ("< 5", "7"), ("> 100", "9")];
    let collect =
        |aggregation: &str| x_table(&format!("hitPolicy='COLLECT' {aggregation}"), OUTPUT, &rules);
    gives(&collect(""), "{x: 1}", "[4, 7]");
    gives(&collect(""), "{x: 50}", "[]");
    gives(&collect("aggregation='SUM'"), "{x: 1}", "11");
    gives(&collect("aggregation='MIN'"), "{x: 1}", "4");
    gives(&collect("aggregation='MAX'"), "{x: 1}", "7");
    gives(&collect("aggregation='COUNT'"), "{x: 1}", "2");
    gives(&collect("aggregation='COUNT'"), "{x: 50}", "0");
    gives(&collect("aggregation='SUM'"), "{x: 50}", "null");
}

#[test]
fn several_outputs_make_a_context() {
    let head = column("x", "number") + "<output name='rate'/><output name='note'/>";
    let logic = table("", &head, &[(&["< 3"], &["1.5", "\"a\""]), (&[">= 3"], &["x", "null"])]);
    let body = input("x", "number") + &decision("D", &(needs_input("x") + &logic));
    gives(&body, "{x: 1}", "{rate: 1.5, note: \"a\"}");
    gives(&body, "{x: 4}", "{rate: 4, note: null}");
}

#[test]
fn cells_may_be_lists_negations_and_expressions() {
    let body = x_table(
        "hitPolicy='COLLECT'",
        OUTPUT,
        &[("1, 3, [7..9)", "1"), ("not(3, 4)", "2"), ("? * 2 = 6", "3"), ("null", "4"), ("", "5")],
    );
    gives(&body, "{x: 3}", "[1, 3, 5]");
    gives(&body, "{x: 9}", "[2, 5]");
    gives(&body, "{x: 8}", "[1, 2, 5]");
    gives(&body, "{x: null}", "[2, 4, 5]");
}

#[test]
fn a_large_table_gives_what_its_rules_say_one_by_one() {
    let rows: Vec<(String, String)> = (0..60)
        .map(|row| match row % 6 {
            0 => (format!("[{row}..{})", row + 9), row.to_string()),
            1 => (format!("< {row}"), row.to_string()),
            2 => (format!("not({row}, {})", row + 1), row.to_string()),
            3 => (format!("{row}, > {}", row * 2), row.to_string()),
            4 => (format!("? - {row} = 1"), row.to_string()),
            _ => ("-".to_owned(), row.to_string()),
        })
        .collect();
    let borrowed: Vec<(&str, &str)> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let all = read(&[file(&x_table("hitPolicy='COLLECT'", OUTPUT, &borrowed))]);
    let alone: Vec<Decisions> = borrowed
        .iter()
        .map(|row| read(&[file(&x_table("hitPolicy='COLLECT'", OUTPUT, &[*row]))]))
        .collect();
    for x in ["-1", "0", "0.5", "7", "30", "58.5", "59", "118", "1000", "null"] {
        let inputs = format!("{{x: {x}}}");
        let expected: Vec<Value> = alone
            .iter()
            .flat_map(|it| decide(it, "D", &inputs).value.as_list().expect("a list").to_vec())
            .collect();
        assert_eq!(decide(&all, "D", &inputs).value, Value::list(expected), "x = {x}");
    }
}

#[test]
fn every_decision_is_made_once_and_told() {
    let body = input("x", "number")
        + &decision("base", &(needs_input("x") + &literal("x + 1")))
        + &decision("left", &(needs("base") + &literal("base * 2")))
        + &decision("right", &(needs("base") + &literal("base * 3")))
        + &decision("D", &(needs("left") + &needs("right") + &literal("left + right")));
    let outcome = decided(&body, "D", "{x: 1}");
    assert_eq!(outcome.value, Value::from(10));
    let told: Vec<(&str, &Value)> =
        outcome.decisions.iter().map(|it| (&*it.name, &it.value)).collect();
    assert_eq!(told.iter().filter(|(name, _)| *name == "base").count(), 1);
    assert_eq!(told.last(), Some(&("D", &Value::from(10))));
    assert_eq!(told.len(), 4);
}

#[test]
fn a_missing_input_is_null_with_a_warning() {
    let body = input("x", "number") + &decision("D", &(needs_input("x") + &literal("x = null")));
    let outcome = decided(&body, "D", "{}");
    assert_eq!(outcome.value, Value::Boolean(true));
    assert_eq!(outcome.warnings[0].message, "the input “x” is missing");
}

#[test]
fn contexts_relations_lists_and_loops() {
    let entry = |name: &str, text: &str| {
        format!("<contextEntry><variable name='{name}'/>{}</contextEntry>", literal(text))
    };
    let result = format!("<contextEntry>{}</contextEntry>", literal("a b + 1"));
    let context =
        format!("<context>{}{}{result}</context>", entry("a", "1"), entry("a b", "a + 1"));
    gives(&decision("D", &context), "{}", "3");
    let context = format!("<context>{}{}</context>", entry("a", "1"), entry("b", "a + 1"));
    gives(&decision("D", &context), "{}", "{a: 1, b: 2}");
    let relation = format!(
        "<relation><column name='n'/><column name='m'/><row>{}{}</row><row>{}{}</row></relation>",
        literal("1"),
        literal("\"a\""),
        literal("2"),
        literal("\"b\"")
    );
    gives(&decision("D", &relation), "{}", "[{n: 1, m: \"a\"}, {n: 2, m: \"b\"}]");
    let list = format!("<list>{}{}</list>", literal("1"), literal("\"b\""));
    gives(&decision("D", &list), "{}", "[1, \"b\"]");
    let part = |name: &str, text: &str| format!("<{name}>{}</{name}>", literal(text));
    let looped = format!(
        "<for iteratorVariable='i'>{}{}</for>",
        part("in", "[1..3]"),
        part("return", "i * i")
    );
    gives(&decision("D", &looped), "{}", "[1, 4, 9]");
    let partial = format!(
        "<for iteratorVariable='i'>{}{}</for>",
        part("in", "[1, 2, 3]"),
        part("return", "if i = 1 then 1 else i + partial[-1]")
    );
    gives(&decision("D", &partial), "{}", "[1, 3, 6]");
    let every = format!(
        "<every iteratorVariable='i'>{}{}</every>",
        part("in", "[1, 2]"),
        part("satisfies", "i > 1")
    );
    gives(&decision("D", &every), "{}", "false");
    let filter =
        format!("<filter>{}{}</filter>", part("in", "[{n: 1}, {n: 5}]"), part("match", "n > 2"));
    gives(&decision("D", &filter), "{}", "[{n: 5}]");
    let chosen = format!(
        "<conditional>{}{}{}</conditional>",
        part("if", "null"),
        part("then", "1"),
        part("else", "2")
    );
    gives(&decision("D", &chosen), "{}", "2");
}

fn knowledge(name: &str, logic: &str) -> String {
    format!(
        "<businessKnowledgeModel id='{name}' name='{name}'><variable name='{name}'/>\
         <encapsulatedLogic>{logic}</encapsulatedLogic></businessKnowledgeModel>"
    )
}

#[test]
fn knowledge_models_are_functions() {
    let twice = knowledge(
        "twice",
        &format!("<formalParameter name='n' typeRef='number'/>{}", literal("n * 2")),
    );
    let call = |text: &str| twice.clone() + &decision("D", &(knows("twice") + &literal(text)));
    gives(&call("twice(4)"), "{}", "8");
    gives(&call("twice(n: 4)"), "{}", "8");
    gives(&call("[twice][1](4)"), "{}", "8");
    gives(&call("for f in [twice] return f(3)"), "{}", "[6]");
    gives(&call("twice([4])"), "{}", "8");
    gives(&call("twice(\"a\")"), "{}", "null");
    gives(&call("twice(1, 2)"), "{}", "null");
    let told = twice.replace("n * 2", "if n = null then 0 else n * 2");
    let told = told + &decision("D", &(knows("twice") + &literal("twice(\"a\")")));
    gives(&told, "{}", "0");
    let invocation = format!(
        "<invocation>{}<binding><parameter name='n'/>{}</binding></invocation>",
        literal("twice"),
        literal("21")
    );
    gives(&(twice.clone() + &decision("D", &(knows("twice") + &invocation))), "{}", "42");
    assert_eq!(decide(&read(&[file(&twice)]), "twice", "{n: 5}").value, Value::from(10));
}

#[test]
fn a_table_that_declares_no_parameters_takes_the_names_of_its_inputs() {
    let logic = table(
        "",
        &(column("n", "number") + OUTPUT),
        &[(&["< 3"], &["n + 1"]), (&[">= 3"], &["2"])],
    );
    let body =
        |call: &str| knowledge("rate", &logic) + &decision("D", &(knows("rate") + &literal(call)));
    gives(&body("rate(1)"), "{}", "2");
    gives(&body("rate(n: 5)"), "{}", "2");
}

#[test]
fn a_table_in_a_knowledge_model_tells_its_rules_to_the_decision() {
    let logic =
        table("", &(column("n", "number") + OUTPUT), &[(&["< 3"], &["1"]), (&[">= 3"], &["2"])]);
    let body = knowledge("rate", &format!("<formalParameter name='n'/>{logic}"))
        + &decision("D", &(knows("rate") + &literal("rate(5)")));
    let outcome = decided(&body, "D", "{}");
    assert_eq!(outcome.value, Value::from(2));
    assert_eq!(
        (&*outcome.decisions[0].matched[0].table, outcome.decisions[0].matched[0].index),
        ("t", 2)
    );
}

#[test]
fn rules_of_a_knowledge_model_are_told_apart_from_those_of_the_own_table() {
    let called =
        table("", &(column("n", "number") + OUTPUT), &[(&["< 3"], &["1"]), (&[">= 3"], &["2"])])
            .replace("id='t'", "id='called'")
            .replace("id='r", "id='c");
    let own = table("", &(column("rate(5)", "number") + OUTPUT), &[(&["2"], &["10"])]);
    let body = knowledge("rate", &format!("<formalParameter name='n'/>{called}"))
        + &decision("D", &(knows("rate") + &own));
    let outcome = decided(&body, "D", "{}");
    assert_eq!(outcome.value, Value::from(10));
    let made = &outcome.decisions[0];
    let told = |rules: &[MatchedRule]| -> Vec<_> {
        rules.iter().map(|rule| (rule.table.to_string(), rule.index)).collect()
    };
    assert_eq!(told(&made.matched), [("t".to_owned(), 1)]);
    assert_eq!(told(&made.called), [("called".to_owned(), 2)]);
    assert_eq!(&*made.inputs[0].name, "rate(5)");
}

#[test]
fn boxed_functions_remember_their_place_and_call_themselves() {
    let body = "<context><contextEntry><variable name='k'/><literalExpression><text>10</text>\
        </literalExpression></contextEntry><contextEntry><variable name='sum up'/>\
        <functionDefinition><formalParameter name='n'/><literalExpression>\
        <text>if n = 0 then k else n + sum up(n - 1)</text></literalExpression>\
        </functionDefinition></contextEntry><contextEntry><literalExpression>\
        <text>sum up(3)</text></literalExpression></contextEntry></context>";
    gives(&decision("D", body), "{}", "16");
}

#[test]
fn services_are_functions_of_their_inputs() {
    let service = |outputs: &str| {
        format!(
            "<decisionService id='S' name='S'><variable name='S'/>{outputs}\
             <inputData href='#x'/><inputDecision href='#base'/></decisionService>"
        )
    };
    let decisions = input("x", "number")
        + &decision("base", &literal("1000"))
        + &decision("sum", &(needs_input("x") + &needs("base") + &literal("x + base")))
        + &decision("product", &(needs("sum") + &needs("base") + &literal("sum * base")));
    let one = decisions.clone()
        + &service("<outputDecision href='#product'/><encapsulatedDecision href='#sum'/>")
        + &decision("D", &(knows("S") + &literal("S(1, 2)")));
    gives(&one, "{}", "6");
    let named = one.replace("S(1, 2)", "S(base: 1, x: 2)");
    gives(&named, "{}", "3");
    let read_one = read(&[file(&one)]);
    assert_eq!(decide(&read_one, "S", "{x: 1, base: 2}").value, Value::from(6));
    let two = decisions
        + &service("<outputDecision href='#product'/><outputDecision href='#sum'/>")
        + &decision("D", &(knows("S") + &literal("S(1, 2)")));
    gives(&two, "{}", "{product: 6, sum: 3}");
    let found = read_one.find("S").expect("the service");
    assert_eq!(found.kind, InvocableKind::Service);
    let names: Vec<&str> = found.inputs.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["x", "base"]);
}

#[test]
fn types_are_checked_and_converted() {
    let types = "<itemDefinition name='tList' isCollection='true'><typeRef>number</typeRef>\
        </itemDefinition><itemDefinition name='tGrade'><typeRef>string</typeRef><allowedValues>\
        <text>\"A\", \"B\"</text></allowedValues></itemDefinition><itemDefinition name='tPair' \
        isCollection='true'><typeRef>number</typeRef><typeConstraint><text>count(?) = 2</text>\
        </typeConstraint></itemDefinition><itemDefinition name='tStudent'>\
        <itemComponent name='grade'><typeRef>tGrade</typeRef></itemComponent>\
        <itemComponent name='marks' isCollection='true'><typeRef>number</typeRef><allowedValues>\
        <text>[1..6]</text></allowedValues></itemComponent></itemDefinition>";
    let of = |of: &str, text: &str| {
        format!(
            "{types}<decision id='D' name='D'><variable name='D' typeRef='{of}'/>{}</decision>",
            literal(text)
        )
    };
    gives(&of("number", "[3]"), "{}", "3");
    gives(&of("number", "if true then \"a\" else 1"), "{}", "null");
    gives(&of("tList", "3"), "{}", "[3]");
    gives(&of("tList", "[1, 1 + 1]"), "{}", "[1, 2]");
    gives(&of("tList", "[1, string(2)]"), "{}", "null");
    gives(&of("tGrade", "upper case(\"a\")"), "{}", "\"A\"");
    gives(&of("tGrade", "upper case(\"c\")"), "{}", "null");
    gives(&of("tPair", "[1, 1 + 1]"), "{}", "[1, 2]");
    gives(&of("tPair", "[1, 2, 1 + 2]"), "{}", "null");
    gives(&of("tStudent", "{grade: \"A\", marks: [1, 6]}"), "{}", "{grade: \"A\", marks: [1, 6]}");
    gives(&of("tStudent", "{grade: \"A\", marks: [1, 7]}"), "{}", "null");
    gives(&of("dateTime", "date(2026, 1, 31)"), "{}", "@\"2026-01-31T00:00:00Z\"");
    gives(&of("boolean", "{grade: \"A\"} instance of tStudent"), "{}", "false");
    gives(&of("boolean", "[1, 2] instance of tList"), "{}", "true");
}

#[test]
fn data_from_json_gets_the_declared_types() {
    let body = "<itemDefinition name='tOrder'><itemComponent name='due'><typeRef>date</typeRef>\
        </itemComponent></itemDefinition>"
        .to_owned()
        + &input("order", "tOrder")
        + &decision("D", &(needs_input("order") + &literal("order.due + duration(\"P1D\")")));
    let decisions = read(&[file(&body)]);
    let inputs = feel("{order: {due: \"2026-01-31\"}}");
    let typed = decisions.typed("D", inputs.as_context().expect("a context"));
    let typed = Value::from(typed).to_json();
    assert_eq!(typed, "{\"order\":{\"due\":\"2026-01-31\"}}");
    let inputs = feel("{order: {due: \"2026-01-31\"}}");
    let typed = decisions.typed("D", inputs.as_context().expect("a context"));
    let outcome = decisions
        .decide("D", &typed, &dmn_models::env(), &Budget::default())
        .expect("it is decided");
    assert_eq!(outcome.value, feel("date(2026, 2, 1)"));
}

#[test]
fn models_import_each_other() {
    let inner = model(
        "urn:inner",
        &("<itemDefinition name='tName'><typeRef>string</typeRef></itemDefinition>".to_owned()
            + &input("Person name", "tName").replace("id='Person name'", "id='person'")
            + &knowledge(
                "greet",
                &format!("<formalParameter name='n'/>{}", literal("\"Hello, \" + n")),
            )
            + &decision(
                "Greeting",
                &(needs_input("person") + &knows("greet") + &literal("greet(Person name)")),
            )),
    );
    let required = "<informationRequirement><requiredDecision href='urn:inner#Greeting'/>\
        </informationRequirement><informationRequirement><requiredInput href='urn:inner#person'/>\
        </informationRequirement><knowledgeRequirement><requiredKnowledge href='urn:inner#greet'/>\
        </knowledgeRequirement>";
    let outer = |name: &str, text: &str| {
        model(
            "urn:outer",
            &format!(
                "<import name='{name}' namespace='urn:inner' \
                 importType='https://www.omg.org/spec/DMN/20230324/MODEL/'/>\
                 <decision id='D' name='D'><variable name='D' typeRef='{}tName'/>{required}{}\
                 </decision>",
                if name.is_empty() { String::new() } else { format!("{name}.") },
                literal(text)
            ),
        )
    };
    let text = "lib.Greeting + \"; \" + lib.greet(lib.Person name)";
    let decisions = read(&[outer("lib", text), inner.clone()]);
    let expected = feel("\"Hello, Ann; Hello, Ann\"");
    assert_eq!(decide(&decisions, "D", "{lib: {\"Person name\": \"Ann\"}}").value, expected);
    assert_eq!(decide(&decisions, "D", "{\"Person name\": \"Ann\"}").value, expected);
    let text = "Greeting + \"; \" + greet(Person name)";
    let decisions = read(&[outer("", text), inner.clone()]);
    assert_eq!(decide(&decisions, "D", "{\"Person name\": \"Ann\"}").value, expected);
    let refused = Decisions::read(&[outer("lib", "1")]).expect_err("the import is missing");
    assert!(refused[0].iter().any(|it| it.rule == "import-missing"), "{refused:#?}");
}

#[test]
fn a_model_that_is_imported_twice_has_inputs_of_its_own_each_time() {
    let inner = model(
        "urn:a",
        &(input("n", "number") + &decision("twice", &(needs_input("n") + &literal("n * 2")))),
    );
    let middle = |namespace: &str| {
        model(
            namespace,
            "<import name='a' namespace='urn:a' importType=''/>\
             <decision id='M' name='M'><variable name='M'/><informationRequirement>\
             <requiredDecision href='urn:a#twice'/></informationRequirement>\
             <literalExpression><text>a.twice + 1</text></literalExpression></decision>",
        )
    };
    let outer = model(
        "urn:o",
        "<import name='b' namespace='urn:b' importType=''/>\
         <import name='c' namespace='urn:c' importType=''/>\
         <decision id='D' name='D'><variable name='D'/><informationRequirement>\
         <requiredDecision href='urn:b#M'/></informationRequirement><informationRequirement>\
         <requiredDecision href='urn:c#M'/></informationRequirement>\
         <literalExpression><text>[b.M, c.M]</text></literalExpression></decision>",
    );
    let decisions = read(&[outer, middle("urn:b"), middle("urn:c"), inner]);
    let inputs = "{b: {a: {n: 1}}, c: {a: {n: 10}}}";
    assert_eq!(decide(&decisions, "D", inputs).value, feel("[3, 21]"));
}

#[test]
fn unknown_decisions_are_named_with_the_most_similar() {
    let decisions =
        read(&[file(&decision("Risk class", &literal("1")).replace("id='Risk class'", "id='r'"))]);
    let inputs = spartito_core::value::Context::new();
    let refused = decisions.decide("Risk clas", &inputs, &dmn_models::env(), &Budget::default());
    let message = refused.expect_err("there is none").to_string();
    assert_eq!(message, "there is no decision “Risk clas”; did you mean “Risk class”?");
}

#[test]
fn tables_are_shown_as_they_were_written() {
    let body = x_table("hitPolicy='FIRST'", RISKS, &[("< 10", "\"low\""), ("-", "\"high\"")]);
    let view = read(&[file(&body)]).table("D").expect("a table");
    assert_eq!(view.hit_policy.letter(), "F");
    assert_eq!((&*view.inputs[0].text, &*view.inputs[0].type_name), ("x", "number"));
    assert_eq!(&*view.outputs[0].allowed, "\"high\", \"medium\", \"low\"");
    assert_eq!(&*view.rows[1].inputs[0], "-");
}

#[test]
fn a_trace_is_stored_and_read_again() {
    let body = x_table("", OUTPUT, &[("< 10", "1"), (">= 10", "2")]);
    let traces = decided(&body, "D", "{x: 10}").decisions;
    let stored = serde_json::to_string(&traces).expect("it is written");
    let again: Vec<spartito_core::dmn::DecisionTrace> =
        serde_json::from_str(&stored).expect("it is read");
    assert_eq!(again, traces);
}
