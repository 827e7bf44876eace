//! Patterns of text fields: regular expressions in linear time, and none where they are left out.
//!
//! The browser may be built without them; the server, which decides, is not.

/// Size of a compiled pattern in bytes, so that a form cannot hold on to much memory.
#[cfg(feature = "regex")]
const COMPILED_BYTES_MAX: usize = 256 * 1024;

#[cfg(feature = "regex")]
fn compile(pattern: &str) -> Option<regex::Regex> {
    regex::RegexBuilder::new(pattern)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .build()
        .ok()
}

/// Whether `pattern` can be checked in linear time.
#[cfg(feature = "regex")]
pub(super) fn is_supported(pattern: &str) -> bool {
    compile(pattern).is_some()
}

/// Whether `pattern` matches somewhere in `text`.
#[cfg(feature = "regex")]
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    compile(pattern).is_none_or(|pattern| pattern.is_match(text))
}

/// Whether `pattern` can be checked: left to the server here.
#[cfg(not(feature = "regex"))]
pub(super) fn is_supported(_pattern: &str) -> bool {
    true
}

/// Whether `pattern` matches somewhere in `text`: left to the server here.
#[cfg(not(feature = "regex"))]
pub(super) fn matches(_pattern: &str, _text: &str) -> bool {
    true
}
