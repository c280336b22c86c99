//! Evesdrop trains learned ciphers and attacks them, or any cipher that you bring.
pub mod attacks;
pub mod chart;
pub mod ciphers;
mod files;
pub mod games;
pub mod model;
pub mod networks;
pub mod report;
pub mod train;
