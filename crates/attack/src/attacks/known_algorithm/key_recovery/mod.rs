//! Key recovery on round-reduced Speck32/64.
mod distinguisher;
mod recovery;
mod search;

use crate::battery::{Attack, AttackError, Context, Draft, Options};
use crate::ciphers::Target;
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::neural::engine;
use distinguisher::Distinguisher;
use recovery::{Limits, Prefix, recover};

/// Recovers the key of Speck32/64 with 8 to 11 rounds from chosen plaintexts.
///
/// After A. Gohr, "Improving attacks on round-reduced Speck32/64 using deep learning" (CRYPTO 2019), section 4. Neural distinguishers
/// for seven, six and five rounds say whether a guess at a round key decrypts pairs to what they know; their response to wrong guesses
/// proposes better ones. The rounds before the distinguisher's are bridged by a free round and a differential with neutral bits.
/// The fourth round key is tried exhaustively, and the key schedule is run backwards, so that the result is the whole key, and is checked.
pub struct KeyRecovery;

/// The networks for seven, six and five rounds. `cargo run --release -p evesdrop-attack --example speck_distinguishers` trains them.
const NETWORKS: [(usize, &[u8]); 3] = [
    (7, include_bytes!("../../../../data/speck-7.safetensors")),
    (6, include_bytes!("../../../../data/speck-6.safetensors")),
    (5, include_bytes!("../../../../data/speck-5.safetensors")),
];

impl Attack for KeyRecovery {
    fn name(&self) -> &'static str {
        "key-recovery"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let Some(speck) = target.cipher().and_then(|cipher| cipher.as_speck()) else {
            return Err("its networks are for Speck32/64".into());
        };
        match Prefix::of(speck.rounds()) {
            Some(_) => Ok(()),
            None => Err(format!("its networks are for 8 to 11 rounds of Speck32/64, not for {}", speck.rounds())),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some((cipher, speck)) = target.cipher().and_then(|cipher| Some((cipher, cipher.as_speck()?))) else {
            return Ok(Vec::new());
        };
        let mut draft = Draft::new(self, target, context);
        let engine = engine(context)?;
        let [seven, six, five] = NETWORKS.map(|(rounds, file)| Distinguisher::from_file(&engine, rounds, file));
        let mut networks = [seven?, six?, five?];
        let limits = Limits { structures: context.pick(100, 256, 1024), visits: context.pick(1000, 10_000, 100_000) };
        let key = cipher.random_keys(&mut context.stream("key-recovery: the key"), 1);
        let progress = |done| context.report(self, done);
        let found = recover(cipher, &key, speck, &mut networks, &limits, context, &progress)?;
        draft.finding.samples = found.chosen as u64;
        draft.detail("chosen plaintexts", found.chosen.to_string());
        draft.detail("searches for the last round key", found.visits.to_string());
        let Some(found) = found.key else {
            let tried = format!("no key was found in {} searches for the last round key", found.visits);
            return Ok(vec![draft.conclude(Verdict::NothingFound, tried)]);
        };
        draft.finding.advantage = Some(1.0);
        draft.finding.recovered = vec![format!("key {found:016x}")];
        let rounds = speck.rounds();
        let summary = format!(
            "the key of {rounds} rounds is recovered from {} chosen plaintexts, and explains all of them",
            draft.finding.samples
        );
        Ok(vec![draft.conclude(Verdict::Broken, summary)])
    }
}

/// Pairs on which [`train_distinguisher`] measures the accuracy.
const ACCURACY_PAIRS: usize = 1_000_000;

/// Trains a distinguisher for `rounds` rounds of Speck32/64 on `pairs` pairs, each used once, and measures its wrong-key response
/// profile. Returns its file and its accuracy on a million fresh pairs, half of them real.
///
/// `start` is the file of a distinguisher for fewer rounds, from whose weights the training starts. `progress` hears the share of the
/// training that is done.
///
/// # Errors
/// If `start` is not such a file, or if `options` asks to stop.
pub fn train_distinguisher(
    rounds: usize,
    pairs: usize,
    start: Option<&[u8]>,
    options: &Options,
    progress: &mut dyn FnMut(f64),
) -> Result<(Vec<u8>, f64), AttackError> {
    let context = options.context();
    let mut trained = Distinguisher::train(rounds, pairs, start, &context, progress)?;
    let accuracy = trained.accuracy(ACCURACY_PAIRS, &context)?;
    Ok((trained.to_file(), accuracy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::Budget;
    use crate::ciphers::{Speck, Stream, TargetOptions};
    use crate::tools::testing::{attack, with_context};

    #[test]
    fn the_key_of_few_rounds_is_recovered() {
        for rounds in [8, 10] {
            let finding = &attack(&KeyRecovery, &format!("speck32/64:{rounds}"))[0];
            assert_eq!(finding.verdict, Verdict::Broken, "{rounds} rounds: {}", finding.summary);
            let key = with_context(Budget::Quick, 1, |context| context.stream("key-recovery: the key").word());
            assert_eq!(finding.recovered, [format!("key {key:016x}")], "{rounds} rounds");
        }
    }

    #[test]
    fn it_applies_where_its_networks_do() {
        with_context(Budget::Quick, 1, |context| {
            let applies = |name| KeyRecovery.applies(&Target::parse(name, &TargetOptions::default()).unwrap(), context);
            assert!(applies("speck32/64:11").is_ok());
            for name in ["speck32/64", "speck32/64:7", "aes-128"] {
                assert!(applies(name).unwrap_err().contains("Speck32/64"), "{name}");
            }
        });
    }

    /// How often the first pair of a structure has the distinguisher's difference after the rounds before it, and how many of its
    /// other pairs have it then.
    fn followed(rounds: usize, structures: usize) -> (f64, f64) {
        let mut stream = Stream::new(1, "test");
        let speck = Speck::new(rounds - 8);
        let (mut firsts, mut others) = (0, 0);
        for _ in 0..structures {
            let key = stream.word();
            let messages = Prefix::of(rounds).unwrap().messages(&mut stream);
            let follows = |pair: &[u32]| {
                speck.encrypt_block(key, pair[0]) ^ speck.encrypt_block(key, pair[1]) == distinguisher::DIFFERENCE
            };
            if follows(&messages[..2]) {
                firsts += 1;
                others += messages.chunks(2).filter(|pair| follows(pair)).count();
            }
        }
        (f64::from(firsts) / structures as f64, others as f64 / f64::from(firsts.max(1)))
    }

    #[test]
    fn pairs_of_a_structure_follow_the_differential_together() {
        for (rounds, probability) in [(8, 1.0), (9, 1.0), (10, 0.25), (11, 1.0 / 64.0)] {
            let (firsts, others) = followed(rounds, 4000);
            assert!((0.6 * probability..1.5 * probability).contains(&firsts), "{rounds} rounds: {firsts}");
            assert!(others > 48.0, "{rounds} rounds: {others} of 64");
        }
    }

    #[test]
    fn a_damaged_network_is_an_error() {
        with_context(Budget::Quick, 1, |context| {
            let engine = engine(context).unwrap();
            let error = Distinguisher::from_file(&engine, 7, &NETWORKS[0].1[..5000]).err().expect("it is cut");
            assert!(error.to_string().contains("7-round network"), "{error}");
        });
    }
}
