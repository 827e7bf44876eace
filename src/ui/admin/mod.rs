//! For those who run the house: the people in it, and the server itself.

mod calls;
mod people_page;
mod upkeep_page;

pub use people_page::PeoplePage;
pub use upkeep_page::UpkeepPage;
