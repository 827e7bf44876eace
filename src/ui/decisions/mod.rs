//! Decisions: how they read, trying them out, and how they are used.

mod calls;
