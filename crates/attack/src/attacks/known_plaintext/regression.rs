//! Known plaintexts under one key: is any ciphertext bit, or the XOR of two, correlated with a plaintext bit?
use crate::battery::{Attack, AttackError, Context};
use crate::ciphers::Target;
use crate::report::{Finding, ThreatModel};
use crate::tools::bit_guess::{enough, guess};
use crate::tools::supply::Supply;

/// As `Correlation`, with one unknown key for all messages. The choice is made from known plaintexts.
pub struct Regression;

/// Smallest block for the attack: any permutation of fewer bits has correlations that are visible in this amount of data.
const LEAST_BLOCK: usize = 24;

impl Attack for Regression {
    fn name(&self) -> &'static str {
        "regression"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        if target.block_bits() < LEAST_BLOCK {
            return Err(format!(
                "blocks of {} bits are too small: a network memorises them (at least {LEAST_BLOCK} bits)",
                target.block_bits()
            ));
        }
        match target.data() {
            Some(data) if !data.one_key() => Err("the rows are under different keys".into()),
            _ => enough(target),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        guess(self, target, context, Supply::one_key(target, context, "regression"), "under one key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;
    use crate::tools::testing::attack;

    #[test]
    fn one_key_shows_more() {
        for (name, misuse) in [("lfsr", false), ("speck32/64:1", false), ("one-time-pad:32", true)] {
            let finding = &attack(&Regression, name)[0];
            assert_eq!(
                (finding.verdict, finding.misuse),
                (Verdict::WeaknessFound, misuse),
                "{name}: {}",
                finding.summary
            );
        }
        for name in ["aes-128", "chacha20", "speck32/64"] {
            assert_eq!(attack(&Regression, name)[0].verdict, Verdict::NothingFound, "{name}");
        }
    }
}
