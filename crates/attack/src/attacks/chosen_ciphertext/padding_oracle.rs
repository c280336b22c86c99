//! Padding oracles: a receiver who says whether the padding is right.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Ciphertexts, Form, Target};
use crate::report::{Finding, ThreatModel, Verdict};

/// Reads a message by forged ciphertexts of which the receiver refuses all but one in 256.
///
/// In CBC mode the byte before a block's byte changes what that byte decrypts to. A forged ciphertext is accepted if it decrypts to
/// 01, or to 02 02, and so on (PKCS #7), so each accepted one gives a byte of the message. Decrypted messages themselves are not used.
///
/// S. Vaudenay, "Security flaws induced by CBC padding", EUROCRYPT 2002.
pub struct PaddingOracle;

/// Bytes in a block of the cipher below.
const BLOCK_BYTES: [usize; 2] = [16, 8];
/// Random ciphertexts that show whether the receiver refuses any.
const RANDOM: usize = 64;

impl Attack for PaddingOracle {
    fn name(&self) -> &'static str {
        "padding-oracle"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenCiphertext
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher().filter(|cipher| cipher.decrypts()) else {
            return Err("needs decryption (--decrypt)".into());
        };
        let Form::Bits(bits) = cipher.form() else { return Err("ciphertexts of real numbers have no padding".into()) };
        if !BLOCK_BYTES.iter().any(|bytes| bits.is_multiple_of(8 * bytes) && bits > 8 * bytes) {
            return Err(format!("ciphertexts of {bits} bits are not several blocks of 8 or 16 bytes"));
        }
        if context.allowance.is_some_and(|allowance| allowance < 2 * bits) {
            return Err("takes this program too long: it asks 256 questions for each byte of ciphertext".into());
        }
        let mut stream = context.stream("padding-oracle: random");
        let (key, random) = (cipher.random_keys(&mut stream, 1), stream.blocks(bits, RANDOM));
        // A receiver that fails here fails again when it is attacked.
        match cipher.accepts(&key, &Ciphertexts::Bits(random), 0) {
            Ok(accepted) if accepted.iter().all(|accepted| *accepted) => {
                Err("the receiver accepts every ciphertext".into())
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("padding-oracle");
        let (key, message) = (cipher.random_keys(&mut stream, 1), stream.blocks(cipher.block_bits(), 1));
        let captured = cipher.encrypt(&key, &message, 0)?.bits(1);
        let sent = captured.bytes(0);
        let mut receiver = Receiver { cipher, key: &key, asked: 0 };
        for bytes in BLOCK_BYTES {
            if !sent.len().is_multiple_of(bytes) || sent.len() < 2 * bytes {
                continue;
            }
            let blocks: Vec<&[u8]> = sent.chunks(bytes).collect();
            let mut read = Vec::new();
            for (number, block) in blocks.iter().enumerate().skip(1) {
                context.check()?;
                context.report(self, number as f64 / blocks.len() as f64);
                let Some(inside) = receiver.decrypted(&sent, block)? else { break };
                read.extend(inside.iter().zip(blocks[number - 1]).map(|(inside, before)| inside ^ before));
            }
            let text = message.bytes(0);
            // Where the initial vector is not sent, the first block stays unknown.
            let right = [0, bytes].into_iter().find(|&skip| {
                let known = text.get(skip..).unwrap_or_default();
                !known.is_empty() && read.len() >= known.len() && read[..known.len()] == *known
            });
            draft.finding.samples = receiver.asked;
            let Some(skip) = right else { continue };
            let known: String = text[skip..].iter().map(|byte| format!("{byte:02x}")).collect();
            draft.detail("block", format!("{bytes} bytes"));
            draft.detail("questions to the receiver", receiver.asked.to_string());
            draft.finding.advantage = Some(1.0);
            draft.finding.recovered.push(format!("message {known}"));
            draft.finding.inputs.push(("ciphertext.txt".into(), format!("{}\n", captured.hex(0))));
            let part = if skip == 0 { "the whole message".into() } else { format!("the message from byte {skip} on") };
            let summary = format!(
                "{part} is read from one ciphertext by {} questions whether the padding of a forged one is right",
                receiver.asked
            );
            return Ok(vec![draft.conclude(Verdict::Broken, summary)]);
        }
        Ok(vec![draft.conclude(Verdict::NothingFound, "what the receiver refuses does not depend on padding alone")])
    }
}

/// A receiver who only says whether he accepts.
struct Receiver<'a> {
    cipher: &'a dyn Cipher,
    key: &'a Blocks,
    asked: u64,
}

impl Receiver<'_> {
    /// Which of these byte strings he accepts.
    fn accepts(&mut self, forged: &[Vec<u8>]) -> Result<Vec<bool>, AttackError> {
        let mut rows = Blocks::new(8 * forged[0].len(), forged.len());
        forged.iter().enumerate().for_each(|(row, bytes)| rows.set_bytes(row, bytes));
        self.asked += forged.len() as u64;
        Ok(self.cipher.accepts(self.key, &Ciphertexts::Bits(rows), 0)?)
    }

    /// What the cipher below makes of `block`, before the block before is added: byte by byte from the end, by the forged byte before it
    /// that makes the padding right. `sent` is a ciphertext of the usual length. `None` if no such byte exists.
    fn decrypted(&mut self, sent: &[u8], block: &[u8]) -> Result<Option<Vec<u8>>, AttackError> {
        let bytes = block.len();
        let mut inside = vec![0; bytes];
        for place in (0..bytes).rev() {
            let padding = (bytes - place) as u8;
            let forged = |byte: u8, before: u8| {
                let mut forged = sent.to_vec();
                let (head, last) = forged.split_at_mut(sent.len() - bytes);
                last.copy_from_slice(block);
                let head = head.rchunks_mut(bytes).next().expect("there is a block before");
                head[..place].fill(before);
                head[place] = byte;
                (place + 1..bytes).for_each(|later| head[later] = inside[later] ^ padding);
                forged
            };
            let all: Vec<Vec<u8>> = (0..=255).map(|byte| forged(byte, 0)).collect();
            let accepted = self.accepts(&all)?;
            let fits: Vec<u8> = (0..=255u8).filter(|&byte| accepted[usize::from(byte)]).collect();
            // By chance the bytes before continue a longer padding. Other bytes there do not.
            let again: Vec<Vec<u8>> = fits.iter().map(|&byte| forged(byte, 0xff)).collect();
            let sure = if again.is_empty() { Vec::new() } else { self.accepts(&again)? };
            let Some((byte, _)) = fits.iter().zip(sure).find(|(_, sure)| *sure) else { return Ok(None) };
            inside[place] = byte ^ padding;
        }
        Ok(Some(inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::Budget;
    use crate::ciphers::{CipherError, Feistel, KeyUse, TargetOptions, batch_rows};
    use crate::tools::testing::{attack_cipher, with_context};

    /// Messages of 13 bytes in CBC mode over a cipher of 8 bytes, padded to 16 bytes, after a fixed initial vector.
    struct Cbc {
        /// Whether the receiver also checks a sum over the whole ciphertext.
        checked: bool,
    }

    const VECTOR: u64 = 0x0123_4567_89ab_cdef;

    impl Cbc {
        /// Two halves of 32 bits through the toy Feistel network, and mixed before and after.
        fn block(key: &Blocks, block: u64, forward: bool) -> Result<u64, CipherError> {
            let feistel = Feistel::new(8);
            let half = |half: u64| -> Result<u64, CipherError> {
                let half = Blocks::from_values(32, [half & 0xffff_ffff]);
                let out = if forward {
                    feistel.encrypt(key, &half, 0)?.bits(1)
                } else {
                    feistel.decrypt(key, &Ciphertexts::Bits(half), 0)?
                };
                Ok(out.value(0))
            };
            let multiplier = 0x9E37_79B9_7F4A_7C15u64;
            // Newton's iteration for the inverse modulo 2^64.
            let inverse = (0..6).fold(multiplier, |x, _| x.wrapping_mul(2u64.wrapping_sub(multiplier.wrapping_mul(x))));
            let block = if forward { block.wrapping_mul(multiplier).swap_bytes() } else { block };
            let mixed = half(block >> 32)? << 32 | half(block)?;
            Ok(if forward { mixed } else { mixed.swap_bytes().wrapping_mul(inverse) })
        }

        fn opened(key: &Blocks, bytes: &[u8]) -> Result<Vec<u8>, CipherError> {
            let words: Vec<u64> = bytes.as_chunks().0.iter().map(|word| u64::from_be_bytes(*word)).collect();
            let mut text = Vec::new();
            for pair in words.windows(2) {
                text.extend((Self::block(key, pair[1], false)? ^ pair[0]).to_be_bytes());
            }
            Ok(text)
        }
    }

    impl Cipher for Cbc {
        fn name(&self) -> String {
            "cbc".into()
        }
        fn block_bits(&self) -> usize {
            13 * 8
        }
        fn key_bits(&self) -> usize {
            64
        }
        fn form(&self) -> Form {
            Form::Bits(if self.checked { 32 * 8 } else { 24 * 8 })
        }
        fn key_use(&self) -> KeyUse {
            KeyUse::Reusable
        }
        fn encrypt(&self, keys: &Blocks, texts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
            let rows = batch_rows(self, keys, texts, self.block_bits())?;
            let Form::Bits(bits) = self.form() else { unreachable!() };
            let mut out = Blocks::new(bits, rows);
            for row in 0..rows {
                let key = keys.slice(row.min(keys.rows() - 1)..row.min(keys.rows() - 1) + 1);
                let padded = [texts.bytes(row), vec![3; 3]].concat();
                let mut sent = VECTOR.to_be_bytes().to_vec();
                let mut before = VECTOR;
                for word in padded.as_chunks().0 {
                    before = Self::block(&key, u64::from_be_bytes(*word) ^ before, true)?;
                    sent.extend(before.to_be_bytes());
                }
                if self.checked {
                    let sum = Self::block(
                        &key,
                        blake3::hash(&sent).as_bytes()[..8].iter().fold(0, |s, b| s << 8 | u64::from(*b)),
                        true,
                    )?;
                    sent.extend(sum.to_be_bytes());
                }
                out.set_bytes(row, &sent);
            }
            Ok(Ciphertexts::Bits(out))
        }
        fn decrypts(&self) -> bool {
            true
        }
        fn accepts(&self, keys: &Blocks, sent: &Ciphertexts, _nonce: u64) -> Result<Vec<bool>, CipherError> {
            let Ciphertexts::Bits(sent) = sent else { unreachable!() };
            let accepted = |row| -> Result<bool, CipherError> {
                let bytes = sent.bytes(row);
                if self.checked {
                    let (body, sum) = bytes.split_at(24);
                    let wanted = Self::block(
                        keys,
                        blake3::hash(body).as_bytes()[..8].iter().fold(0, |s, b| s << 8 | u64::from(*b)),
                        true,
                    )?;
                    return Ok(sum == wanted.to_be_bytes());
                }
                let text = Self::opened(keys, &bytes)?;
                let count = usize::from(text[text.len() - 1]);
                Ok((1..=8).contains(&count)
                    && text[text.len() - count..].iter().all(|byte| usize::from(*byte) == count))
            };
            (0..sent.rows()).map(accepted).collect()
        }
    }

    #[test]
    fn a_receiver_who_checks_padding_reads_the_message_to_everyone() {
        let finding = &attack_cipher(&PaddingOracle, Box::new(Cbc { checked: false }))[0];
        assert_eq!(finding.verdict, Verdict::Broken, "{}", finding.summary);
        let message = with_context(Budget::Quick, 1, |context| {
            let mut stream = context.stream("padding-oracle");
            stream.blocks(64, 1);
            stream.blocks(104, 1).hex(0)
        });
        assert_eq!(finding.recovered, [format!("message {message}")]);
        // 256 questions for each of 16 bytes, and a few more.
        assert!((4096..4400).contains(&finding.samples), "{}", finding.samples);
    }

    #[test]
    fn a_receiver_who_checks_the_whole_ciphertext_tells_nothing() {
        let finding = &attack_cipher(&PaddingOracle, Box::new(Cbc { checked: true }))[0];
        assert_eq!(finding.verdict, Verdict::NothingFound, "{}", finding.summary);
    }

    #[test]
    fn it_says_why_it_does_not_apply() {
        with_context(Budget::Quick, 1, |context| {
            let reason = |name| {
                PaddingOracle.applies(&Target::parse(name, &TargetOptions::default()).unwrap(), context).unwrap_err()
            };
            assert!(reason("xor").contains("blocks of 8 or 16"));
            assert!(reason("vigenere").contains("accepts every ciphertext"));
        });
    }
}
