//! How many messages networks learn from and are tested on.
use crate::battery::Context;
use crate::ciphers::{Form, Target};

/// Rows below which recorded data are too few to learn from.
pub(crate) const LEAST_ROWS: usize = 512;

/// How many features a network reads of a ciphertext.
pub(crate) fn features(target: &Target) -> usize {
    match (target.cipher().map(|cipher| cipher.form()), target.data()) {
        (Some(Form::Bits(count) | Form::Floats(count)), _) => count,
        (None, Some(data)) => data.ciphertexts.bits(),
        (None, None) => 1,
    }
}

/// How many messages serve what.
pub(crate) struct Sizes {
    /// Messages to learn from at most, where they are few; otherwise as many as are wanted can be had.
    pub(crate) pool: Option<usize>,
    pub(crate) validation: usize,
    /// To test one rung.
    pub(crate) rung: usize,
    /// To test the best of all; as many again where that is suspicious.
    pub(crate) test: usize,
}

impl Sizes {
    pub(crate) fn new(target: &Target, context: &Context, bits: usize) -> Self {
        if let Some(data) = target.data() {
            let part = data.rows() / 8;
            return Self { pool: Some(4 * part), validation: part, rung: 0, test: part + part / 2 };
        }
        let trials = context.pick(1 << 20, 1 << 22, 1 << 24);
        let test = (trials / bits).clamp(1 << 12, 1 << 20);
        let within = |rows: usize| context.allowance.map_or(rows, |allowance| rows.min(allowance / 4).max(256));
        let pool = context.allowance.map(|allowance| allowance.max(LEAST_ROWS));
        Self { pool, validation: within(test / 2), rung: within(test / 4), test: within(test) }
    }
}
