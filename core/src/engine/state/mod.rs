//! The state of one instance: events folded by `apply`, which cannot fail.
