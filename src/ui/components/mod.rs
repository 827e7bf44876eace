//! The parts that pages are made of: one file per component, with its styles in `style/`.
//!
//! Never calls the server. Style attributes are never used (the content security policy refuses
//! them): looks are classes, and drawn sizes are attributes of SVG.
//!
//! Keys that work on every list: `j` and `k` move between elements marked `data-row`, Enter opens
//! (rows are links), and a key such as `c` presses the element marked `data-shortcut="c"`, first
//! inside the focused row, then anywhere on the page.

mod badge;
mod button;
mod chart;
#[cfg(test)]
mod contrast;
mod copy;
mod dialog;
mod empty;
mod facts;
mod field;
mod form_fields;
mod header;
mod icon;
mod kept;
mod moment;
mod notice;
mod prose;
mod skeleton;
mod table;
mod tabs;
mod toast;

pub use badge::{Badge, Pill, StateBadge, Tone, VisitBadge, instance_state};
pub use button::{Button, ButtonLink, IconButton, Variant};
pub use chart::{BarCell, Series, Sparkline, SplitBar, TimeChart};
pub use copy::CopyButton;
pub use dialog::{Dialog, DialogButton, DialogClose, close_dialog};
pub use empty::{EmptyState, NothingMatches};
pub use facts::{FactRow, Facts};
pub use field::{
    CheckboxField, Choice, Field, RadioField, SelectField, TextAreaField, TextField, TextKind,
};
pub use form_fields::{FormActions, FormFields};
pub use header::{Crumb, PageHeader, SectionHeader};
pub use icon::{Icon, IconName};
pub use kept::{Kept, kept};
pub use moment::{DurationText, Moment, Telling, use_now};
pub use notice::{Callout, ErrorNotice, ErrorNotices, Refusal, whole_page};
pub use prose::Prose;
pub use skeleton::{SkeletonForm, SkeletonPanel, SkeletonRows};
pub use table::{Column, NextPage, Table};
pub use tabs::{Tab, Tabs};
pub use toast::{Toasts, use_toasts};

pub(crate) use header::{focus_headings, provide_heading_focus};
pub(crate) use moment::provide_page_clock;
pub(crate) use toast::{ToastRegion, provide_toasts};
