//! Recorded ciphertexts in which blocks repeat: a block cipher that encrypts equal blocks equally.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Encoding, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use std::collections::HashMap;

/// Looks for blocks of 16 or 8 bytes that occur more than once, at any distance that is a multiple of a block: messages in ECB mode,
/// or several messages under one key and one initial value. NIST SP 800-38A, appendix C.
pub struct RepeatedBlocks;

/// Most blocks that are looked at.
const MOST: usize = 1 << 20;
/// Bytes of the smallest block.
const SMALLEST: usize = 8;
/// Fewest different bytes of a block that counts: padding is no ciphertext.
const LEAST_BYTES: usize = 5;

/// Blocks of one size, from one offset on.
struct Blocks {
    size: usize,
    offset: usize,
    total: usize,
    repeats: usize,
    /// Blocks that are equal to an earlier one, headers included. At the right offset there are the most.
    equal: usize,
    /// Whether some block repeats at another place than the earlier one, so that no common beginning explains it.
    moved: bool,
    example: Vec<u8>,
}

impl Attack for RepeatedBlocks {
    fn name(&self) -> &'static str {
        "repeated-blocks"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::CiphertextOnly
    }

    fn reads_captures(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        match target.captures() {
            Some(captures) if captures.encoding == Encoding::Text => Err("characters are no blocks of bytes".into()),
            Some(captures) if captures.messages.iter().map(Vec::len).sum::<usize>() < 32 => {
                Err("there are fewer than two blocks".into())
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(captures) = target.captures() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        draft.finding.samples = captures.messages.len() as u64;
        let mut best: Option<Blocks> = None;
        for size in [16, SMALLEST] {
            for offset in 0..size {
                context.check()?;
                let found = blocks(&captures.messages, size, offset);
                // Halves of blocks are equal too, and so is what is behind the last whole block.
                let more = |other: &Blocks| {
                    let (here, there) = (found.equal * found.size, other.equal * other.size);
                    if found.size < other.size { 8 * here > 9 * there } else { here > there }
                };
                if found.repeats > 0 && best.as_ref().is_none_or(more) {
                    best = Some(found);
                }
            }
        }
        let Some(found) = best.filter(|found| !is_uneven(&captures.messages, found.offset)) else {
            return Ok(vec![
                draft
                    .conclude(Verdict::NothingFound, "no block of 8 or 16 bytes repeats as those of a block cipher do"),
            ]);
        };
        let Blocks { size, offset, total, repeats, moved, example, .. } = found;
        // Random blocks: pairs over the number of blocks.
        draft.finding.p_value = Some((2.0 * (total as f64).log2() - 1.0 - 8.0 * size as f64).exp2().min(1.0) * 24.0);
        draft.finding.advantage = Some(1.0);
        draft.detail("blocks that repeat an earlier one", format!("{repeats} of {total}"));
        draft.detail("for example", example.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        if offset > 0 {
            draft.detail("bytes in front of the first block", offset.to_string());
        }
        let summary = if moved {
            format!(
                "{repeats} of {total} blocks of {size} bytes repeat an earlier block: equal blocks are encrypted equally (ECB mode), so an \
                 observer sees which parts of messages are equal"
            )
        } else {
            format!(
                "{repeats} of {total} blocks of {size} bytes repeat that of an earlier message at the same place: messages that begin alike \
                 have ciphertexts that begin alike, as with an initial value that does not change"
            )
        };
        Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)])
    }
}

/// Counts blocks that repeat. Blocks that all messages have in the same place are a header and do not count.
fn blocks(messages: &[Vec<u8>], size: usize, offset: usize) -> Blocks {
    let mut seen: HashMap<&[u8], usize> = HashMap::new();
    let mut found = Blocks { size, offset, total: 0, repeats: 0, equal: 0, moved: false, example: Vec::new() };
    let everywhere = |place: usize, block: &[u8]| {
        let from = offset + place * size;
        messages.len() > 2 && messages.iter().all(|message| message.get(from..from + size) == Some(block))
    };
    for message in messages {
        for (place, block) in
            message.get(offset..).unwrap_or(&[]).chunks_exact(size).enumerate().take(MOST - found.total)
        {
            found.total += 1;
            let mut different = block.to_vec();
            different.sort_unstable();
            different.dedup();
            if different.len() < LEAST_BYTES {
                continue;
            }
            match seen.get_mut(block) {
                None => drop(seen.insert(block, place)),
                Some(first) => {
                    found.equal += 1;
                    if *first != place || !everywhere(place, block) {
                        found.repeats += 1;
                        found.moved |= *first != place;
                        found.example = block.to_vec();
                    }
                }
            }
        }
    }
    found
}

/// Whether the bytes of different blocks are unevenly distributed, as those of a block cipher are not: then text or a short key
/// repeats, not the output of a block cipher.
fn is_uneven(messages: &[Vec<u8>], offset: usize) -> bool {
    let blocks = messages.iter().flat_map(|message| message.get(offset..).unwrap_or(&[]).chunks_exact(SMALLEST));
    let mut different: Vec<&[u8]> = blocks.collect();
    different.sort_unstable();
    different.dedup();
    let mut counts = [0u64; 256];
    different.iter().copied().flatten().for_each(|byte| counts[usize::from(*byte)] += 1);
    let total = counts.iter().sum::<u64>() as f64;
    let square: f64 =
        counts.iter().map(|&count| (count as f64 - total / 256.0).powi(2)).sum::<f64>() / (total / 256.0).max(1e-9);
    // Chi-squared with 255 degrees of freedom: mean 255, standard deviation 22.6.
    square > 255.0 + 8.0 * 22.6
}
