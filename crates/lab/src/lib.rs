//! The laboratory: experiments as sets of trials with statistics, the benchmark, and the demo.
//!
//! - [`paper::Experiment`] is a question of the paper, or one that it left open: groups of [`paper::Trial`]s, run by [`paper::run`],
//!   and a [`paper::Summary`] of them. A finished trial is never run again.
//! - [`bench::measure`] says how near the limit of this machine the engine runs.
//! - [`demo::demo`] tells the whole story once.
//!
//! ```
//! use evesdrop_lab::paper::{Experiment, Scale};
//!
//! for experiment in Experiment::ALL {
//!     let trials: usize = experiment.groups(Scale::Quick, None).iter().map(|group| group.trials.len()).sum();
//!     println!("{}: {} ({trials} trials)", experiment.name(), experiment.words());
//! }
//! ```
pub mod bench;
pub mod demo;
pub mod paper;
