//! Programs over tiles of examples.
