//! For those who improve a process: where work waits, how long it takes, how often it fails.

mod calls;
mod dashboard_page;
mod sentence;
mod tiles;

pub use dashboard_page::DashboardPage;
