use super::*;

fn rule_of(text: &str) -> (String, String, u32, u32) {
    let refusal = parse(text.as_bytes()).map(|_| ()).expect_err("the text is refused");
    (refusal.rule, refusal.element, refusal.position.line, refusal.position.column)
}

#[test]
fn reads_elements_attributes_and_text_with_positions() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                <a xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">\n\
                é<b id=' x '>1 &lt; 2<![CDATA[ & 3]]></b></a>";
    let tree = parse(text.as_bytes()).expect("well-formed");
    let child = tree.root().children().next().expect("a child");
    assert!(child.is_bpmn("b"));
    assert_eq!(child.position(), Position { line: 3, column: 2 });
    assert_eq!(child.id(), Some("x"));
    assert_eq!(child.text(), "1 < 2 & 3");
}

#[test]
fn refuses_what_is_not_well_formed() {
    for text in [
        "",
        "hello",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "<a x='1' x='2'/>",
        "<a x=1/>",
        "<a x='<'/>",
        "<a>&nbsp;</a>",
        "<a>&#0;</a>",
        "<a>& </a>",
        "<a:b/>",
        "<1/>",
        "<a b:c='1'/>",
        "<?xml version='1.1'?><a/>",
        " <?xml version='1.0'?><a/>",
        "<?xml version='1.0' encoding='UTF-7'?><a/>",
        "<a xmlns:xml='x'/>",
    ] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn names_the_innermost_element_with_an_id() {
    let (rule, element, line, column) = rule_of("<a id='outer'>\n <b id='inner'>&boom;</b></a>");
    assert_eq!((rule.as_str(), element.as_str()), ("xml-entity", "inner"));
    assert_eq!((line, column), (2, 16));
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let tree = parse("\u{feff}<a/>".as_bytes()).expect("well-formed");
    assert_eq!(tree.root().position(), Position { line: 1, column: 1 });
}

#[test]
fn a_second_byte_order_mark_is_refused() {
    for text in ["\u{feff}\u{feff}<a/>", "\u{feff}\u{feff}<<o<conditional>"] {
        assert_eq!(rule_of(text).0, "xml-encoding");
    }
}

#[test]
fn prefixes_go_out_of_scope() {
    assert!(parse(b"<a><b xmlns:p='u'><p:c/></b><p:d/></a>").is_err());
}

#[test]
fn writes_what_it_read() {
    let text = "<?xml version=\"1.0\"?>\n<!-- head --><?style x?>\n<p:a xmlns:p=\"u\" x=\"1\" \
                xmlns=\"v\" p:y=\"&lt;&amp;&quot;&#10;'>\"> one &amp; <b/><!-- - -->\
                <c>t<![CDATA[<&]]>&#x20AC;</c>\n <d> </d></p:a>\n<!-- tail -->\n";
    let tree = parse(text.as_bytes()).expect("well-formed");
    assert_eq!(tree.to_string(), text);
    let loose = "<a\n  y = '\"' ></a >";
    let tree = parse(loose.as_bytes()).expect("well-formed");
    assert_eq!(tree.to_string(), "<a y=\"&quot;\"/>");
}

#[test]
fn finds_the_place_of_a_character_in_a_text() {
    let text = "<a>\n<b>\n  x &lt; &#65;\n y</b></a>";
    let tree = parse(text.as_bytes()).expect("well-formed");
    let child = tree.root().children().next().expect("a child");
    assert_eq!(child.text(), "x < A\n y");
    assert_eq!(child.position_in_text(2), Position { line: 3, column: 5 });
    assert_eq!(child.position_in_text(4), Position { line: 3, column: 10 });
    assert_eq!(child.position_in_text(7), Position { line: 4, column: 2 });
}

#[test]
fn prefixes_are_looked_up_where_they_stand() {
    let text = "<a xmlns='u' xmlns:p='v'><b xmlns:p='w'><c/></b></a>";
    let tree = parse(text.as_bytes()).expect("well-formed");
    let inner = tree.root().children().next().and_then(|b| b.children().next()).expect("c");
    assert_eq!(inner.namespace_of_prefix("p"), Some("w"));
    assert_eq!(inner.namespace_of_prefix(""), Some("u"));
    assert_eq!(inner.namespace_of_prefix("q"), None);
}
