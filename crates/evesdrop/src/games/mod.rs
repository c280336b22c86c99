//! Games: who sees what, and what each of them minimises.
//!
//! [`Rules`] say which game is played, how large and against whom; [`Rules::record`] records it as a program.

mod asymmetric;
mod chosen_plaintext;
mod game;
mod rules;
mod selective;
mod symmetric;

pub use game::{Errors, EveTerm, Game, SquaredErrors, WrongBits};
pub use rules::{EveKind, GameKind, Rules};
pub use selective::{Secret, Selective};
