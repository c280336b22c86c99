//! The structure of a cipher, in words: which ciphertext bits are affine in message and key, and how far the others are from
//! affine.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::gf2::{AffineMap, rank, reduced};
use crate::tools::supply::{Oracle, Pairs, Supply};

/// Reports "ciphertext bit 3 = plaintext 3 xor key 7; 11 of 16 bits are affine". For small blocks it also reports the algebraic
/// normal forms, and how well the best affine function and the best difference approximate the map under one key.
pub struct Structure;

/// Number of examples beyond those that determine a map, and of fresh ones.
const MARGIN: usize = 64;
const UNTOUCHED: usize = 64;
/// Number of equations shown.
const SHOWN: usize = 16;
/// Largest blocks for which all approximations, and all differences, are tried.
const WALSH_BITS: usize = 16;
const DIFFERENCE_BITS: usize = 10;

impl Attack for Structure {
    fn name(&self) -> &'static str {
        "structure"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownAlgorithm
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let Some(data) = target.data() else {
            return Ok(());
        };
        let need = target.block_bits() + target.key_bits() + 1 + MARGIN + UNTOUCHED;
        match &data.keys {
            None => Err("the file does not give the keys".into()),
            Some(_) if data.rows() < need => Err(format!("needs {need} rows with keys, the file has {}", data.rows())),
            Some(_) => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut supply = Supply::fresh_keys(target, context, "structure");
        let unknowns = target.block_bits() + target.key_bits() + 1;
        let (known, untouched) = (supply.take(unknowns + MARGIN)?, supply.take(UNTOUCHED)?);
        draft.finding.samples = (known.rows() + untouched.rows()) as u64;
        let (Some(known_inputs), Some(untouched_inputs)) = (inputs(&known), inputs(&untouched)) else {
            return Ok(vec![draft.conclude(Verdict::Inconclusive, "the keys are not known")]);
        };
        let map = AffineMap::fit(&known_inputs, &known.ciphertexts);
        let affine = map.confirmed(&untouched_inputs, &untouched.ciphertexts);
        let affine: Vec<usize> = affine.into_iter().filter(|&bit| map.varies(bit)).collect();
        let total = known.ciphertexts.bits();
        draft.detail("ciphertext bits affine in plaintext and key", format!("{} of {total}", affine.len()));
        for &bit in affine.iter().take(SHOWN) {
            draft.detail(
                &format!("ciphertext bit {bit}"),
                equation(&map.terms(bit), target.block_bits(), target.key_bits()),
            );
        }
        if let Some(cipher) = target.cipher().filter(|cipher| !cipher.takes_nonce() && !cipher.is_external()) {
            self.spectra(cipher, &mut draft, context)?;
        }
        let block = target.block_bits();
        let free = keyless_sums(&map, &affine, block, target.key_bits());
        if !free.is_empty() {
            draft.finding.advantage = Some(1.0);
            draft.finding.leaked_bits = Some(free.len() as f64);
            for sum in free.iter().take(SHOWN) {
                draft.detail(&format!("ciphertext {}", joined(&sum.ciphertext)), equation(&sum.plaintext, block, 0));
            }
            let summary = if free.iter().all(|sum| sum.ciphertext.len() == 1) {
                format!(
                    "{} of {total} ciphertext bits are sums of plaintext bits alone: they go out without any key",
                    free.len()
                )
            } else {
                let known = block - free.len();
                let rest = if reads_the_rest(&free, block) {
                    format!("the first {known}")
                } else {
                    format!("certain {known}")
                };
                format!(
                    "{} sums of ciphertext bits are sums of plaintext bits alone, under one-time keys too: whoever knows {rest} bits \
                     of a message reads its other {}",
                    free.len(),
                    free.len()
                )
            };
            let verdict = if free.len() == block { Verdict::Broken } else { Verdict::WeaknessFound };
            if verdict == Verdict::Broken {
                draft.finding.recovered =
                    vec![format!("every message, without its key: all {block} bits are sums of ciphertext bits")];
            }
            return Ok(vec![draft.conclude(verdict, summary)]);
        }
        // An affine pad is no weakness as long as each key is used once.
        let reusable = target.key_use() == crate::ciphers::KeyUse::Reusable;
        let summary = match affine.first() {
            None => format!("none of {total} ciphertext bits is affine in plaintext and key"),
            Some(&bit) => {
                let first = equation(&map.terms(bit), target.block_bits(), target.key_bits());
                let all = format!("ciphertext bit {bit} = {first}; {} of {total} bits are affine", affine.len());
                if reusable { all } else { format!("{all}, which alone reads no message while each key is used once") }
            }
        };
        let verdict = if reusable && !affine.is_empty() { Verdict::WeaknessFound } else { Verdict::NothingFound };
        Ok(vec![draft.conclude(verdict, summary)])
    }
}

impl Structure {
    /// The best affine approximation and the best difference of the map under one random key, for small blocks.
    fn spectra(&self, cipher: &dyn Cipher, draft: &mut Draft, context: &Context) -> Result<(), AttackError> {
        let bits = cipher.block_bits();
        if bits > WALSH_BITS {
            return Ok(());
        }
        let mut stream = context.stream("structure: spectra");
        let key = cipher.random_keys(&mut stream, 1);
        let all = Blocks::from_values(bits, 0..1 << bits);
        let seen = Oracle::new(cipher).encrypt(&key, &all)?;
        draft.finding.samples += 1 << bits;
        let mut best = (0, 0, 0);
        for bit in 0..seen.bits() {
            context.check()?;
            let mut spectrum: Vec<i32> = (0..1 << bits).map(|row| if seen.get(row, bit) { -1 } else { 1 }).collect();
            walsh(&mut spectrum);
            let strongest =
                spectrum.iter().enumerate().map(|(mask, value)| (value.abs(), bit, mask)).max_by_key(|entry| entry.0);
            best = best.max(strongest.unwrap_or_default());
        }
        // The largest of a random function's n 2^N coefficients is about 2^(N/2) sqrt(2 ln(n 2^N)).
        let size = (1u64 << bits) as f64;
        let expected = (size * 2.0 * (size * seen.bits() as f64).ln()).sqrt() / size;
        draft.detail(
            "best affine approximation of one ciphertext bit under one key",
            format!(
                "bit {}, correlation {:.4}; about {:.4} for a random map",
                best.1,
                f64::from(best.0) / size,
                expected.min(1.0)
            ),
        );
        let forms = (0..seen.bits()).map(|bit| {
            let mut form: Vec<bool> = (0..1 << bits).map(|row| seen.get(row, bit)).collect();
            normal_form(&mut form);
            let terms: Vec<usize> = (0..form.len()).filter(|&product| form[product]).collect();
            (terms.len(), bit, terms.iter().map(|product| product.count_ones()).max().unwrap_or(0))
        });
        let forms: Vec<(usize, usize, u32)> = forms.collect();
        let degrees = || forms.iter().map(|form| form.2);
        if let (Some((terms, bit, _)), Some(low), Some(high)) = (forms.iter().min(), degrees().min(), degrees().max()) {
            draft.detail(
                "algebraic normal forms under one key",
                format!("degrees {low} to {high} of {bits}; the shortest, of bit {bit}, has {terms} of {size} terms"),
            );
        }
        if bits <= DIFFERENCE_BITS && seen.bits() <= 64 {
            let codes: Vec<u64> = (0..1 << bits).map(|row| seen.value(row)).collect();
            let (count, input) = best_difference(&codes);
            draft.detail(
                "best difference under one key",
                format!("{input:x} passes with probability {:.4}", count as f64 / size),
            );
        }
        Ok(())
    }
}

/// A sum of ciphertext bits that is a sum of plaintext bits, and of a constant, under every key.
struct Sum {
    ciphertext: Vec<usize>,
    /// Terms as those of the map without the key: plaintext bits, then the constant.
    plaintext: Vec<usize>,
}

/// Independent sums of affine ciphertext bits in which no key bit is left: the left null space of the key's part of the map.
fn keyless_sums(map: &AffineMap, affine: &[usize], block: usize, key: usize) -> Vec<Sum> {
    // The key's columns come first, and one column per ciphertext bit remembers which ones were added.
    let constant = key + block;
    let mut rows = Blocks::new(constant + 1 + affine.len(), affine.len());
    for (row, &bit) in affine.iter().enumerate() {
        for term in map.terms(bit) {
            let column = if term < block {
                key + term
            } else if term < constant {
                term - block
            } else {
                term
            };
            rows.flip(row, column);
        }
        rows.flip(row, constant + 1 + row);
    }
    let mut sums = Vec::new();
    for (first, words) in reduced(&rows) {
        let is_set = |column: &usize| words[column / 64] >> (63 - column % 64) & 1 == 1;
        if (key..constant).contains(&first) {
            let plaintext = (key..=constant).filter(is_set).map(|column| column - key).collect();
            let ciphertext = (0..affine.len()).filter(|at| is_set(&(constant + 1 + at))).map(|at| affine[at]).collect();
            sums.push(Sum { ciphertext, plaintext });
        }
    }
    sums
}

/// Whether the sums give the last bits of a message, as many as there are sums, from those before them.
fn reads_the_rest(sums: &[Sum], block: usize) -> bool {
    let known = block - sums.len();
    let mut last = Blocks::new(sums.len(), sums.len());
    for (row, sum) in sums.iter().enumerate() {
        sum.plaintext
            .iter()
            .filter(|term| (known..block).contains(*term))
            .for_each(|term| last.flip(row, term - known));
    }
    rank(&last) == sums.len()
}

/// "3 xor 11".
fn joined(bits: &[usize]) -> String {
    bits.iter().map(usize::to_string).collect::<Vec<_>>().join(" xor ")
}

/// Message and key concatenated, if keys are known.
fn inputs(pairs: &Pairs) -> Option<Blocks> {
    pairs.keys.as_ref().map(|keys| pairs.plaintexts.beside(keys))
}

/// The terms of an affine function, in words; long ones are abbreviated.
fn equation(terms: &[usize], block: usize, key: usize) -> String {
    let name = |&term: &usize| match term.checked_sub(block) {
        None => format!("plaintext {term}"),
        Some(at) if at < key => format!("key {at}"),
        Some(_) => "1".into(),
    };
    let shown: Vec<String> = terms.iter().take(8).map(name).collect();
    match (terms.len(), terms.len().saturating_sub(8)) {
        (0, _) => "0".into(),
        (_, 0) => shown.join(" xor "),
        (_, more) => format!("{} xor {more} more", shown.join(" xor ")),
    }
}

/// The Walsh-Hadamard transform in place: entry m becomes the sum over x of value(x) (-1)^(m . x).
fn walsh(values: &mut [i32]) {
    let mut half = 1;
    while half < values.len() {
        for block in values.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            for (a, b) in left.iter_mut().zip(right) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// The algebraic normal form in place, by the Moebius transform over GF(2): entry m becomes the coefficient of the product of
/// the variables in m.
fn normal_form(values: &mut [bool]) {
    let mut half = 1;
    while half < values.len() {
        for block in values.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            right.iter_mut().zip(left).for_each(|(b, a)| *b ^= *a);
        }
        half *= 2;
    }
}

/// The input difference that most often leads to a single output difference, and the number of times.
fn best_difference(codes: &[u64]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut differences = Vec::with_capacity(codes.len());
    for input in 1..codes.len() {
        differences.clear();
        differences.extend((0..codes.len()).map(|x| codes[x] ^ codes[x ^ input]));
        differences.sort_unstable();
        let count = differences.chunk_by(|a, b| a == b).map(<[u64]>::len).max().unwrap_or(0);
        best = best.max((count, input));
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::{Dataset, Function, KeyUse, TargetOptions};
    use crate::tools::testing::{attack, attack_cipher, attack_target};

    fn detail<'a>(finding: &'a Finding, label: &str) -> &'a str {
        finding.details.iter().find(|(l, _)| l == label).map_or("", |(_, text)| text)
    }

    #[test]
    fn says_what_each_bit_is() {
        let xor = &attack(&Structure, "xor")[0];
        assert_eq!(xor.verdict, Verdict::WeaknessFound);
        assert_eq!(detail(xor, "ciphertext bit 11"), "plaintext 11 xor key 3");
        assert!(
            xor.summary.contains("8 sums of ciphertext bits are") && xor.summary.contains("knows the first 8 bits"),
            "{}",
            xor.summary
        );
        assert_eq!(detail(xor, "ciphertext 0 xor 8"), "plaintext 0 xor plaintext 8");
        let pad = &attack(&Structure, "one-time-pad:8")[0];
        assert_eq!((pad.verdict, pad.misuse), (Verdict::NothingFound, false));
        assert!(
            detail(pad, "best affine approximation of one ciphertext bit under one key").contains("correlation 1.0000")
        );
        let forms = detail(pad, "algebraic normal forms under one key");
        // A message bit, and a key bit as the constant term.
        assert!(forms.starts_with("degrees 1 to 1 of 8"), "{forms}");
        assert!(detail(pad, "best difference under one key").contains("probability 1.0000"));
        let feistel = &attack(&Structure, "feistel:1")[0];
        assert!(feistel.summary.contains("without any key"), "{}", feistel.summary);
        for good in ["aes-128", "chacha20", "speck32/64"] {
            assert_eq!(attack(&Structure, good)[0].verdict, Verdict::NothingFound, "{good}");
        }
    }

    #[test]
    fn sums_without_the_key_leak_under_one_time_keys_too() {
        // Twelve bits of message, eight of key; the last four bits hide nothing once the first eight are known.
        let short = |key: u128, text: u128| text ^ text >> 1 ^ key << 4 ^ key & 0xf;
        let cipher = Function::new("short", 12, 8, short).with_one_time_keys();
        let finding = &attack_cipher(&Structure, Box::new(cipher))[0];
        assert_eq!((finding.verdict, finding.misuse), (Verdict::WeaknessFound, false), "{}", finding.summary);
        assert!(
            finding.summary.contains("4 sums") && finding.summary.contains("the first 8 bits"),
            "{}",
            finding.summary
        );
        assert_eq!(finding.leaked_bits, Some(4.0));
        let open = Function::new("open", 12, 8, |_, text| text ^ text >> 3).with_one_time_keys();
        let finding = &attack_cipher(&Structure, Box::new(open))[0];
        assert_eq!(finding.verdict, Verdict::Broken, "{}", finding.summary);
    }

    #[test]
    fn reads_recorded_rows_with_keys() {
        let target = Target::parse("xor", &TargetOptions::default()).unwrap();
        let pairs = crate::tools::testing::with_context(crate::battery::Budget::Quick, 3, |context| {
            Supply::fresh_keys(&target, context, "record").take(300).unwrap()
        });
        let data = Dataset { keys: pairs.keys, plaintexts: pairs.plaintexts, ciphertexts: pairs.ciphertexts };
        let finding = &attack_target(&Structure, &Target::from_data("csv:rows", data, KeyUse::Reusable))[0];
        assert!(finding.summary.contains("8 sums"), "{}", finding.summary);
    }

    #[test]
    fn spectra_of_known_functions() {
        // The product of two bits agrees with 0 in 3 of 4 cases: coefficients 2, 2, 2, -2.
        let mut and = [1, 1, 1, -1];
        walsh(&mut and);
        assert_eq!(and, [2, 2, 2, -2]);
        // 1 xor x0 xor x0 x1, at x1 x0 = 00, 01, 10, 11.
        let mut form = [true, false, true, true];
        normal_form(&mut form);
        assert_eq!(form, [true, true, false, true]);
        assert_eq!(best_difference(&[0, 1, 2, 3]).0, 4);
        // x^3 over GF(8) is almost perfect nonlinear: every difference occurs twice at most.
        assert_eq!(best_difference(&[0, 1, 3, 4, 5, 6, 7, 2]).0, 2);
    }
}
