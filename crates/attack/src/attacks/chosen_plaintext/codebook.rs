//! The codebook attack: with a public key, Eve encrypts every message herself and looks up the ciphertext.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Ciphertexts, Floats, Target};
use crate::report::{Finding, ThreatModel, Verdict};

/// Encrypts all messages under the public key of a ciphertext, and takes the one whose ciphertext is nearest.
///
/// This always breaks a deterministic cipher with a public key if messages are short. Alice's random bits, which Eve does not
/// know, blur the codebook. Eve then makes several, each with her own random bits.
pub struct Codebook;

/// Number of ciphertexts to read, each under its own key pair.
pub const MESSAGES: usize = 32;
/// Number of codebooks with different random bits, if the cipher uses random bits.
const DRAWS: u64 = 8;
/// Maximum number of message bits.
const MOST_BITS: usize = 20;

impl Attack for Codebook {
    fn name(&self) -> &'static str {
        "codebook"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        match target.cipher() {
            Some(cipher) if !cipher.public_key() => Err("there is no public key to encrypt with".into()),
            Some(cipher) if cipher.block_bits() > MOST_BITS => {
                Err(format!("messages of {} bits are too many to encrypt them all", cipher.block_bits()))
            }
            Some(_) => Ok(()),
            None => Err("recorded data has no public key to encrypt with".into()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else {
            return Ok(Vec::new());
        };
        let mut draft = Draft::new(self, target, context);
        let read = messages_read(cipher, context)?;
        let right = read.len();
        draft.finding.recovered = read.iter().map(|plaintext| format!("message {}", plaintext.hex(0))).collect();
        draft.finding.samples = (MESSAGES as u64 * draws(cipher)) << cipher.block_bits();
        draft.finding.advantage = Some(right as f64 / MESSAGES as f64);
        draft.detail("messages read", format!("{right} of {MESSAGES}"));
        let all = 1u64 << cipher.block_bits();
        // One in this many would be right by chance.
        if right > 1 {
            let summary = format!("{right} of {MESSAGES} messages read by encrypting all {all} under the public key");
            return Ok(vec![draft.conclude(Verdict::Broken, summary)]);
        }
        Ok(vec![draft.conclude(Verdict::NothingFound, format!("encrypting all {all} messages reveals nothing"))])
    }
}

/// Codebooks for one ciphertext.
fn draws(cipher: &dyn Cipher) -> u64 {
    if cipher.takes_nonce() { DRAWS } else { 1 }
}

/// The messages among [`MESSAGES`] random ones that the codebook reveals, each as a batch of one row.
///
/// # Errors
/// If the cipher fails, or if the user stopped the run.
pub fn messages_read(cipher: &dyn Cipher, context: &Context) -> Result<Vec<Blocks>, AttackError> {
    let mut stream = context.stream("codebook");
    let all = Blocks::from_values(cipher.block_bits(), 0..1 << cipher.block_bits());
    let mut read = Vec::new();
    for number in 0..MESSAGES {
        context.check()?;
        let (key, plaintext) = (cipher.random_keys(&mut stream, 1), stream.blocks(cipher.block_bits(), 1));
        let seen = cipher.encrypt(&key, &plaintext, 0)?;
        if look_up(cipher, &all, &key, &seen)? == plaintext {
            read.push(plaintext);
        }
        context.report(&Codebook, (number + 1) as f64 / MESSAGES as f64);
    }
    Ok(read)
}

/// The message of `all` whose ciphertext is nearest to the observed one. Only the public half of the key is used.
fn look_up(cipher: &dyn Cipher, all: &Blocks, key: &Blocks, seen: &Ciphertexts) -> Result<Blocks, AttackError> {
    let mut nearest = (f32::INFINITY, 0);
    for draw in 0..draws(cipher) {
        // Eve's own nonces, far from that of the ciphertext.
        let book = cipher.encrypt(key, all, (draw + 1) << 32)?;
        for row in 0..all.rows() {
            let distance = match (&book, seen) {
                (Ciphertexts::Floats(book), Ciphertexts::Floats(seen)) => distance(book, row, seen),
                (Ciphertexts::Bits(book), Ciphertexts::Bits(seen)) if book.row(row) == seen.row(0) => 0.0,
                _ => f32::INFINITY,
            };
            if distance < nearest.0 {
                nearest = (distance, row);
            }
        }
    }
    Ok(all.slice(nearest.1..nearest.1 + 1))
}

fn distance(book: &Floats, row: usize, seen: &Floats) -> f32 {
    book.row(row).iter().zip(seen.row(0)).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Learned;
    use crate::tools::testing::attack_cipher;
    use evesdrop_learn::games::{GameKind, Rules};
    use evesdrop_learn::model::{Model, ModelNote};
    use evesdrop_learn::networks::{Initialisation, Network};

    fn untrained(random_bits: usize) -> Box<dyn Cipher> {
        let rules = Rules { game: GameKind::Asymmetric, random_bits, ..Rules::symmetric(Network::Paper, 8, 8) };
        let note = ModelNote::new(rules);
        let parameters = Initialisation::TruncatedNormal.parameters(&note.layout(), 1);
        let model = Model::new(note, parameters);
        Box::new(Learned::new("test", model).unwrap())
    }

    #[test]
    fn every_message_of_a_deterministic_cipher_is_read() {
        let finding = &attack_cipher(&Codebook, untrained(0))[0];
        assert_eq!((finding.verdict, finding.recovered.len()), (Verdict::Broken, MESSAGES));
    }

    #[test]
    fn random_bits_blur_the_codebook() {
        let finding = &attack_cipher(&Codebook, untrained(8))[0];
        assert!(finding.recovered.len() < MESSAGES, "{}", finding.summary);
    }

    #[test]
    fn a_shared_key_gives_none() {
        let target = Target::parse("xor", &Default::default()).unwrap();
        crate::tools::testing::with_context(crate::battery::Budget::Quick, 1, |context| {
            assert!(Codebook.applies(&target, context).is_err());
        });
    }
}
