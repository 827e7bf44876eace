//! Decisions: how they read, trying them out, and how they are used.

mod answers;
mod calls;
mod decision_page;
mod evaluate;
mod findings;
mod list_page;
mod made;
mod outcome;
mod rules;
mod try_it;
mod trying;
mod uses;
mod words;

pub use decision_page::DecisionPage;
pub use list_page::DecisionsPage;
pub use made::MadeDecisions;
