//! Attacks: each file one attack, with its threat model, its cost and how to replay it.
pub mod statistics;
