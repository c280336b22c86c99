//! Games: who sees what, and what each of them minimises.
//!
//! [`Rules`] say which game is played, how large and against whom; [`Rules::record`] records it as a program.

mod asymmetric;
mod chosen_plaintext;
mod game;
mod rules;
mod selective;
mod symmetric;

pub use game::{BobTerm, Errors, EveTerm, Game, SquaredErrors, Terms, WrongBits};
pub use rules::{EveKind, GameKind, Rules};
pub use selective::{Secret, Selective};
