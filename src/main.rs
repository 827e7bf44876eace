//! Command line of Spartito.
fn main() {}
