//! Ciphers: black boxes with sizes.
