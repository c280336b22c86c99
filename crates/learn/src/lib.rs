//! Adversarial neural cryptography: the networks Alice and Bob learn to encrypt with a shared key while Eve learns to break the
//! cipher.
//!
//! After M. Abadi and D. G. Andersen, "Learning to Protect Communications with Adversarial Neural Cryptography" (arXiv
//! 1610.06918), and later work. Learned ciphers protect nothing: they are here to be studied and broken.
//!
//! - [`games`]: what each player sees and minimises. [`games::Rules`] specify a game; [`networks`] are the players' networks.
//! - [`train::Settings`] are checked into a [`train::Config`]. A [`train::Training`] trains round by round and uses no files.
//! - [`run::Run`] trains in a folder with checkpoints; [`train()`] does that in one call.
//! - [`model::Model`] is a trained Alice, Bob and Eve. [`learned`] runs them on bits, [`envelope`] on files, and [`inspect`]
//!   analyses what they learned.
//!
//! ```
//! use evesdrop_engine::{Engine, Level};
//! use evesdrop_learn::train::{Settings, Training};
//!
//! let config = Settings { bits: Some(4), ..Settings::default() }.check()?;
//! let mut training = Training::new(config, &Engine::new(1, Level::from_environment()?)?);
//! for _ in 0..10 {
//!     training.round();
//! }
//! println!("{}", training.look().evaluation.errors); // wrong bits: Bob ..., Eve ...
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
pub mod envelope;
pub mod games;
pub mod inspect;
pub mod learned;
pub mod model;
pub mod names;
pub mod networks;
pub mod run;
pub mod train;

pub use run::train;
