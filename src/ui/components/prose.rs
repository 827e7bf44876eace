//! Words that somebody wrote into a model: the plain parts of Markdown, never HTML.

use leptos::prelude::*;

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    Heading(String),
    Paragraph(String),
    List(Vec<String>),
}

/// Breaks a text into headings (`#`), lists (`-` or `*`) and paragraphs (empty lines between).
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            open = false;
            continue;
        }
        if let Some(heading) = line.strip_prefix('#') {
            blocks.push(Block::Heading(heading.trim_start_matches('#').trim().to_owned()));
            open = false;
        } else if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            match blocks.last_mut() {
                Some(Block::List(items)) => items.push(item.to_owned()),
                _ => blocks.push(Block::List(vec![item.to_owned()])),
            }
            open = false;
        } else {
            match blocks.last_mut() {
                Some(Block::Paragraph(paragraph)) if open => {
                    paragraph.push(' ');
                    paragraph.push_str(line);
                }
                _ => blocks.push(Block::Paragraph(line.to_owned())),
            }
            open = true;
        }
    }
    blocks
}

/// A line with its `**strong**` parts.
fn inline(line: &str) -> impl IntoView + use<> {
    line.split("**")
        .enumerate()
        .map(|(index, part)| {
            let part = part.to_owned();
            if index % 2 == 1 {
                view! { <strong>{part}</strong> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect_view()
}

/// A text as its author wrote it.
#[component]
pub fn Prose(
    /// The text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let parts = blocks(&text)
        .into_iter()
        .map(|block| match block {
            Block::Heading(heading) => view! { <h3>{heading}</h3> }.into_any(),
            Block::Paragraph(paragraph) => view! { <p>{inline(&paragraph)}</p> }.into_any(),
            Block::List(items) => {
                let items =
                    items.iter().map(|item| view! { <li>{inline(item)}</li> }).collect_view();
                view! { <ul>{items}</ul> }.into_any()
            }
        })
        .collect_view();
    view! { <div class="prose">{parts}</div> }
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks};

    #[test]
    fn the_plain_parts_of_markdown_are_understood() {
        let read = blocks("## Offer\nTwo lines\nof one paragraph\n\n- one\n* two\n<b>no html</b>");
        assert_eq!(
            read,
            [
                Block::Heading("Offer".to_owned()),
                Block::Paragraph("Two lines of one paragraph".to_owned()),
                Block::List(vec!["one".to_owned(), "two".to_owned()]),
                Block::Paragraph("<b>no html</b>".to_owned()),
            ]
        );
    }
}
