//! Neural distinguishers for Speck32/64, and what they say of pairs that were decrypted with a wrong round key.
use crate::attacks::chosen_plaintext::DistinguishedPairs;
use crate::battery::{AttackError, Context};
use crate::ciphers::{Blocks, CipherError, Ciphertexts, Speck, Stream};
use crate::tools::neural::{EveNetwork, Examples, Learner, engine};
use evesdrop_engine::{Engine, safetensors_file};
use safetensors::SafeTensors;

/// The input difference x, y of the distinguishers.
pub(super) const DIFFERENCE: u32 = 0x0040_0000;

/// Round keys that the profile tells apart. The top two bits of a round key hardly change the difference before the round.
pub(super) const PROFILED: usize = 1 << 14;

/// Two residual blocks: one loses 0.004 of accuracy at six rounds.
const NETWORK: EveNetwork = EveNetwork::Gohr { blocks: 2 };
/// Examples in a batch of training.
const BATCH: usize = 2048;
/// Learning rate at the beginning and at the end of a training, along half a cosine.
const RATES: [f64; 2] = [4e-3, 1e-4];
/// Pairs with which each difference of keys is profiled.
const PROFILE_PAIRS: usize = 2048;

/// Pairs of ciphertexts, each with words x, y.
pub(super) type Pairs = [(u32, u32)];

/// Undoes one round of both ciphertexts of a pair.
pub(super) fn undo(pair: (u32, u32), key: u16) -> (u32, u32) {
    let one = |block: u32| {
        let (x, y) = Speck::undo((block >> 16) as u16, block as u16, key);
        u32::from(x) << 16 | u32::from(y)
    };
    (one(pair.0), one(pair.1))
}

/// A distinguisher for pairs that went through a number of rounds, with its wrong-key response profile.
///
/// A. Gohr, "Improving attacks on round-reduced Speck32/64 using deep learning" (CRYPTO 2019), sections 3 and 4.
pub(super) struct Distinguisher {
    learner: Learner,
    rounds: usize,
    /// For each XOR of the right and a wrong key of the round after: mean and standard deviation of the network's probability that
    /// a pair is real, over real pairs that were decrypted with the wrong key.
    pub(super) mean: Vec<f32>,
    pub(super) deviation: Vec<f32>,
}

impl Distinguisher {
    /// The distinguisher in a file of [`Self::to_file`].
    pub(super) fn from_file(engine: &Engine, rounds: usize, file: &[u8]) -> Result<Self, AttackError> {
        let damaged = |error: &dyn std::fmt::Display| CipherError::File(format!("the {rounds}-round network: {error}"));
        let mut learner = Learner::new(engine, NETWORK, 64, 1, BATCH, 0);
        learner.load(file).map_err(|error| damaged(&error))?;
        let tensors = SafeTensors::deserialize(file).map_err(|error| damaged(&error))?;
        let read = |name: &str| -> Result<Vec<f32>, AttackError> {
            let tensor = tensors.tensor(name).map_err(|error| damaged(&error))?;
            let values = tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            let values: Vec<f32> = values.collect();
            if values.len() != PROFILED {
                Err(damaged(&format!("{name} has another length")).into())
            } else {
                Ok(values)
            }
        };
        Ok(Self { learner, rounds, mean: read("profile.mean")?, deviation: read("profile.deviation")? })
    }

    /// Trains a distinguisher on `pairs` pairs, each used once, and profiles it. `start` is the file of a distinguisher for fewer rounds
    /// from whose weights the training starts.
    pub(super) fn train(
        rounds: usize,
        pairs: usize,
        start: Option<&[u8]>,
        context: &Context,
        each: &mut dyn FnMut(f64),
    ) -> Result<Self, AttackError> {
        let engine = engine(context)?;
        let purpose = format!("a distinguisher for {rounds} rounds of Speck");
        let mut learner = Learner::new(&engine, NETWORK, 64, 1, BATCH, context.stream(&purpose).word());
        if let Some(start) = start {
            learner.load(start).map_err(|error| CipherError::File(error.to_string()))?;
        }
        let speck = Speck::new(rounds);
        let difference = Blocks::from_values(32, [u64::from(DIFFERENCE)]);
        let mut source = DistinguishedPairs::new(&speck, &difference, context.stream(&purpose));
        let steps = pairs.div_ceil(BATCH);
        for step in 0..steps {
            context.check()?;
            let along = step as f64 / steps as f64;
            let rate = RATES[1] + (RATES[0] - RATES[1]) * 0.5 * (1.0 + (std::f64::consts::PI * along).cos());
            learner.step(&source.draw(BATCH)?, rate);
            each(along);
        }
        let mut trained = Self { learner, rounds, mean: Vec::new(), deviation: Vec::new() };
        trained.profile(context)?;
        Ok(trained)
    }

    /// Measures the wrong-key response profile.
    fn profile(&mut self, context: &Context) -> Result<(), AttackError> {
        let mut stream = context.stream(&format!("profile of {} rounds of Speck", self.rounds));
        let speck = Speck::new(self.rounds + 1);
        for difference in 0..PROFILED as u16 {
            context.check()?;
            let pair = |stream: &mut Stream| {
                let (key, block) = (stream.word(), stream.word() as u32);
                let last = speck.round_keys(key)[self.rounds];
                undo((speck.encrypt_block(key, block), speck.encrypt_block(key, block ^ DIFFERENCE)), last ^ difference)
            };
            let pairs: Vec<(u32, u32)> = (0..PROFILE_PAIRS).map(|_| pair(&mut stream)).collect();
            let values = self.probabilities(&pairs);
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / values.len() as f32;
            self.mean.push(mean);
            self.deviation.push(variance.sqrt());
        }
        Ok(())
    }

    /// The weights and the profile as a safetensors file.
    pub(super) fn to_file(&self) -> Vec<u8> {
        let mut tensors = self.learner.tensors();
        tensors.push(("profile.mean", vec![PROFILED], &self.mean));
        tensors.push(("profile.deviation", vec![PROFILED], &self.deviation));
        safetensors_file(&tensors, &format!("a distinguisher for {} rounds of Speck32/64", self.rounds))
    }

    /// The network's probability that each pair is real.
    pub(super) fn probabilities(&mut self, pairs: &Pairs) -> Vec<f32> {
        // The last operations on y take no key.
        let peeled = |block: u32| {
            let (x, y) = (block >> 16, block as u16 ^ (block >> 16) as u16);
            u64::from(x) << 16 | u64::from(y.rotate_right(2))
        };
        let rows = pairs.iter().map(|pair| peeled(pair.0) << 32 | peeled(pair.1));
        let inputs = Ciphertexts::Bits(Blocks::from_values(64, rows));
        let examples = Examples { inputs, targets: Blocks::new(1, pairs.len()) };
        let probability = |value: f32| (0.5 + 0.5 * value).clamp(1e-4, 1.0 - 1e-4);
        self.learner.values(&examples).into_iter().map(probability).collect()
    }

    /// The share of pairs, real and unrelated ones, that the network classifies correctly.
    pub(super) fn accuracy(&mut self, pairs: usize, context: &Context) -> Result<f64, AttackError> {
        let speck = Speck::new(self.rounds);
        let difference = Blocks::from_values(32, [u64::from(DIFFERENCE)]);
        let stream = context.stream(&format!("accuracy for {} rounds of Speck", self.rounds));
        let examples = DistinguishedPairs::new(&speck, &difference, stream).draw(pairs)?;
        Ok(self.learner.measure(&examples).score(crate::tools::neural::Claim::All).accuracy())
    }
}
