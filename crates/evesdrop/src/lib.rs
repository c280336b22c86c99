//! Evesdrop trains learned ciphers and attacks them, or any cipher that you bring.
pub mod attacks;
pub mod bench;
pub mod chart;
pub mod ciphers;
pub mod demo;
pub mod envelope;
mod files;
pub mod games;
pub mod inspect;
pub mod learned;
pub mod model;
mod names;
pub mod networks;
pub mod paper;
pub mod report;
pub mod train;

pub use files::abandon_unfinished_files;
