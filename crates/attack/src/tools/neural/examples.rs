//! Examples for a network: its inputs, and the bits to predict.
use crate::battery::{AttackError, Context};
use crate::ciphers::{Blocks, CipherError, Ciphertexts, Floats};
use evesdrop_engine::{Engine, Feed, Level, TILE};

/// Name of the source for a network's inputs.
pub(super) const INPUT: &str = "input";
/// Name of the source for the bits to predict.
pub(super) const TARGET: &str = "target";

/// The engine for training in an attack.
pub(crate) fn engine(context: &Context) -> Result<Engine, AttackError> {
    let level = Level::from_environment().map_err(CipherError::Target)?;
    let failed = |error| CipherError::Target(format!("no threads to train with: {error}"));
    Ok(Engine::new(context.threads.max(1), level).map_err(failed)?)
}

/// Rows of inputs with rows of bits to predict. Bits stay packed until they are needed and become -1 and +1. Real numbers are
/// used unchanged.
#[derive(Clone, Debug)]
pub(crate) struct Examples {
    pub(crate) inputs: Ciphertexts,
    pub(crate) targets: Blocks,
}

impl Examples {
    pub(crate) fn rows(&self) -> usize {
        self.targets.rows()
    }

    /// Number of input features per example.
    pub(super) fn features(&self) -> usize {
        match &self.inputs {
            Ciphertexts::Bits(blocks) => blocks.bits(),
            Ciphertexts::Floats(floats) => floats.width(),
        }
    }

    /// The examples of some rows, in the given order.
    pub(super) fn pick(&self, rows: &[u32]) -> Self {
        let inputs = match &self.inputs {
            Ciphertexts::Bits(blocks) => Ciphertexts::Bits(pick(blocks, rows)),
            Ciphertexts::Floats(floats) => {
                let values = rows.iter().flat_map(|row| floats.row(*row as usize).iter().copied());
                Ciphertexts::Floats(Floats::new(floats.width(), values.collect()))
            }
        };
        Self { inputs, targets: pick(&self.targets, rows) }
    }
}

fn pick(blocks: &Blocks, rows: &[u32]) -> Blocks {
    let mut out = Blocks::new(blocks.bits(), rows.len());
    for (to, from) in rows.iter().enumerate() {
        out.row_mut(to).copy_from_slice(blocks.row(*from as usize));
    }
    out
}

/// The examples from row `first` on, as a feed for the engine.
pub(super) struct From<'a> {
    pub(super) examples: &'a Examples,
    pub(super) first: usize,
}

impl Feed for From<'_> {
    fn fill(&self, name: &str, tile: usize, feature: usize, row: &mut [f32; TILE]) {
        let first = self.first + tile * TILE;
        match &self.examples.inputs {
            _ if name == TARGET => signs(&self.examples.targets, first, feature, row),
            Ciphertexts::Bits(blocks) => signs(blocks, first, feature, row),
            Ciphertexts::Floats(floats) => {
                for (lane, value) in row.iter_mut().enumerate() {
                    let at = first + lane;
                    *value = if at < floats.rows() { floats.row(at)[feature] } else { 0.0 };
                }
            }
        }
    }
}

/// One bit of up to [`TILE`] rows as -1 and +1; zeros beyond the last row.
fn signs(blocks: &Blocks, first: usize, bit: usize, row: &mut [f32; TILE]) {
    let (word, shift) = (bit / 64, 63 - bit % 64);
    let count = blocks.rows().saturating_sub(first).min(TILE);
    row[count..].fill(0.0);
    for (lane, value) in row[..count].iter_mut().enumerate() {
        let zero = !(blocks.row(first + lane)[word] >> shift) & 1;
        *value = f32::from_bits(1f32.to_bits() | (zero as u32) << 31);
    }
}
