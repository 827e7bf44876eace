//! Dialogs that need no scripts: the browser's own popovers, with backdrop, Escape and focus.

use leptos::prelude::*;

use super::{Icon, IconName, Variant};

/// A button that opens the [`Dialog`] with this id.
#[component]
pub fn DialogButton(
    /// Id of the dialog.
    #[prop(into)]
    dialog: String,
    /// How much it asks for attention.
    #[prop(optional)]
    variant: Variant,
    /// An icon before the words.
    #[prop(optional)]
    icon: Option<IconName>,
    /// Lower and narrower, for rows and tool bars.
    #[prop(optional)]
    small: bool,
    /// The words: a verb.
    children: Children,
) -> impl IntoView {
    view! {
        <button class=variant.class(small) type="button" popovertarget=dialog aria-haspopup="dialog">
            {icon.map(|name| view! { <Icon name/> })}
            <span class="button-words">{children()}</span>
        </button>
    }
}

/// A dialog, opened by a [`DialogButton`], closed by Escape, its ✕, or a click beside it.
///
/// A field inside takes the focus when it carries `autofocus`.
#[component]
pub fn Dialog(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Its heading: what is asked or shown.
    #[prop(into)]
    title: String,
    /// What it holds, with its buttons in a `<div class="dialog-actions">`.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <div class="dialog" id=id.clone() popover="auto" role="dialog" aria-labelledby=heading.clone()>
            <div class="dialog-head">
                <h2 id=heading.clone()>{title}</h2>
                <button
                    class="icon-button"
                    type="button"
                    popovertarget=id.clone()
                    popovertargetaction="hide"
                    aria-label="Close"
                    title="Close"
                >
                    <Icon name=IconName::Close size=18/>
                </button>
            </div>
            {children()}
        </div>
    }
}

/// Closes the dialog with this id, such as after its form was accepted; only ever in the browser.
pub fn close_dialog(id: &str) {
    use wasm_bindgen::{JsCast as _, JsValue};

    let Some(dialog) = document().get_element_by_id(id) else { return };
    let hide = js_sys::Reflect::get(&dialog, &JsValue::from_str("hidePopover"));
    if let Some(hide) = hide.ok().and_then(|hide| hide.dyn_into::<js_sys::Function>().ok()) {
        // A dialog that is closed already refuses: just as well.
        let _ = hide.call0(&dialog);
    }
}

/// A button that closes the dialog with this id and does nothing else.
#[component]
pub fn DialogClose(
    /// Id of the dialog.
    #[prop(into)]
    dialog: String,
    /// The words, such as “Keep it”.
    children: Children,
) -> impl IntoView {
    view! {
        <button class="button" type="button" popovertarget=dialog popovertargetaction="hide">
            {children()}
        </button>
    }
}
