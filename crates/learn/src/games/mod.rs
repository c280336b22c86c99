//! Games: what each player sees and minimises.
//!
//! [`Rules`] specify the game, its size and the Eves; [`Rules::record`] records it as a program.

mod asymmetric;
mod channel;
mod chosen_plaintext;
mod game;
mod rules;
mod selective;
mod symmetric;

pub use channel::{Channel, Transmission};
pub use game::{BobTerm, Errors, EveTerm, Game, SquaredErrors, Terms, WrongBits};
pub use rules::{EveKind, GameKind, Rules};
pub use selective::{Secret, Selective};
