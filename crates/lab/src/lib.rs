//! The experiments of the paper, the benchmark and the demo.
pub mod bench;
pub mod demo;
pub mod paper;
