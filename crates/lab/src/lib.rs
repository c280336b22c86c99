//! The laboratory: experiments as sets of trials with statistics, the benchmark, and the demo.
//!
//! - [`paper::Experiment`] is an experiment of the paper or a further one: groups of [`paper::Trial`]s, run by [`paper::run`]
//!   and presented by a [`paper::Summary`]. A finished trial is never run again.
//! - [`sweep::Sweep`] is a set of trials over settings and seeds that a file lists.
//! - [`bench::measure`] measures how close the engine comes to the machine's limit.
//! - [`demo::demo`] trains a cipher, uses it and breaks it.
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
pub mod sweep;
