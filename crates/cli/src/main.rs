//! The command line of Evesdrop.
fn main() {}
