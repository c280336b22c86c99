//! Attacks on ciphers, with controls and confidence intervals: test a cipher in your own `cargo test`.
//!
//! - A [`Cipher`] is a black box with sizes. Implement it for your cipher. A [`Target`] is a cipher with a name, recorded
//!   messages, or a program.
//! - An [`Attack`] is one way to attack a target. [`attacks::all`] lists them, in modules by what the attacker has.
//! - [`Options`] set the budget, [`report()`] runs all attacks on a target and on the controls, and the [`Report`] contains the
//!   [`Verdict`].
//!
//! ```
//! use evesdrop_attack::{Options, Target, TargetOptions, Verdict, report};
//!
//! let target = Target::parse("xor", &TargetOptions::default())?;
//! let report = report(&target, &Options { only: vec!["linear".into()], ..Options::quick() }, None)?;
//! assert_eq!(report.verdict, Verdict::Broken);
//! # Ok::<(), evesdrop_attack::CipherError>(())
//! ```
pub mod attacks;
pub mod battery;
pub mod ciphers;
pub mod report;
mod tools;

pub use battery::{Attack, AttackError, Budget, ControlCache, FolderCache, Options};
pub use ciphers::{Blocks, Cipher, CipherError, Ciphertexts, Form, KeyUse, Target, TargetOptions};
pub use report::{Finding, Report, Verdict};
pub use tools::statistics;

/// Attacks a cipher with all attacks and the quick budget, and runs the controls. The results of the controls are cached in the
/// user's cache folder.
///
/// # Errors
/// Errors of the cipher.
///
/// ```no_run
/// use evesdrop_attack::ciphers::Function;
/// use evesdrop_attack::{Verdict, attack};
/// let cipher = Function::new("mine", 16, 16, |key, text| key ^ text);
/// assert_eq!(attack(cipher)?.verdict, Verdict::Broken);
/// # Ok::<(), evesdrop_attack::CipherError>(())
/// ```
pub fn attack(cipher: impl Cipher + 'static) -> Result<Report, CipherError> {
    let cache = FolderCache::of_user();
    report(&Target::from(cipher), &Options::quick(), cache.as_ref().map(|cache| cache as &dyn ControlCache))
}

/// Attacks a target with all attacks, runs the controls, and reports both; see [`battery::report`].
///
/// # Errors
/// If the target fails before anything is found, or if `options` names an attack that does not exist.
pub fn report(target: &Target, options: &Options, cache: Option<&dyn ControlCache>) -> Result<Report, CipherError> {
    battery::report(target, attacks::all(), options, cache)
}
