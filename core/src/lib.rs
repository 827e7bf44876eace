//! The embedded orchestration core of Spartito.
