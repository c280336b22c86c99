//! Games: who sees what, and what each of them minimises.

mod symmetric;

pub use symmetric::{EveTerm, Symmetric};
