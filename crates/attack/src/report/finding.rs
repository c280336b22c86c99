//! Verdicts, threat models, findings and controls of a report.
use serde::{Deserialize, Serialize};

/// The result of an attack or of a whole report, ordered from the worst for the cipher to the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// A control has the wrong result: nothing else in the report counts.
    Invalid,
    /// Messages or keys were recovered; they are shown.
    Broken,
    /// The ciphertexts are distinguishable from random or leak; the finding has the number.
    WeaknessFound,
    /// More data or time is needed; the finding says how much.
    Inconclusive,
    /// Nothing was found within the stated budget. This is not a claim of security.
    NothingFound,
}

impl Verdict {
    /// The verdict in words, as reports print it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Invalid => "INVALID",
            Self::Broken => "BROKEN",
            Self::WeaknessFound => "WEAKNESS FOUND",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::NothingFound => "NOTHING FOUND WITHIN THIS BUDGET",
        }
    }

    /// What the verdict means, and what it does not.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Invalid => {
                "A control has the wrong result: these attacks missed a weak cipher or blamed a sound one. \
                 Nothing else in this report counts."
            }
            Self::Broken => {
                "The attacker recovered messages or keys that were not given to the attack. They are shown, and one \
                 command replays each break."
            }
            Self::WeaknessFound => {
                "The ciphertexts can be distinguished from random, or leak information about the message or the key. \
                 The advantage says how much."
            }
            Self::Inconclusive => {
                "No attack reached a conclusion, or more data or time is needed. Each finding, and each attack that did not run, \
                 says why."
            }
            Self::NothingFound => {
                "None of these attacks found anything within this budget. A larger budget or an attack \
                 that was not tried may still find something: this is no proof that the cipher protects \
                 anything."
            }
        }
    }

    /// True for a break or a weakness.
    pub fn is_found(self) -> bool {
        matches!(self, Self::Broken | Self::WeaknessFound)
    }
}

/// What the attacker has, weakest attacker first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ThreatModel {
    /// Ciphertexts only, a fresh key for every message.
    CiphertextOnly,
    /// As above, and the algorithm (for a learned cipher: the networks) is known.
    KnownAlgorithm,
    /// Some messages are known, under one key or under fresh keys.
    KnownPlaintext,
    /// Some messages are chosen by the attacker, under one key or under fresh keys.
    ChosenPlaintext,
    /// Some ciphertexts are chosen by the attacker and decrypted, or accepted or refused.
    ChosenCiphertext,
    /// Part of the key is known.
    PartialKey,
    /// Unlimited computation: enumeration.
    Unbounded,
}

impl ThreatModel {
    /// The threat model in words, as reports print it.
    pub fn words(self) -> &'static str {
        match self {
            Self::CiphertextOnly => "ciphertext only",
            Self::KnownAlgorithm => "known algorithm",
            Self::KnownPlaintext => "known plaintexts",
            Self::ChosenPlaintext => "chosen plaintexts",
            Self::ChosenCiphertext => "chosen ciphertexts",
            Self::PartialKey => "part of the key",
            Self::Unbounded => "unbounded",
        }
    }

    /// One sentence: what the attacker has.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::CiphertextOnly => "The attacker sees ciphertexts only, each under a fresh key.",
            Self::KnownAlgorithm => "As ciphertext only, and the attacker knows how the cipher works.",
            Self::KnownPlaintext => {
                "The attacker knows some of the messages. The finding says whether they share a key."
            }
            Self::ChosenPlaintext => {
                "The attacker chooses some of the messages. The finding says whether they share a key."
            }
            Self::ChosenCiphertext => {
                "The attacker has chosen ciphertexts decrypted, or learns whether the receiver accepts them."
            }
            Self::PartialKey => "The attacker knows part of the key.",
            Self::Unbounded => "The attacker has unlimited computation: everything is enumerated.",
        }
    }
}

/// One point of an attack's learning curve: the advantage with this number of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CurvePoint {
    /// Messages, pairs or blocks used, more than 0.
    pub samples: f64,
    /// Advantage over guessing, 0 to 1.
    pub advantage: f64,
    /// Lower end of the advantage's confidence interval.
    pub low: f64,
    /// Upper end of the advantage's confidence interval.
    pub high: f64,
}

/// What [`Finding::replay`] begins with where no command line can name the target.
pub const NO_COMMAND: &str = "not a command line: ";

/// The result of one attack on one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Name of the attack, as `--only` takes it.
    pub attack: String,
    /// What the attacker was given.
    pub threat_model: ThreatModel,
    /// What this attack alone came to.
    pub verdict: Verdict,
    /// One sentence: what was learned, in words.
    pub summary: String,
    /// What the reader must know before anything else in the report, where there is something of that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Advantage over guessing, 0 (none) to 1 (certainty), where the attack has one.
    pub advantage: Option<f64>,
    /// Bits of information that one ciphertext gives of its message, where they were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaked_bits: Option<f64>,
    /// Confidence interval of `advantage`, measured on untouched data.
    pub interval: Option<[f64; 2]>,
    /// p-value of the hypothesis "no weakness", before correction for the number of tests.
    pub p_value: Option<f64>,
    /// Messages, pairs or blocks used.
    pub samples: u64,
    /// Wall-clock seconds spent.
    pub seconds: f64,
    /// Recovered messages or keys in hex, each with a word that says which. At most a few; empty if nothing was recovered.
    pub recovered: Vec<String>,
    /// A command that replays this attack. If the target is a cipher or data inside your own program, the text begins with
    /// [`NO_COMMAND`] and says what to do instead.
    pub replay: String,
    /// The inputs of the attack, as files of a break's bundle: name and text.
    #[serde(skip)]
    pub inputs: Vec<(String, String)>,
    /// Whether a one-time key was reused: reported under MISUSE, without effect on the verdict.
    pub misuse: bool,
    /// Further facts for the report: pairs of label and text.
    pub details: Vec<(String, String)>,
    /// Advantage by number of samples, if the attack measured more than one size; otherwise empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<CurvePoint>,
}

/// A cipher of known quality under the same attacks. It shows that the attacks work and raise no false alarms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Control {
    /// The control's target string.
    pub target: String,
    /// What must be found: [`Control::NOTHING`], [`Control::SOMETHING`] or [`Control::ANYTHING`].
    pub expected: String,
    /// The result.
    pub verdict: Verdict,
    /// Whether the result is from an earlier run of this program with the same attacks, budget and seed.
    #[serde(default)]
    pub cached: bool,
}

impl Control {
    /// For ciphers in which nothing must be found.
    pub const NOTHING: &str = "nothing";
    /// For ciphers in which something must be found.
    pub const SOMETHING: &str = "something";
    /// For weak ciphers if only some attacks were run, which need not be those that break them.
    pub const ANYTHING: &str = "anything";

    /// Whether the result is as expected: something found in a weak cipher, nothing in a sound one.
    pub fn is_right(&self) -> bool {
        match self.expected.as_str() {
            Self::SOMETHING => self.verdict.is_found(),
            Self::ANYTHING => true,
            _ => matches!(self.verdict, Verdict::NothingFound | Verdict::Inconclusive),
        }
    }
}
