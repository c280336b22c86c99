//! Sweeps: trainings over a grid of settings, over settings drawn at random, and over seeds.
//!
//! A [`Sweep`] is read from a TOML file ([`Sweep::parse`]); it is a list of groups, one for each combination of values, and each group
//! has a trial for each seed. Trials run, resume and are divided as those of an experiment are ([`crate::paper::run`]), and
//! [`Results`] are what is done of them.
//!
//! ```
//! use evesdrop_lab::sweep::Sweep;
//!
//! let sweep = Sweep::parse("seeds = 3\n[settings]\nbits = 8\n[grid]\nkey-bits = [4, 8]\n", &[])?;
//! assert_eq!(sweep.groups().len(), 2);
//! assert_eq!(sweep.groups()[1].label, "key-bits=8");
//! assert_eq!(sweep.trials().count(), 6);
//!
//! let error = Sweep::parse("seeds = 3\n[grid]\nkey-bitz = [4]\n", &[]).unwrap_err().to_string();
//! assert!(error.starts_with("line 3: unknown field `key-bitz`"), "{error}");
//! # Ok::<(), evesdrop_lab::sweep::SweepError>(())
//! ```

mod results;
mod spec;
mod statistics;
mod text;
mod values;

pub use results::{Outline, Results};
pub use spec::{Sweep, SweepError};
pub use statistics::wilson;
