//! Ciphers that are linear over words: C = A P + b modulo m, as Hill's.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Form, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::modular::{row, words};
use crate::tools::supply::encrypt;

/// Finds the modulus m from E(x + y) - E(x) - E(y) + E(0), which is a multiple of m for every choice of messages x and y, then A
/// and b from one chosen message per word, and reads messages with the inverse of A.
///
/// L. S. Hill, "Cryptography in an algebraic alphabet", The American Mathematical Monthly 36, 1929.
pub struct ModularLinear;

/// Pairs of messages from which the modulus is found.
const SUMS: usize = 32;
/// Messages on which the map is confirmed.
const UNTOUCHED: usize = 64;

/// How bits are read as words: bits of a plaintext and of a ciphertext word, and their order of bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reading {
    plaintext: usize,
    ciphertext: usize,
    little: bool,
}

/// C = A P + b modulo m.
struct Map {
    modulus: u128,
    /// One row per ciphertext word.
    matrix: Vec<Vec<u128>>,
    constant: Vec<u128>,
}

impl Attack for ModularLinear {
    fn name(&self) -> &'static str {
        "modular-linear"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data cannot be asked to encrypt chosen messages".into());
        };
        if cipher.takes_nonce() {
            return Err("messages cannot be added where ciphertexts also depend on a nonce".into());
        }
        match cipher.form() {
            Form::Bits(bits) if readings(cipher.block_bits(), bits).next().is_some() => Ok(()),
            Form::Bits(_) => Err("messages and ciphertexts are not as many words".into()),
            Form::Floats(_) => Err("ciphertexts are real numbers".into()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let key = cipher.random_keys(&mut context.stream("modular-linear"), 1);
        let Form::Bits(bits) = cipher.form() else { return Ok(Vec::new()) };
        for reading in readings(cipher.block_bits(), bits) {
            context.check()?;
            let Some(map) = learn(cipher, &key, reading, &mut draft, context)? else { continue };
            let texts = context.stream("modular-linear: untouched").blocks(cipher.block_bits(), UNTOUCHED);
            let sent = encrypt(cipher, &key, &texts)?;
            draft.finding.samples += UNTOUCHED as u64;
            let right = |at: &usize| map.apply(&reading.of_plaintext(&texts, *at)) == reading.of_ciphertext(&sent, *at);
            if !(0..UNTOUCHED).all(|at| right(&at)) {
                continue;
            }
            draft.detail("map", format!("C = A P + b modulo {}, {}", map.modulus, reading.words(map.matrix.len())));
            draft.detail("untouched messages that follow it", format!("{UNTOUCHED} of {UNTOUCHED}"));
            draft.finding.advantage = Some(1.0);
            let (chosen, modulus) = (map.matrix.len() + 1, map.modulus);
            if let Some(inverse) = map.inverse().filter(|_| modulus >= 1 << reading.plaintext) {
                let read = |at: usize| {
                    row(
                        inverse.apply(&reading.of_ciphertext(&sent, at)).into_iter().map(|w| w as u64),
                        cipher.block_bits(),
                        reading.plaintext,
                        reading.little,
                    )
                };
                if (0..UNTOUCHED).all(|at| read(at) == texts.slice(at..at + 1)) {
                    draft.finding.recovered = (0..3)
                        .map(|at| format!("ciphertext {} is message {}", sent.hex(at), read(at).hex(0)))
                        .collect();
                    let summary = format!(
                        "encryption is linear modulo {modulus}: {chosen} chosen messages give the map, and its inverse reads every \
                         other message"
                    );
                    return Ok(vec![draft.conclude(Verdict::Broken, summary)]);
                }
            }
            let summary = format!(
                "encryption is linear modulo {modulus}: after {chosen} chosen messages the ciphertext of every message is known \
                 beforehand"
            );
            return Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)]);
        }
        Ok(vec![draft.conclude(Verdict::NothingFound, "encryption of words is not linear modulo any number")])
    }
}

/// Bytes and words of up to 64 bits, as many in a ciphertext as in a plaintext.
fn readings(block_bits: usize, cipher_bits: usize) -> impl Iterator<Item = Reading> {
    let widths = [8, 16, 32, 64];
    let all = widths.into_iter().flat_map(move |plaintext| widths.map(|ciphertext| (plaintext, ciphertext)));
    all.filter(move |(plaintext, ciphertext)| {
        block_bits.is_multiple_of(*plaintext)
            && cipher_bits.is_multiple_of(*ciphertext)
            && block_bits / plaintext == cipher_bits / ciphertext
    })
    .flat_map(|(plaintext, ciphertext)| {
        // Single bytes have no order.
        let orders = if plaintext.max(ciphertext) > 8 { &[false, true][..] } else { &[false] };
        orders.iter().map(move |&little| Reading { plaintext, ciphertext, little })
    })
}

impl Reading {
    fn of_plaintext(self, texts: &Blocks, at: usize) -> Vec<u128> {
        words(texts, at, self.plaintext, self.little).into_iter().map(u128::from).collect()
    }

    fn of_ciphertext(self, sent: &Blocks, at: usize) -> Vec<u128> {
        words(sent, at, self.ciphertext, self.little).into_iter().map(u128::from).collect()
    }

    fn words(self, count: usize) -> String {
        let order = if self.little { "little" } else { "big" };
        let of =
            |width: usize| if width == 8 { "bytes".into() } else { format!("{order}-endian words of {width} bits") };
        if self.plaintext == self.ciphertext {
            format!("{count} {}", of(self.plaintext))
        } else {
            format!("{count} {} to {}", of(self.plaintext), of(self.ciphertext))
        }
    }
}

/// The modulus from sums of messages, and the map from single words.
fn learn(
    cipher: &dyn Cipher,
    key: &Blocks,
    reading: Reading,
    draft: &mut Draft,
    context: &Context,
) -> Result<Option<Map>, AttackError> {
    let bits = cipher.block_bits();
    let count = bits / reading.plaintext;
    let text = |words: &[u128]| row(words.iter().map(|&word| word as u64), bits, reading.plaintext, reading.little);
    let mut stream = context.stream("modular-linear: sums");
    // Halves of the largest word, so that sums have no carry out of it.
    let half = stream.blocks(bits, 2 * SUMS);
    let half = |at: usize| reading.of_plaintext(&half, at).into_iter().map(|word| word >> 1).collect::<Vec<u128>>();
    let mut texts = text(&vec![0; count]);
    for at in 0..SUMS {
        let (x, y) = (half(2 * at), half(2 * at + 1));
        let sum: Vec<u128> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
        [x, y, sum].iter().for_each(|words| texts.extend(&text(words)));
    }
    for at in 0..count {
        texts.extend(&text(&(0..count).map(|place| u128::from(place == at)).collect::<Vec<_>>()));
    }
    let sent = encrypt(cipher, key, &texts)?;
    draft.finding.samples += texts.rows() as u64;
    let at = |row: usize| reading.of_ciphertext(&sent, row);
    let constant = at(0);
    let mut modulus = 0;
    for sum in 0..SUMS {
        let [x, y, both] = [1, 2, 3].map(|part| at(3 * sum + part));
        for place in 0..count {
            let (more, less) = (both[place] + constant[place], x[place] + y[place]);
            modulus = gcd(modulus, more.abs_diff(less));
        }
        if modulus == 1 {
            return Ok(None);
        }
    }
    let largest = (0..sent.rows()).flat_map(at).max().unwrap_or(0);
    // Without any carry, sums say nothing about the modulus, and words are as they stand.
    let modulus = if modulus == 0 { 1 << reading.ciphertext } else { modulus };
    if largest >= modulus {
        return Ok(None);
    }
    let single = |word: usize| at(1 + 3 * SUMS + word);
    let matrix = (0..count)
        .map(|place| (0..count).map(|word| (single(word)[place] + modulus - constant[place]) % modulus).collect())
        .collect();
    Ok(Some(Map { modulus, matrix, constant }))
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Map {
    fn apply(&self, words: &[u128]) -> Vec<u128> {
        let one = |(factors, constant): (&Vec<u128>, &u128)| {
            factors.iter().zip(words).fold(*constant, |sum, (factor, word)| {
                (sum + factor * (word % self.modulus) % self.modulus) % self.modulus
            })
        };
        self.matrix.iter().zip(&self.constant).map(one).collect()
    }

    /// P = A^-1 C - A^-1 b, by elimination; `None` where no pivot has an inverse.
    fn inverse(&self) -> Option<Self> {
        let (m, count) = (self.modulus, self.matrix.len());
        let mut left = self.matrix.clone();
        let mut right: Vec<Vec<u128>> =
            (0..count).map(|row| (0..count).map(|column| u128::from(row == column)).collect()).collect();
        for column in 0..count {
            let (pivot, inverse) = (column..count).find_map(|row| Some((row, inverse(left[row][column], m)?)))?;
            left.swap(column, pivot);
            right.swap(column, pivot);
            for side in [&mut left, &mut right] {
                side[column].iter_mut().for_each(|value| *value = *value * inverse % m);
            }
            for row in (0..count).filter(|row| *row != column) {
                let factor = left[row][column];
                for side in [&mut left, &mut right] {
                    let pivot = side[column].clone();
                    let less = |(value, pivot): (&mut u128, &u128)| *value = (*value + (m - factor) * pivot % m) % m;
                    side[row].iter_mut().zip(&pivot).for_each(less);
                }
            }
        }
        let map = Self { modulus: m, matrix: right, constant: vec![0; count] };
        let constant = map.apply(&self.constant).into_iter().map(|word| (m - word) % m).collect();
        Some(Self { constant, ..map })
    }
}

/// The inverse of a number modulo m, up to 2^64, by Euclid's algorithm.
fn inverse(number: u128, m: u128) -> Option<u128> {
    let (mut a, mut b) = ((number % m) as i128, m as i128);
    let (mut x, mut y) = (1i128, 0i128);
    while b != 0 {
        let quotient = a / b;
        (a, b) = (b, a - quotient * b);
        (x, y) = (y, x - quotient * y);
    }
    (a == 1).then(|| x.rem_euclid(m as i128) as u128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Function;
    use crate::tools::testing::{all_clean, attack, attack_cipher};

    fn cipher(block_bits: usize, encrypt: impl Fn(u128, u128) -> u128 + Send + Sync + 'static) -> Finding {
        attack_cipher(&ModularLinear, Box::new(Function::new("test", block_bits, 64, encrypt))).remove(0)
    }

    /// Hill's cipher over four bytes with an odd determinant.
    fn hill(key: u128, text: u128) -> u128 {
        let [a, b, c, d] = [0, 8, 16, 24].map(|shift| text >> shift & 0xff);
        let k = |at: u32| key >> (8 * at) & 0xff;
        let rows = [a + k(0) * b + k(1) * c, b + k(2) * c + k(3) * d, c + k(4) * d, 3 * d + k(5)];
        rows.iter().rev().fold(0, |word, row| word << 8 | row & 0xff)
    }

    #[test]
    fn hill_and_linear_congruences_fall() {
        let found = cipher(32, hill);
        assert_eq!(found.verdict, Verdict::Broken, "{}", found.summary);
        assert!(found.summary.contains("modulo 256: 5 chosen"), "{}", found.summary);
        let odd = |key: u128| key | 1;
        let word = cipher(64, move |key, text| (odd(key) * text + key) & u128::from(u64::MAX));
        assert!(word.summary.contains(&format!("modulo {}: 2 chosen", 1u128 << 64)), "{}", word.summary);
        assert_eq!(word.verdict, Verdict::Broken);
        let little = cipher(32, move |key, text| {
            let text = (text as u32).swap_bytes();
            u128::from((odd(key) as u32).wrapping_mul(text).wrapping_add(7).swap_bytes())
        });
        assert_eq!(little.verdict, Verdict::Broken, "{}", little.summary);
        assert!(little.details[0].1.contains("little-endian words of 32 bits"), "{:?}", little.details);
    }

    #[test]
    fn a_modulus_that_is_no_power_of_two_is_found() {
        // Two ciphertext words of 16 bits modulo 257, from two plaintext words of 16 bits that are too large for it.
        let found = cipher(32, |key, text| {
            let k = key % 256 + 1;
            let word = |text: u128| (k * text + key / 256 % 257) % 257;
            word(text >> 16 & 0xffff) << 16 | word(text & 0xffff)
        });
        assert_eq!(found.verdict, Verdict::WeaknessFound, "{}", found.summary);
        assert!(found.summary.contains("modulo 257"), "{}", found.summary);
    }

    #[test]
    fn inverses() {
        assert_eq!(inverse(3, 256), Some(171));
        assert_eq!(inverse(2, 256), None);
        assert_eq!(inverse(5, 1 << 64), Some(14757395258967641293));
    }

    #[test]
    fn a_reused_pad_of_bytes_is_misuse_and_good_ciphers_stand() {
        assert_eq!(attack(&ModularLinear, "vigenere")[0].verdict, Verdict::Broken);
        assert_eq!(attack(&ModularLinear, "affine")[0].verdict, Verdict::Broken);
        all_clean(&ModularLinear, &["aes-128", "speck32/64", "feistel:8", "one-time-pad"], 1);
    }
}
