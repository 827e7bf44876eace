//! The log: one line per event on standard error, in which nothing that came from outside can
//! begin a line of its own or move the cursor of a terminal.
//!
//! Never logs bodies, passwords, session ids or process data.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Starts logging. Called once per process; a second call (as tests do) has no effect.
///
/// # Errors
/// The filter is not understood; the message says where.
pub fn start(filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("the log filter: {error}"))?;
    // Refused only where another subscriber is in place, which then does the logging.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(EscapedStderr)
        .try_init();
    Ok(())
}

/// The same beside `further`, which has a filter of its own.
///
/// # Errors
/// As [`start`].
pub fn start_beside(
    filter: &str,
    further: Box<dyn Layer<Registry> + Send + Sync>,
) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("the log filter: {error}"))?;
    let log = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(EscapedStderr);
    let _ = tracing_subscriber::registry().with(further).with(log.with_filter(filter)).try_init();
    Ok(())
}

/// Standard error, with control characters escaped.
struct EscapedStderr;

impl<'a> MakeWriter<'a> for EscapedStderr {
    type Writer = Escaped<io::Stderr>;

    fn make_writer(&'a self) -> Self::Writer {
        Escaped(io::stderr())
    }
}

/// Writes each event, which arrives in one piece, as exactly one line.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(escape_line(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// `event` as one line: control characters, and those that reorder or break lines on screen,
/// are written as `\u{…}`.
fn escape_line(event: &str) -> String {
    let body = event.strip_suffix('\n').unwrap_or(event);
    let mut line = String::with_capacity(body.len() + 1);
    for character in body.chars() {
        let harmful = character.is_control()
            || matches!(
                character,
                '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            );
        if harmful {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_87_a_newline_or_an_escape_sequence_stays_within_its_line() {
        let line = escape_line("sign-in of a\nINFO root signed in\x1b[2J\r\u{202e}\n");
        assert_eq!(line, "sign-in of a\\nINFO root signed in\\u{1b}[2J\\r\\u{202e}\n");
    }

    #[test]
    fn ordinary_text_is_left_as_it_is() {
        assert_eq!(escape_line("Größe: 24 000 € – ok\n"), "Größe: 24 000 € – ok\n");
    }
}
