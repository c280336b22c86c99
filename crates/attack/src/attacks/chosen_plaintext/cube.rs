//! Cube test of the algebraic degree: the sum over all values of d message bits is zero if the degree is below d.
use crate::battery::evidence::Score;
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::supply::Oracle;

/// Sums ciphertexts over cubes of message bits (all 2^d values of d bits, the rest fixed at random, with a fresh key for each
/// sum). A bit whose sum is constant has a truncated algebraic normal form; the sums of a good cipher are fair coins. X. Lai,
/// "Higher order derivatives and differential cryptanalysis", 1994; I. Dinur and A. Shamir, "Cube attacks on tweakable black
/// box polynomials", 2009.
pub struct Cube;

/// Number of sums for suspecting a ciphertext bit, and of fresh sums for confirming it.
const SUSPECT: usize = 24;
const JUDGE: usize = 64;
/// Number of cubes tried per dimension.
const CUBES: usize = 4;

impl Attack for Cube {
    fn name(&self) -> &'static str {
        "cube"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        if target.cipher().is_none() {
            return Err("recorded data cannot be asked to encrypt chosen messages".into());
        }
        let need = (SUSPECT * CUBES) << 4;
        match context.allowance {
            Some(allowance) if allowance < need => {
                Err(format!("needs {need} blocks, the program's time allows for {allowance}"))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else {
            return Ok(Vec::new());
        };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("cube");
        let mut oracle = Oracle::new(cipher);
        // Over all messages any permutation sums to zero.
        let most = context.pick(8, 12, 16).min(cipher.block_bits().saturating_sub(1));
        let mut tried = 0;
        for dimension in (1..=most).filter(|dimension| *dimension < 4 || dimension.is_multiple_of(2)) {
            if context.allowance.is_some_and(|allowance| (SUSPECT * CUBES) << dimension > allowance) {
                break;
            }
            for number in 0..CUBES {
                context.check()?;
                let cube = choose(number, dimension, cipher.block_bits(), &mut stream);
                let (zero, one) = constant(&mut oracle, &cube, SUSPECT, &mut stream)?;
                draft.finding.samples += (SUSPECT << dimension) as u64;
                tried += 1;
                if zero.is_empty() && one.is_empty() {
                    continue;
                }
                let (zero_again, one_again) = constant(&mut oracle, &cube, JUDGE, &mut stream)?;
                draft.finding.samples += (JUDGE << dimension) as u64;
                let both = |a: &[usize], b: &[usize]| a.iter().filter(|bit| b.contains(bit)).count();
                let (zeros, ones) = (both(&zero, &zero_again), both(&one, &one_again));
                if zeros + ones == 0 {
                    continue;
                }
                let score = Score { right: JUDGE as u64, of: JUDGE as u64 };
                draft.finding.advantage = Some(1.0);
                draft.finding.interval = Some(score.interval());
                // Any of the bits suspected in any of the cubes might have passed by chance.
                let chances = (tried * (zero.len() + one.len())) as f64;
                draft.finding.p_value = Some((score.p_value() * chances).min(1.0));
                draft
                    .detail("cube of plaintext bits", cube.iter().map(usize::to_string).collect::<Vec<_>>().join(", "));
                draft.detail("bits whose sum is always 0, always 1", format!("{zeros}, {ones}"));
                let total =
                    oracle.encrypt(&Blocks::new(cipher.key_bits(), 1), &Blocks::new(cipher.block_bits(), 1))?.bits();
                let summary = format!(
                    "{} of {total} ciphertext bits have a constant sum over a cube of {}, under any key",
                    zeros + ones,
                    counted(dimension, "plaintext bit")
                );
                return Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)]);
            }
        }
        draft.finding.p_value = Some(1.0);
        let summary = format!(
            "sums over {} of up to {} look like fair coins",
            counted(tried, "cube"),
            counted(most, "plaintext bit")
        );
        Ok(vec![draft.conclude(Verdict::NothingFound, summary)])
    }
}

/// The bits of a cube: neighbours at the start or the end of the message first, then random ones.
fn choose(number: usize, dimension: usize, bits: usize, stream: &mut Stream) -> Vec<usize> {
    match number {
        0 => (0..dimension).collect(),
        1 => (bits - dimension..bits).collect(),
        _ => {
            let mut all: Vec<usize> = (0..bits).collect();
            for at in 0..dimension {
                let other = at + stream.below((bits - at) as u64) as usize;
                all.swap(at, other);
            }
            all.truncate(dimension);
            all.sort_unstable();
            all
        }
    }
}

/// The ciphertext bits whose sum over the cube is zero under each of `trials` keys, and those whose sum is always one.
fn constant(
    oracle: &mut Oracle,
    cube: &[usize],
    trials: usize,
    stream: &mut Stream,
) -> Result<(Vec<usize>, Vec<usize>), AttackError> {
    let size = 1 << cube.len();
    let mut sums: Option<Blocks> = None;
    // Programs are started once per batch; other ciphers get batches that stay in the cache.
    let together = (1usize << 13).div_ceil(size).clamp(1, trials);
    let mut left = trials;
    while left > 0 {
        let here = left.min(together);
        left -= here;
        let (single, base) = (oracle.cipher.random_keys(stream, here), stream.blocks(oracle.cipher.block_bits(), here));
        let (mut keys, mut texts) = (Blocks::new(single.bits(), 0), Blocks::new(base.bits(), 0));
        for trial in 0..here {
            keys.extend(&single.repeat(trial, size));
            let first = texts.rows();
            texts.extend(&base.repeat(trial, size));
            for setting in 0..size {
                cube.iter()
                    .enumerate()
                    .filter(|(at, _)| setting >> at & 1 == 1)
                    .for_each(|(_, &bit)| texts.flip(first + setting, bit));
            }
        }
        let seen = oracle.encrypt(&keys, &texts)?;
        let sums = sums.get_or_insert_with(|| Blocks::new(seen.bits(), 0));
        for trial in 0..here {
            let mut sum = Blocks::new(seen.bits(), 1);
            for row in trial * size..(trial + 1) * size {
                sum.row_mut(0).iter_mut().zip(seen.row(row)).for_each(|(sum, word)| *sum ^= word);
            }
            sums.extend(&sum);
        }
    }
    let Some(sums) = sums else {
        return Ok((Vec::new(), Vec::new()));
    };
    let always =
        |value: bool| (0..sums.bits()).filter(|&bit| (0..sums.rows()).all(|row| sums.get(row, bit) == value)).collect();
    Ok((always(false), always(true)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::testing::{all_clean, all_weak, attack};

    #[test]
    fn low_degrees_show() {
        all_weak(&Cube, &["xor", "lfsr", "feistel:2", "vigenere", "speck32/64:2"]);
        assert!(attack(&Cube, "one-time-pad")[0].misuse);
    }

    #[test]
    fn high_degrees_do_not() {
        all_clean(&Cube, &["speck32/64", "aes-128", "chacha20"], 1);
    }
}
