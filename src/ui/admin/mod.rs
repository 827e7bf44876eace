//! For those who run the house: the people in it.

mod calls;
mod people_page;

pub use people_page::PeoplePage;
