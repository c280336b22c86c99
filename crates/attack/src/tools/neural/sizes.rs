//! Numbers of messages for training and testing networks.
use crate::battery::Context;
use crate::ciphers::{Form, Target};

/// Minimum number of rows of recorded data.
pub(crate) const LEAST_ROWS: usize = 512;

/// Number of features that a network reads from a ciphertext.
pub(crate) fn features(target: &Target) -> usize {
    match (target.cipher().map(|cipher| cipher.form()), target.data()) {
        (Some(Form::Bits(count) | Form::Floats(count)), _) => count,
        (None, Some(data)) => data.ciphertexts.bits(),
        (None, None) => 1,
    }
}

/// Numbers of messages for different purposes.
pub(crate) struct Sizes {
    /// Maximum number of training messages if they are limited; `None` if any number can be drawn.
    pub(crate) pool: Option<usize>,
    pub(crate) validation: usize,
    /// For the test of one sample size.
    pub(crate) rung: usize,
    /// For the test of the best network; the same number again if that result is suspicious.
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
