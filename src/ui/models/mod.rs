//! For those who own processes: what is deployed, how it goes, starting and deploying.

mod calls;
mod deploy_page;
mod findings;
mod kept;
mod paused;
mod process_page;
mod processes_page;
mod start_page;

pub(crate) use calls::SetRetention;
pub use calls::{process_detail, processes};
pub use deploy_page::DeployPage;
pub use kept::KeptFor;
pub use process_page::ProcessPage;
pub use processes_page::ProcessesPage;
pub use start_page::StartPage;
