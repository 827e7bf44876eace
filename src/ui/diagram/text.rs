//! Labels of a drawing: broken into lines that fit, without measuring in the browser.

/// Height of a line in the model's pixels.
pub(super) const LINE_HEIGHT: f64 = 15.0;

/// Breaks `label` into at most `lines_max` lines of about `width` pixels; what does not fit ends
/// with an ellipsis.
pub(super) fn wrap(label: &str, width: f64, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in label.split_whitespace() {
        for piece in pieces(word, width) {
            let joined = if line.is_empty() { piece.clone() } else { format!("{line} {piece}") };
            if line.is_empty() || text_width(&joined) <= width {
                line = joined;
            } else {
                lines.push(std::mem::replace(&mut line, piece));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > lines_max {
        lines.truncate(lines_max.max(1));
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && text_width(last) + text_width("…") > width {
                last.pop();
            }
            last.push('…');
        }
    }
    lines
}

/// A word, cut where it is longer than a line.
fn pieces(word: &str, width: f64) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for character in word.chars() {
        piece.push(character);
        if text_width(&piece) > width && piece.chars().count() > 1 {
            piece.pop();
            pieces.push(std::mem::take(&mut piece));
            piece.push(character);
        }
    }
    pieces.push(piece);
    pieces
}

/// About how wide a text is at 12 pixels.
pub(super) fn text_width(text: &str) -> f64 {
    text.chars()
        .map(|character| match character {
            'i' | 'l' | 'j' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 3.2,
            't' | 'f' | 'r' | ' ' | '(' | ')' | '-' | '/' => 4.3,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 10.2,
            'A'..='Z' => 8.2,
            '0'..='9' => 7.4,
            '\u{2E80}'.. => 12.0,
            _ => 6.8,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn breaks_at_words_and_cuts_what_does_not_fit() {
        assert_eq!(wrap("Check documents", 88.0, 3), ["Check", "documents"]);
        assert_eq!(wrap("Decide", 88.0, 3), ["Decide"]);
        let long = wrap("Donaudampfschifffahrtsgesellschaft on the river Danube", 88.0, 2);
        assert_eq!(long.len(), 2);
        assert!(long[1].ends_with('…'), "{long:?}");
        assert!(wrap("", 88.0, 3).is_empty());
    }
}
