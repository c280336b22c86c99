//! Black-box tests of the program: arguments in; files, lines and exit codes out.

mod bench;
mod damage;
mod determinism;
mod envelope;
mod export;
mod games;
mod hashes;
mod inspect;
mod paper;
mod refusals;
mod resume;
mod shell;
mod streams;
mod support;
mod sweep;
mod training;
