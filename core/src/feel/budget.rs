//! Bounds of an evaluation: steps, depth and bytes.
//!
//! Never counts time: the same expression on the same data ends in the same way everywhere.

use std::fmt;

/// Steps of an evaluation by default: well under a second of work.
pub const STEPS_MAX_DEFAULT: u64 = 5_000_000;
/// Levels of an evaluation by default; fits a stack of 1 MiB in every build.
pub const DEPTH_MAX_DEFAULT: u32 = 400;
/// Bytes that an evaluation may build by default.
pub const BYTES_MAX_DEFAULT: usize = 32 * 1024 * 1024;

/// How much an evaluation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The most operations.
    pub steps_max: u64,
    /// The most levels of operations and function calls inside each other; a call counts its body.
    /// More than [`DEPTH_MAX_DEFAULT`] needs a larger stack.
    pub depth_max: u32,
    /// The most bytes of texts, lists and contexts built on the way.
    pub bytes_max: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps_max: STEPS_MAX_DEFAULT,
            depth_max: DEPTH_MAX_DEFAULT,
            bytes_max: BYTES_MAX_DEFAULT,
        }
    }
}

/// Which bound of a [`Budget`] was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetLimit {
    /// [`Budget::steps_max`].
    Steps,
    /// [`Budget::depth_max`].
    Depth,
    /// [`Budget::bytes_max`].
    Bytes,
}

impl fmt::Display for BudgetLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "steps",
            Self::Depth => "levels",
            Self::Bytes => "bytes",
        })
    }
}
