//! Differences that stay within a part of the ciphertext: sums of ciphertext bits whose difference is certain.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::gf2::rank;
use crate::tools::supply::Oracle;

/// Looks for input differences whose output differences under one key, whatever the message, differ from each other only within a
/// space of fewer dimensions than the ciphertext has bits. The remaining sums of ciphertext bits have a certain difference, by
/// which an attacker who can undo the last round tests guesses of its key.
///
/// S. Murphy, "The cryptanalysis of FEAL-4 with 20 chosen plaintexts", Journal of Cryptology 2, 1990; L. R. Knudsen, "Truncated and
/// higher order differentials", FSE 1994.
pub struct Subspace;

/// Pairs beyond the bits of a ciphertext: as many random differences miss a dimension with probability 2^-64.
const MARGIN: usize = 64;

impl Attack for Subspace {
    fn name(&self) -> &'static str {
        "subspace"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data cannot be asked to encrypt chosen messages".into());
        };
        // Over all messages of a small block, differences of a permutation are few.
        if cipher.block_bits() < 24 {
            return Err(format!("blocks of {} bits have too few differences (at least 24)", cipher.block_bits()));
        }
        let need = 2 * (cipher.block_bits() + MARGIN);
        match context.allowance {
            Some(allowance) if allowance < need => {
                Err(format!("needs {need} blocks, the program's time allows for {allowance}"))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("subspace");
        let mut pairs = Pairs { oracle: Oracle::new(cipher), asked: 0 };
        let mut best: Option<(usize, Blocks)> = None;
        let all = differences(cipher.block_bits());
        let width = pairs.ask(&all[..1], 2, &mut stream)?.bits();
        let each = width + MARGIN;
        let most = (context.pick(1 << 17, 1 << 20, 1 << 22) / each)
            .min(context.allowance.map_or(usize::MAX, |allowance| 2 * allowance / each));
        // Differences go in groups, so that a program is started a few times, not once for each.
        for group in all[..all.len().min(most)].chunks(((1 << 15) / each).max(1)) {
            context.check()?;
            let seen = pairs.ask(group, each, &mut stream)?;
            for (at, difference) in group.iter().enumerate() {
                let rank = free_rank(&seen.slice(at * each..(at + 1) * each));
                if best.as_ref().is_none_or(|(least, _)| rank < *least) {
                    best = Some((rank, difference.clone()));
                }
            }
        }
        let Some((_, difference)) = best else { return Ok(Vec::new()) };
        let again = pairs.ask(std::slice::from_ref(&difference), each, &mut stream)?;
        let rank = free_rank(&again);
        draft.finding.samples = pairs.asked;
        draft.detail("input difference", difference.hex(0));
        draft.detail("dimensions of its output differences", format!("{rank} of {width}"));
        draft.detail("differences tried", all.len().min(most).to_string());
        if rank >= width {
            let summary = "the output differences of every input difference tried fill the whole space";
            return Ok(vec![draft.conclude(Verdict::NothingFound, summary)]);
        }
        draft.finding.advantage = Some(1.0);
        let certain = width - rank;
        draft.detail(
            "what an attacker who sees the rounds does next",
            format!(
                "asks for about {} pairs with this difference, guesses the last round's key (byte by byte where it comes apart), undoes \
                 that round, and keeps the guesses under which the certain sums still hold; then the round before it (Murphy 1990)",
                8 + certain.ilog2() as usize
            ),
        );
        let summary = format!(
            "under one key, ciphertext differences of input difference {} span only {rank} of {width} dimensions: {} of \
             ciphertext bits differ in a way that is certain",
            difference.hex(0),
            counted(certain, "sum")
        );
        Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)])
    }
}

/// Asks for output differences under one key at a time.
struct Pairs<'a> {
    oracle: Oracle<'a>,
    asked: u64,
}

impl Pairs<'_> {
    /// The output differences of `each` pairs for each of some input differences.
    fn ask(&mut self, differences: &[Blocks], each: usize, stream: &mut Stream) -> Result<Blocks, AttackError> {
        let cipher = self.oracle.cipher;
        let rows = differences.len() * each;
        let (key, first) = (cipher.random_keys(stream, 1), stream.blocks(cipher.block_bits(), rows));
        let mut inputs = Blocks::new(cipher.block_bits(), 0);
        differences.iter().for_each(|difference| inputs.extend(&difference.repeat(0, each)));
        self.asked += 2 * rows as u64;
        Ok(self.oracle.encrypt(&key, &first)?.xor(&self.oracle.encrypt(&key, &first.xor(&inputs))?))
    }
}

/// Differences worth trying: the top bits of bytes, where additions carry nothing; the same bit in both halves; single bits.
pub(in crate::attacks) fn differences(bits: usize) -> Vec<Blocks> {
    let of = |places: &[usize]| {
        let mut mask = Blocks::new(bits, 1);
        places.iter().for_each(|&place| mask.flip(0, place));
        mask
    };
    let bytes = bits / 8;
    let tops = |set: usize| (0..bytes).filter(|at| set >> at & 1 == 1).map(|at| 8 * at).collect::<Vec<_>>();
    let mut all: Vec<Blocks> = match bytes {
        0..=8 => (1..1usize << bytes).map(|set| of(&tops(set))).collect(),
        _ => (1..bytes)
            .flat_map(|apart| (0..bytes - apart).map(move |at| [8 * at, 8 * (at + apart)]))
            .map(|two| of(&two))
            .collect(),
    };
    all.extend((0..bits).map(|bit| of(&[bit])));
    all.extend((0..bits / 2).map(|bit| of(&[bit, bit + bits / 2])));
    all
}

/// The dimension of the smallest affine space that holds the rows.
fn free_rank(rows: &Blocks) -> usize {
    rank(&rows.slice(1..rows.rows()).xor(&rows.slice(0..1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Function;
    use crate::tools::testing::{all_clean, attack, attack_cipher};

    /// Four rounds of a Feistel network over 64 bits whose round function is FEAL's, with a key of four times sixteen bits.
    fn four_rounds(key: u128, text: u128) -> u128 {
        let rotate = |a: u8, b: u8, one: u8| a.wrapping_add(b).wrapping_add(one).rotate_left(2);
        let f = |x: u32, key: u16| {
            let [a, b, c, d] = x.to_be_bytes();
            let [k0, k1] = key.to_be_bytes();
            let left = rotate(b ^ k0 ^ a, c ^ k1 ^ d, 1);
            let right = rotate(c ^ k1 ^ d, left, 0);
            u32::from_be_bytes([rotate(a, left, 0), left, right, rotate(d, right, 1)])
        };
        let (mut l, mut r) = ((text >> 32) as u32, text as u32);
        r ^= l;
        for round in 0..4 {
            (l, r) = (r, l ^ f(r, (key >> (16 * round)) as u16));
        }
        (l, r) = (r, l);
        u128::from(l) << 32 | u128::from(r ^ l)
    }

    #[test]
    fn differences_that_stay_within_a_part_show() {
        let finding = &attack_cipher(&Subspace, Box::new(Function::new("four rounds", 64, 64, four_rounds)))[0];
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        assert!(finding.details.iter().any(|(label, _)| label.contains("does next")));
        for name in ["feistel:2", "speck32/64:2"] {
            let finding = &attack(&Subspace, name)[0];
            assert_eq!(finding.verdict, Verdict::WeaknessFound, "{name}: {}", finding.summary);
        }
    }

    #[test]
    fn good_ciphers_fill_the_space() {
        all_clean(&Subspace, &["aes-128", "speck32/64", "chacha20"], 1);
    }
}
