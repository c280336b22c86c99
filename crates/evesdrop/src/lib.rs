//! Evesdrop trains learned ciphers and attacks them, or any other cipher.
//!
//! Learned ciphers protect nothing. They are here to be studied and broken, and so is every home-made cipher.
//!
//! # Start here
//!
//! | to | start with |
//! | --- | --- |
//! | train a cipher | [`train()`], or [`train::Training`] round by round |
//! | use a trained cipher | [`model::Model::load`], then [`ciphers::Learned`] on arrays or [`envelope::Envelope`] on files |
//! | attack your own cipher | implement [`ciphers::Cipher`], then [`attack()`] |
//! | attack a program or recorded messages | [`ciphers::Target::parse`], then [`report()`] |
//! | analyse what was learned | [`inspect::Inspection`] |
//! | repeat the paper | [`paper::Experiment`] |
//! | define a game of your own | [`engine::Recorder`] |
//!
//! ```no_run
//! use evesdrop::ciphers::{Blocks, Cipher, Learned, Stream};
//! use evesdrop::model::Model;
//! use evesdrop::train::Settings;
//!
//! let summary = evesdrop::train("run", &Settings::default())?; // seconds
//! println!("{}", summary.diagnosis);
//! let cipher = Learned::new("run", Model::load("run".as_ref())?)?;
//! let keys = cipher.random_keys(&mut Stream::new(1, "keys"), 2);
//! let plaintexts = Blocks::from_values(16, [0x4576, 0x6521]);
//! let ciphertexts = cipher.encrypt(&keys, &plaintexts, 0)?;
//! println!("{}", evesdrop::attack(cipher)?.verdict.words()); // BROKEN
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Crates
//!
//! This crate re-exports others, which can be used alone: `evesdrop-engine` (programs over tiles of examples), `evesdrop-learn`
//! (networks, games, training), `evesdrop-attack` (ciphers, attacks, reports: enough to test a cipher in your own `cargo
//! test`), `evesdrop-lab` (the paper's experiments, the benchmark), `evesdrop-chart` (SVG).
pub use evesdrop_attack::{Options, attack, attacks, battery, ciphers, report, statistics};
pub use evesdrop_chart as chart;
pub use evesdrop_engine as engine;
pub use evesdrop_engine::{Engine, Level};
pub use evesdrop_files::abandon_unfinished_files;
pub use evesdrop_formats as formats;
pub use evesdrop_lab::{bench, demo, paper, sweep};
pub use evesdrop_learn::{envelope, games, inspect, learned, model, names, networks, run, train};
