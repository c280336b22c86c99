//! Accuracy of a network's predictions of bits that are fair coins for a network without information.
use crate::battery::evidence::Score;
use crate::ciphers::Blocks;
use crate::tools::columns::Columns;

/// A network's right guesses over some messages.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measure {
    /// For each bit: the number of messages in which it was right.
    pub(crate) right: Vec<u64>,
    pub(crate) messages: u64,
    /// Number of messages with every bit right.
    pub(crate) whole: u64,
    /// Sum over the messages of the squared number of right bits.
    squares: u64,
    /// For the first bit: the number of messages in which it is 1, and the number of these in which the guess was right.
    pub(crate) ones: [u64; 2],
}

/// The claim about a network, chosen on validation data: that it predicts the bits as a whole, or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    All,
    Bit(usize),
}

impl Claim {
    /// The share of right guesses of someone who sees no ciphertext, but knows the usual value of each bit of these messages.
    pub(crate) fn blind(self, messages: &Blocks) -> f64 {
        let columns = Columns::of(messages);
        let rows = columns.rows().max(1) as u64;
        let usual = |bit: usize| {
            let excess = (2.0 * columns.ones(bit) as f64 - rows as f64).abs();
            // Fair coins are not quite even either.
            if excess <= 3.0 * (rows as f64).sqrt() { 0.5 } else { 0.5 + excess / rows as f64 / 2.0 }
        };
        match self {
            Self::All => (0..columns.len()).map(usual).sum::<f64>() / columns.len().max(1) as f64,
            Self::Bit(bit) => usual(bit),
        }
    }
}

impl Measure {
    pub(super) fn new(bits: usize) -> Self {
        Self { right: vec![0; bits], messages: 0, whole: 0, squares: 0, ones: [0; 2] }
    }

    /// Counts one message.
    pub(super) fn message(&mut self, right: u64) {
        self.messages += 1;
        self.squares += right * right;
        self.whole += u64::from(right == self.right.len() as u64);
    }

    /// The count for a claim. If the network knows nothing, it is binomial with probability 1/2 for either claim, because the
    /// messages' bits are independent fair coins.
    pub(crate) fn score(&self, claim: Claim) -> Score {
        match claim {
            Claim::All => Score { right: self.right.iter().sum(), of: self.messages * self.right.len() as u64 },
            Claim::Bit(bit) => Score { right: self.right.get(bit).copied().unwrap_or(0), of: self.messages },
        }
    }

    /// The interval of a claim's advantage. For one bit it is the exact binomial interval. For all bits of a message, whose
    /// errors may be correlated, it is widened by their measured dependence.
    pub(crate) fn interval(&self, claim: Claim) -> [f64; 2] {
        let score = self.score(claim);
        let exact = score.interval();
        if claim != Claim::All || self.right.len() == 1 || self.messages < 2 {
            return exact;
        }
        let (messages, bits) = (self.messages as f64, self.right.len() as f64);
        let mean = score.right as f64 / messages;
        let variance = (self.squares as f64 / messages - mean * mean).max(0.0) / (bits * bits);
        // 2.576 standard deviations on either side: 99 %, by the central limit theorem over messages.
        let reach = 2.0 * 2.576 * (variance / messages).sqrt();
        let advantage = score.advantage();
        [exact[0].min((advantage - reach).max(0.0)), exact[1].max((advantage + reach).min(1.0))]
    }

    /// The stronger claim and its strength in standard deviations of chance. A single bit has to beat the best of as many
    /// chance results.
    pub(crate) fn best(&self) -> (Claim, f64) {
        let deviations = |score: Score| (2.0 * score.right as f64 - score.of as f64) / (score.of.max(1) as f64).sqrt();
        let luck = (2.0 * (self.right.len() as f64).ln()).sqrt();
        let bits = (0..self.right.len()).map(Claim::Bit);
        let single = bits.map(|claim| (claim, deviations(self.score(claim)) - luck));
        let all = (Claim::All, deviations(self.score(Claim::All)));
        single.fold(all, |best, other| if other.1 > best.1 { other } else { best })
    }

    /// Mean number of wrong bits per message.
    pub(crate) fn wrong_bits(&self) -> f64 {
        let right: u64 = self.right.iter().sum();
        self.right.len() as f64 - right as f64 / self.messages.max(1) as f64
    }

    /// The information that a ciphertext must contain about its message of `n` bits, by Fano's inequality for each bit and
    /// concavity: I >= n (1 - h2(wrong / n)) bits.
    pub(crate) fn information(&self) -> f64 {
        let bits = self.right.len() as f64;
        let wrong = (self.wrong_bits() / bits).min(0.5);
        let term = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
        bits * (1.0 - term(wrong) - term(1.0 - wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_counts_and_information() {
        // 16 bits, 1000 messages, each with 10 bits right: close to the paper's mean Eve.
        let mut measure = Measure::new(16);
        (0..1000).for_each(|_| measure.message(10));
        measure.right = vec![625; 16];
        assert_eq!(measure.score(Claim::All), Score { right: 10_000, of: 16_000 });
        assert!((measure.wrong_bits() - 6.0).abs() < 1e-12);
        assert!((measure.information() - 16.0 * (1.0 - 0.954_434)).abs() < 1e-4);
        assert_eq!(measure.best().0, Claim::All);
        let [low, high] = measure.interval(Claim::All);
        assert!(low < 0.25 && 0.25 < high);
        // One bit known, the others not.
        measure.right = vec![500; 16];
        measure.right[3] = 900;
        assert_eq!(measure.best().0, Claim::Bit(3));
    }
}
