//! The house rules that a compiler does not check: who may import whom, where gates stand, which
//! crates are named where, and how long a file may be. Fails with the offending line.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Most lines of a file.
const FILE_LINES_MAX: usize = 600;

/// What each module of the app may import: modules of the app, then modules of the core.
const APP: &[(&str, &[&str], &[&str])] = &[
    ("main", &["commands", "server", "sandbox", "runtime"], &["*"]),
    ("commands", &["runtime"], &["*"]),
    ("lib", &["app", "ui"], &[]),
    (
        "server",
        &["api", "app", "operations", "auth", "runtime", "connectors", "store", "wire"],
        &["ids", "time"],
    ),
    ("app", &["ui", "wire"], &[]),
    ("api", &["operations", "auth", "wire"], &["ids", "time", "value", "forms", "bpmn"]),
    (
        "ui",
        &["wire", "operations", "auth"],
        &["bpmn", "diagnostic", "feel", "dmn", "forms", "value", "time", "ids"],
    ),
    ("operations", &["auth", "runtime", "store", "wire"], &["*"]),
    ("auth", &["store", "wire"], &["ids", "time"]),
    ("runtime", &["store", "connectors"], &["*"]),
    ("store", &[], &["*"]),
    ("otlp", &[], &[]),
    ("connectors", &[], &["value", "time", "ids", "feel"]),
    ("sandbox", &[], &["value", "time", "ids"]),
    (
        "wire",
        &[],
        &[
            "ids",
            "time",
            "value",
            "forms",
            "dmn",
            "diagnostic",
            "bpmn::diagram",
            "bpmn::diagnostic",
        ],
    ),
];

/// What each module of the core may import.
const CORE: &[(&str, &[&str])] = &[
    ("lib", &[]),
    ("ids", &[]),
    ("time", &[]),
    ("value", &["time", "ids"]),
    ("diagnostic", &[]),
    ("xml", &["diagnostic"]),
    ("feel", &["value", "time", "ids"]),
    ("dmn", &["xml", "diagnostic", "feel", "value", "time", "ids"]),
    ("bpmn", &["xml", "diagnostic", "feel", "value", "time", "ids"]),
    ("forms", &["feel", "bpmn", "value", "time", "ids"]),
    ("engine", &["bpmn", "diagnostic", "feel", "dmn", "value", "time", "ids"]),
    ("exchange", &["engine", "bpmn", "feel", "dmn", "value", "time", "ids"]),
    ("play", &["exchange", "engine", "bpmn", "feel", "dmn", "forms", "value", "time", "ids"]),
    ("insight", &["feel", "bpmn", "value", "time", "ids"]),
    ("language", &["feel", "bpmn", "value", "time", "ids"]),
];

/// Crates that only some modules of the app may name.
const CRATES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("rusqlite", &["store"]),
    ("axum", &["api", "server", "sandbox", "main"]),
];

/// The only files with conditional compilation by feature.
const GATED: &[&str] = &["src/lib.rs", "src/main.rs", "src/ui/response.rs"];

#[test]
fn modules_of_the_app_import_only_what_the_table_allows() {
    let mut findings = Findings::default();
    for file in Source::below("src") {
        let module = file.module();
        let Some((_, app, core)) = APP.iter().find(|(name, ..)| *name == module) else {
            findings.add(&file, 1, &format!("the module `{module}` is not in the table"));
            continue;
        };
        for (line, path) in file.paths("crate") {
            let first = first_of(&path);
            if first != module && !first.is_empty() && !allows(app, &path) && is_module(&first) {
                findings.add(&file, line, &format!("`{module}` may not import `{path}`"));
            }
        }
        for (line, path) in file.paths("spartito_core") {
            if !allows(core, &path) {
                findings.add(
                    &file,
                    line,
                    &format!("`{module}` may not import `{path}` of the core"),
                );
            }
        }
    }
    findings.report();
}

#[test]
fn modules_of_the_core_import_only_what_the_table_allows() {
    let mut findings = Findings::default();
    for file in Source::below("core/src") {
        let module = file.module();
        let Some((_, allowed)) = CORE.iter().find(|(name, _)| *name == module) else {
            findings.add(&file, 1, &format!("the module `{module}` is not in the table"));
            continue;
        };
        for (line, path) in file.paths("crate") {
            let first = first_of(&path);
            let known = CORE.iter().any(|(name, _)| *name == first);
            if known && first != module && !allows(allowed, &path) {
                findings.add(&file, line, &format!("`{module}` may not import `{path}`"));
            }
        }
    }
    findings.report();
}

#[test]
fn the_ui_reaches_operations_in_calls_and_nowhere_else() {
    let mut findings = Findings::default();
    for file in Source::below("src/ui") {
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned());
        if matches!(name.as_deref(), Some("calls.rs" | "response.rs")) {
            continue;
        }
        for (line, path) in file.paths("crate") {
            if matches!(first_of(&path).as_str(), "operations" | "auth") {
                findings.add(&file, line, "only calls.rs and response.rs reach the server's side");
            }
        }
    }
    findings.report();
}

#[test]
fn crates_are_named_only_where_they_belong() {
    let mut findings = Findings::default();
    for file in Source::below("src") {
        let module = file.module();
        for (krate, modules) in CRATES {
            for (line, text) in file.lines() {
                let named = words(text).any(|word| word == *krate);
                let excepted = *krate == "axum" && file.path.ends_with("src/ui/response.rs");
                if named && !excepted && !modules.contains(&module.as_str()) {
                    findings.add(&file, line, &format!("`{module}` may not name `{krate}`"));
                }
            }
        }
    }
    findings.report();
}

#[test]
fn gates_stand_in_three_files() {
    let mut findings = Findings::default();
    for file in Source::below("src") {
        if GATED.iter().any(|gated| file.path.ends_with(gated)) {
            continue;
        }
        for (line, text) in file.lines() {
            let gate = words(text).any(|word| word.starts_with("cfg"))
                && words(text).any(|word| word == "feature" || word == "target_arch");
            if gate {
                findings.add(&file, line, &format!("gates stand only in {}", GATED.join(", ")));
            }
        }
    }
    findings.report();
}

#[test]
fn nothing_is_imported_by_a_glob_but_the_prelude_of_leptos() {
    let mut findings = Findings::default();
    for file in Source::below("src").chain(Source::below("core/src")) {
        for (line, text) in file.lines() {
            let glob = text.contains("::*;") || text.contains("::*,") || text.contains("::*}");
            if glob && !text.contains("leptos::prelude::*") && !text.contains("super::*;") {
                findings.add(&file, line, "name what is imported");
            }
        }
    }
    findings.report();
}

#[test]
fn no_file_is_longer_than_the_bound() {
    let mut findings = Findings::default();
    for folder in ["src", "core/src", "tests", "core/tests", "benches"] {
        for file in Source::below(folder) {
            let lines = file.text.lines().count();
            if lines > FILE_LINES_MAX {
                findings.add(&file, lines, &format!("at most {FILE_LINES_MAX} lines"));
            }
        }
    }
    findings.report();
}

#[test]
fn a_path_is_found_in_every_way_of_writing_it() {
    let text =
        "use crate::{a::B, c::{self, d}};\nlet x = crate::e::f();\n// crate::g\n\"crate::h\"";
    let file = Source::new(PathBuf::from("src/x/y.rs"), text.to_owned());
    let found: Vec<String> = file.paths("crate").into_iter().map(|(_, path)| path).collect();
    assert_eq!(found, ["a::B", "c", "c::d", "e::f"]);
}

/// Modules of the app, to tell them from macros and items of `lib.rs`.
fn is_module(name: &str) -> bool {
    APP.iter().any(|(module, ..)| *module == name)
}

fn allows(allowed: &[&str], path: &str) -> bool {
    allowed.iter().any(|prefix| {
        *prefix == "*"
            || path == *prefix
            || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
    })
}

fn first_of(path: &str) -> String {
    path.split("::").next().unwrap_or_default().to_owned()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
}

/// What was found, to be reported all at once.
#[derive(Default)]
struct Findings(String);

impl Findings {
    fn add(&mut self, file: &Source, line: usize, message: &str) {
        let text = file.text.lines().nth(line - 1).unwrap_or_default().trim();
        writeln!(self.0, "{}:{line}: {message}\n    {text}", file.path.display())
            .expect("writing to a string");
    }

    fn report(self) {
        assert!(self.0.is_empty(), "\n{}", self.0);
    }
}

/// A source file, as it stands and with comments and texts blanked out.
struct Source {
    path: PathBuf,
    text: String,
    code: String,
}

impl Source {
    fn new(path: PathBuf, text: String) -> Self {
        let code = blank(&text);
        Self { path, text, code }
    }

    /// All Rust files below `folder`, in order of their paths.
    fn below(folder: &str) -> impl Iterator<Item = Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut open = vec![root.join(folder)];
        let mut files = BTreeSet::new();
        while let Some(folder) = open.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                let path = entry.expect("a readable folder").path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|kind| kind == "rs") {
                    files.insert(path);
                }
            }
        }
        files.into_iter().map(move |path| {
            let text = fs::read_to_string(&path).expect("a readable file");
            let path = path.strip_prefix(root).expect("below the root").to_owned();
            Self::new(path, text)
        })
    }

    /// The module right below the root of the crate.
    fn module(&self) -> String {
        let parts: Vec<String> =
            self.path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let after = parts.iter().position(|part| part == "src").map_or(0, |at| at + 1);
        parts.get(after).map(|part| part.trim_end_matches(".rs").to_owned()).unwrap_or_default()
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Paths that begin with `root::`, with the line they stand on and without that root.
    fn paths(&self, root: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let start = format!("{root}::");
        for (at, _) in self.code.match_indices(&start) {
            let inner = self.code[..at]
                .chars()
                .next_back()
                .is_some_and(|before| before.is_alphanumeric() || "_:$".contains(before));
            if !inner {
                let line = self.code[..at].matches('\n').count() + 1;
                let mut paths = Vec::new();
                tree(&self.code[at + start.len()..], "", &mut paths);
                found.extend(paths.into_iter().map(|path| (line, path)));
            }
        }
        found
    }
}

/// Reads one use tree, `a::{b, c::d}` or `a::b`, and gives back how many bytes it took.
fn tree(text: &str, prefix: &str, paths: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with('{') {
            return at + group(rest, &path, paths);
        }
        let word: &str =
            &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())];
        if !word.is_empty() && word != "self" {
            if !path.is_empty() {
                path.push_str("::");
            }
            path.push_str(word);
        }
        at += word.len();
        if text[at..].starts_with("::") && !word.is_empty() {
            at += 2;
        } else {
            paths.push(path);
            return at;
        }
    }
}

/// Reads `{…}` of a use tree, and gives back how many bytes it took.
fn group(text: &str, prefix: &str, paths: &mut Vec<String>) -> usize {
    let mut at = 1;
    while at < text.len() {
        let next = text[at..].chars().next().expect("within the text");
        if next == '}' {
            return at + 1;
        }
        if next.is_alphanumeric() || next == '_' {
            at += tree(&text[at..], prefix, paths);
        } else {
            at += next.len_utf8();
        }
    }
    at
}

/// The text with comments, strings and characters blanked out, line by line as before.
fn blank(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = skipped(&characters, at);
        if end > at {
            code.extend(characters[at..end].iter().filter(|character| **character == '\n'));
            code.push(' ');
            at = end;
        } else {
            code.push(characters[at]);
            at += 1;
        }
    }
    code
}

/// Where the comment, string or character that begins at `at` ends; `at` where none begins.
fn skipped(text: &[char], at: usize) -> usize {
    let rest = &text[at..];
    let find = |from: usize, wanted: &[char]| {
        rest[from..]
            .windows(wanted.len())
            .position(|window| window == wanted)
            .map_or(text.len(), |found| at + from + found + wanted.len())
    };
    match rest {
        ['/', '/', ..] => find(2, &['\n']) - 1,
        ['/', '*', ..] => find(2, &['*', '/']),
        ['r', '#', '"', ..] => find(3, &['"', '#']),
        ['"', ..] => quoted(text, at, '"'),
        ['\'', '\\', ..] => quoted(text, at, '\''),
        ['\'', _, '\'', ..] => at + 3,
        _ => at,
    }
}

fn quoted(text: &[char], at: usize, quote: char) -> usize {
    let mut end = at + 1;
    while end < text.len() && text[end] != quote {
        end += if text[end] == '\\' { 2 } else { 1 };
    }
    (end + 1).min(text.len())
}
