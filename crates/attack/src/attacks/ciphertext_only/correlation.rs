//! Is any ciphertext bit, or the XOR of two, correlated with a plaintext bit?
use crate::battery::{Attack, AttackError, Context};
use crate::ciphers::Target;
use crate::report::{Finding, ThreatModel};
use crate::tools::bit_guess::{enough, guess};
use crate::tools::supply::Supply;

/// The simplest Eve: she guesses a plaintext bit from one ciphertext bit or from the XOR of two, with a fresh key for every
/// message. She chooses the bits on one data set; the number of right guesses is counted on another.
pub struct Correlation;

impl Attack for Correlation {
    fn name(&self) -> &'static str {
        "correlation"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::CiphertextOnly
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        match target.data() {
            Some(data) if data.one_key() => Err("the rows are under one key; this attack is about fresh ones".into()),
            _ => enough(target),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        guess(self, target, context, Supply::fresh_keys(target, context, "correlation"), "under fresh keys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;
    use crate::tools::testing::attack;

    #[test]
    fn the_biased_pad_leaks_its_bias() {
        let finding = &attack(&Correlation, "biased-pad")[0];
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        let [low, high] = finding.interval.unwrap();
        assert!(low < 0.04 && 0.04 < high, "an advantage of 0.04 lies in {low} to {high}");
        assert!(!finding.misuse);
    }

    #[test]
    fn bits_sent_in_clear_show() {
        // One Feistel round sends the right half unencrypted.
        let finding = &attack(&Correlation, "feistel:1")[0];
        assert_eq!((finding.verdict, finding.advantage), (Verdict::WeaknessFound, Some(1.0)));
    }

    #[test]
    fn good_ciphers_stand() {
        for name in ["one-time-pad", "aes-128", "chacha20", "speck32/64"] {
            let finding = &attack(&Correlation, name)[0];
            assert_eq!(finding.verdict, Verdict::NothingFound, "{name}: {}", finding.summary);
        }
    }
}
