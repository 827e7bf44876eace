//! For those who watch and repair: the list of instances and the page of each.

mod awaits;
mod batch_page;
mod calls;
mod filters;
mod history;
mod incidents;
mod incidents_page;
mod instance_actions;
mod instance_page;
mod instances_page;
mod pause;
mod rows;
mod show_here;
mod timeline;
mod timeline_scale;

pub use batch_page::BatchPage;
pub use filters::{FilterBar, FilterChips, StateTabs};
pub use history::History;
pub use incidents_page::IncidentsPage;
pub use instance_page::InstancePage;
pub use instances_page::InstancesPage;
pub use pause::{PauseDialog, PauseWords, PausedNote, ResumeDialog};
pub use rows::{InstanceRows, filter_of};
pub use show_here::show_where_it_stands;
