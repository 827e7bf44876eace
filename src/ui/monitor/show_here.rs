//! Brings the place where an instance stands into view, where its drawing is wider than the screen.

use leptos::prelude::*;

/// Room left beside the place, in pixels.
const MARGIN_PX: f64 = 48.0;

/// Scrolls the drawing on the page so far that its first token can be seen; in the browser only.
pub fn show_where_it_stands() {
    Effect::new(move |_| {
        request_animation_frame(|| {
            let token = document().query_selector(".diagram-instance .token").ok().flatten();
            let Some(token) = token else { return };
            let Some(frame) = token.closest(".diagram-scroll").ok().flatten() else { return };
            let beyond = token.get_bounding_client_rect().right() + MARGIN_PX
                - frame.get_bounding_client_rect().right();
            if beyond > 0.0 {
                #[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
                frame.set_scroll_left(frame.scroll_left() + beyond as i32);
            }
        });
    });
}
