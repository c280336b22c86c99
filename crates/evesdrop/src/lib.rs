//! Evesdrop trains learned ciphers and attacks them, or any cipher that you bring.
pub mod attacks;
pub mod chart;
pub mod ciphers;
pub mod report;
