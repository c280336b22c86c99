//! One network in training.
use super::examples::{From, INPUT, TARGET};
use super::{EveNetwork, Examples, Measure};
use crate::ciphers::Blocks;
use evesdrop_engine::{Adam, Engine, FileError, Layout, Plan, Recorder, Row, Runner, TILE};

/// Name of the network in the parameters.
const NAME: &str = "eve";
/// Number of examples in one evaluation batch.
const LOOK: usize = 16 * TILE;

/// A network, its optimiser, and the best parameters found on validation data.
pub(crate) struct Learner {
    pub(crate) net: EveNetwork,
    layout: Layout,
    parameters: Vec<f32>,
    kept: Option<(f64, Vec<f32>)>,
    adam: Adam,
    training: Runner,
    looking: Runner,
}

impl Learner {
    /// A network with `features` inputs that predicts `bits` bits, to be trained on batches of `batch` examples.
    ///
    /// It minimises the mean squared distance between its values and the bits coded -1 and +1. The minimum is the expectation
    /// of each bit given the network's input.
    pub(crate) fn new(engine: &Engine, net: EveNetwork, features: usize, bits: usize, batch: usize, seed: u64) -> Self {
        let g = Recorder::new();
        let output = net.record(&g, NAME, g.data(INPUT, features), bits);
        let loss = (output - g.data(TARGET, bits)).square().sum().affine(1.0 / bits as f32, 0.0).mean().id();
        let output = output.id();
        let program = g.finish();
        let layout = program.layout().clone();
        let parameters = layout.initialise(seed);
        let training = Plan::gradient(&program, loss, &[NAME], engine.level());
        let looking = Plan::forward(&program, &[], &[output], engine.level());
        Self {
            net,
            layout,
            adam: Adam::new(parameters.len()),
            parameters,
            kept: None,
            training: Runner::new(engine, training, batch, seed),
            looking: Runner::new(engine, looking, LOOK, seed),
        }
    }

    /// One step on one batch. Returns the loss before the step.
    pub(crate) fn step(&mut self, batch: &Examples, rate: f64) -> f64 {
        self.training.run(&self.parameters, 0, &From { examples: batch, first: 0 });
        self.adam.step(&mut self.parameters, self.training.gradient(), rate);
        self.training.objective()
    }

    /// Counts right guesses.
    pub(crate) fn measure(&mut self, examples: &Examples) -> Measure {
        let mut measure = Measure::new(examples.targets.bits());
        let mut right = [0u64; TILE];
        self.look(examples, |first, count, values| {
            right.fill(0);
            for (bit, row) in values.iter().enumerate() {
                for (lane, value) in row.values()[..count].iter().enumerate() {
                    let truth = examples.targets.get(first + lane, bit);
                    let hit = u64::from((*value >= 0.0) == truth);
                    right[lane] += hit;
                    measure.right[bit] += hit;
                    if bit == 0 && truth {
                        measure.ones[0] += 1;
                        measure.ones[1] += hit;
                    }
                }
            }
            right[..count].iter().for_each(|right| measure.message(*right));
        });
        measure
    }

    /// The network's predictions: bits, one row per example.
    pub(crate) fn say(&mut self, examples: &Examples) -> Blocks {
        let mut out = Blocks::new(examples.targets.bits(), examples.rows());
        self.look(examples, |first, count, values| {
            for (bit, row) in values.iter().enumerate() {
                for (lane, value) in row.values()[..count].iter().enumerate() {
                    out.set(first + lane, bit, *value >= 0.0);
                }
            }
        });
        out
    }

    /// The network's value for the first bit of each example: its expectation, coded -1 and +1.
    pub(crate) fn values(&mut self, examples: &Examples) -> Vec<f32> {
        let mut out = Vec::with_capacity(examples.rows());
        self.look(examples, |_, count, values| out.extend_from_slice(&values[0].values()[..count]));
        out
    }

    /// Name, shape and values of each tensor of the network.
    pub(crate) fn tensors(&self) -> Vec<(&str, Vec<usize>, &[f32])> {
        let tensors = self.layout.tensors().iter();
        tensors.map(|t| (t.name.as_str(), t.shape.clone(), &self.parameters[t.range()])).collect()
    }

    /// Replaces the parameters by those of a file.
    ///
    /// # Errors
    /// If the file is damaged, or of another network.
    pub(crate) fn load(&mut self, file: &[u8]) -> Result<(), FileError> {
        self.parameters = self.layout.from_safetensors(file)?;
        Ok(())
    }

    /// Calls `each(first example, examples, values)` for every tile.
    fn look(&mut self, examples: &Examples, mut each: impl FnMut(usize, usize, &[Row])) {
        for first in (0..examples.rows()).step_by(LOOK) {
            self.looking.run(&self.parameters, 0, &From { examples, first });
            let count = (examples.rows() - first).min(LOOK);
            for tile in 0..count.div_ceil(TILE) {
                each(first + tile * TILE, (count - tile * TILE).min(TILE), self.looking.output(0, tile));
            }
        }
    }

    /// Measures on validation data, and keeps the parameters if they are the best so far.
    pub(crate) fn validate(&mut self, validation: &Examples) {
        let (_, strength) = self.measure(validation).best();
        if self.kept.as_ref().is_none_or(|(best, _)| strength >= *best) {
            self.kept = Some((strength, self.parameters.clone()));
        }
    }

    /// Restores the best parameters on validation data. Returns their strength.
    pub(crate) fn recall(&mut self) -> f64 {
        match &self.kept {
            Some((strength, parameters)) => {
                self.parameters.clone_from(parameters);
                *strength
            }
            None => 0.0,
        }
    }
}
