//! Recovery of the whole key, round by round from the end.
use super::distinguisher::{DIFFERENCE, Distinguisher, Pairs, undo};
use crate::battery::{AttackError, Context};
use crate::ciphers::{Blocks, Cipher, Speck, Stream};
use crate::tools::supply::encrypt;
use rayon::prelude::*;

/// Bits of x and y whose flips do not decide whether a pair follows the differential before the distinguisher (Gohr, section 4.1).
const NEUTRAL: [usize; 6] = [14, 15, 20, 21, 22, 23];
/// Evidence for the last round key from which the round before is looked at, by this number of pairs, and evidence there from which
/// the key is completed (Gohr, section 4.4, with other numbers). Right keys have 30 or more there, wrong ones 15 at most.
const WORTH_A_ROUND: f32 = 5.0;
const SECOND_PAIRS: usize = 32;
const WORTH_THE_REST: f32 = 20.0;
/// Candidates for the last round key, at most, for which the round before is looked at after a search.
const FOLLOWED: usize = 3;
/// Triples of round keys for which all values of a fourth are tried.
const TRIPLES: usize = 2048;

/// Rounds before the distinguisher's: the first costs nothing, since the attacker chooses the messages after it, and one or two more
/// follow a differential.
pub(super) struct Prefix {
    /// Whether there is a free first round.
    free: bool,
    /// The input difference of the rounds after it.
    difference: u32,
    /// The probability that it becomes the distinguisher's input difference.
    pub(super) probability: f64,
}

impl Prefix {
    /// The prefix for `rounds` rounds, of which the last is guessed and seven before it belong to the first distinguisher.
    pub(super) fn of(rounds: usize) -> Option<Self> {
        let (free, difference, probability) = match rounds {
            8 => (false, DIFFERENCE, 1.0),
            9 => (true, DIFFERENCE, 1.0),
            // 0x0211/0x0a04 becomes 0x2800/0x0010, and that the distinguisher's difference.
            10 => (true, 0x2800_0010, 0.25),
            11 => (true, 0x0211_0a04, 1.0 / 64.0),
            _ => return None,
        };
        Some(Self { free, difference, probability })
    }

    /// Messages that share all but neutral bits after the free round: 64 pairs, the two messages of a pair side by side.
    pub(super) fn messages(&self, stream: &mut Stream) -> Vec<u32> {
        let base = stream.word() as u32;
        let flipped = |choice: usize| {
            let bits = (0..NEUTRAL.len()).filter(|i| choice >> i & 1 == 1);
            bits.fold(base, |block, i| block ^ 1 << NEUTRAL[i])
        };
        let before = |block: u32| {
            // The first round's key is added to both words after everything else.
            if self.free { undo((block, block), 0).0 } else { block }
        };
        let pair = |choice| [flipped(choice), flipped(choice) ^ self.difference].map(before);
        (0..1 << NEUTRAL.len()).flat_map(pair).collect()
    }
}

/// Messages with their ciphertexts, and what the search has seen in them.
struct Structure {
    messages: Vec<u32>,
    pairs: Vec<(u32, u32)>,
    /// The strongest evidence for a last round key, and the number of searches.
    best: f32,
    visits: u32,
    /// Whether the rest of the key was looked for in vain.
    spent: bool,
}

/// How much a recovery may do.
pub(super) struct Limits {
    pub(super) structures: usize,
    pub(super) visits: usize,
}

/// A recovered key, and what it took.
pub(super) struct Recovered {
    pub(super) key: Option<u64>,
    pub(super) chosen: usize,
    pub(super) visits: usize,
}

/// Looks for the key of `speck` under which `cipher` encrypts with `key`, which is used for nothing else.
pub(super) fn recover(
    cipher: &dyn Cipher,
    key: &Blocks,
    speck: &Speck,
    networks: &mut [Distinguisher; 3],
    limits: &Limits,
    context: &Context,
    progress: &dyn Fn(f64),
) -> Result<Recovered, AttackError> {
    let prefix = Prefix::of(speck.rounds()).expect("the attack applies to these rounds alone");
    let mut stream = context.stream("key-recovery");
    let structure = |stream: &mut Stream| -> Result<Structure, AttackError> {
        let messages = prefix.messages(stream);
        let sent = encrypt(cipher, key, &Blocks::from_values(32, messages.iter().map(|&block| u64::from(block))))?;
        let pair = |at: usize| (sent.value(2 * at) as u32, sent.value(2 * at + 1) as u32);
        let pairs = (0..messages.len() / 2).map(pair).collect();
        Ok(Structure { messages, pairs, best: 0.0, visits: 0, spent: false })
    };
    // Where the differential has probability 1, one structure is as good as another.
    let count = if prefix.probability == 1.0 { 4 } else { limits.structures };
    let mut structures = (0..count).map(|_| structure(&mut stream)).collect::<Result<Vec<_>, _>>()?;
    let chosen = structures.iter().map(|structure| structure.messages.len()).sum();
    for visit in 0..limits.visits {
        context.check()?;
        progress(visit as f64 / limits.visits as f64);
        let Some(structure) = next(&mut structures, visit + 1) else { break };
        structure.visits += 1;
        let mut last = networks[0].search(&structure.pairs, &mut stream);
        last.sort_by(|a, b| b.score.total_cmp(&a.score));
        structure.best = structure.best.max(last[0].score);
        let mut guess: Option<(f32, [u16; 2])> = None;
        for candidate in last.iter().take(FOLLOWED).filter(|candidate| candidate.score > WORTH_A_ROUND) {
            for top in 0..4 {
                let key = candidate.key ^ top << 14;
                let pairs: Vec<_> = structure.pairs[..SECOND_PAIRS].iter().map(|&pair| undo(pair, key)).collect();
                for before in networks[1].search(&pairs, &mut stream) {
                    if guess.is_none_or(|(score, _)| before.score > score) {
                        guess = Some((before.score, [key, before.key]));
                    }
                }
            }
        }
        let Some((_, guess)) = guess.filter(|(score, _)| *score > WORTH_THE_REST) else { continue };
        if let Some(found) = complete(structure, guess, speck, networks, &mut stream) {
            return Ok(Recovered { key: Some(found), chosen, visits: visit + 1 });
        }
        structure.spent = true;
    }
    // There are fewer visits than allowed if every structure was spent.
    let visits = structures.iter().map(|structure| structure.visits as usize).sum();
    Ok(Recovered { key: None, chosen, visits })
}

/// The structure to look at next, by upper confidence bounds (Gohr, section 4.4): one with strong evidence, or with few visits.
fn next(structures: &mut [Structure], visit: usize) -> Option<&mut Structure> {
    let weight = (structures.len() as f32).sqrt();
    let bound = |structure: &Structure| {
        let unsure = libm::log2f(visit as f32) / (structure.visits as f32).max(1e-3);
        structure.best + weight * unsure.max(0.0).sqrt() + if structure.visits == 0 { f32::MAX } else { 0.0 }
    };
    structures.iter_mut().filter(|structure| !structure.spent).max_by(|a, b| bound(a).total_cmp(&bound(b)))
}

/// The whole key, from guesses at the last two round keys (the last one first) that may be wrong in a few bits.
fn complete(
    structure: &Structure,
    guess: [u16; 2],
    speck: &Speck,
    networks: &mut [Distinguisher; 3],
    stream: &mut Stream,
) -> Option<u64> {
    let pairs = &structure.pairs;
    let guess = improved(&mut networks[1], pairs, guess.to_vec(), 3);
    let before: Vec<_> = pairs.iter().map(|&pair| undo(undo(pair, guess[0]), guess[1])).collect();
    let third = networks[2].search(&before, stream).into_iter().max_by(|a, b| a.score.total_cmp(&b.score))?;
    let guess = improved(&mut networks[2], pairs, [guess, vec![third.key]].concat(), 2);
    // Further errors, and the bits that no distinguisher sees.
    let near = variants(&guess, 3);
    let scores = scored(&mut networks[2], pairs, &near);
    let mut order: Vec<usize> = (0..near.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order.truncate(TRIPLES);
    let unseen = order.iter().flat_map(|&at| {
        (0..4u16).map({
            let triple = &near[at];
            move |top| [triple[0], triple[1], triple[2] ^ top << 14]
        })
    });
    let sent = structure.messages.iter().zip(pairs.iter().flat_map(|pair| [pair.0, pair.1]));
    let known: Vec<(u32, u32)> = sent.map(|(&message, sent)| (message, sent)).collect();
    let fits = |key: u64, count: usize| known[..count].iter().all(|pair| speck.encrypt_block(key, pair.0) == pair.1);
    let triples: Vec<[u16; 3]> = unseen.collect();
    triples.par_iter().find_map_first(|&[last, second, third]| {
        let keys = (0..=u16::MAX).map(|fourth| speck.key_from_last([fourth, third, second, last]));
        keys.into_iter().find(|&key| fits(key, 1) && fits(key, known.len()))
    })
}

/// Flips up to `flips` bits of the round keys as long as that raises the evidence.
fn improved(network: &mut Distinguisher, pairs: &Pairs, mut keys: Vec<u16>, flips: usize) -> Vec<u16> {
    let mut best = f32::MIN;
    loop {
        let near = variants(&keys, flips);
        let scores = scored(network, pairs, &near);
        let at = (0..near.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).expect("there are variants");
        if scores[at] <= best {
            return keys;
        }
        best = scores[at];
        keys.clone_from(&near[at]);
    }
}

/// The evidence of the pairs decrypted by each list of round keys.
fn scored(network: &mut Distinguisher, pairs: &Pairs, lists: &[Vec<u16>]) -> Vec<f32> {
    let mut scores = Vec::with_capacity(lists.len());
    for lists in lists.chunks(1024) {
        let decrypted: Vec<_> = lists
            .iter()
            .flat_map(|keys| pairs.iter().map(|&pair| keys.iter().fold(pair, |pair, &key| undo(pair, key))))
            .collect();
        scores.extend(network.evidence(&decrypted, pairs.len()));
    }
    scores
}

/// All lists of round keys with at most `flips` flipped bits.
fn variants(keys: &[u16], flips: usize) -> Vec<Vec<u16>> {
    // With each list, the first bit that may still be flipped.
    let mut lists = vec![(keys.to_vec(), 0)];
    let mut from = 0;
    for _ in 0..flips {
        let until = lists.len();
        for at in from..until {
            for bit in lists[at].1..16 * keys.len() {
                let mut flipped = lists[at].0.clone();
                flipped[bit / 16] ^= 1 << (bit % 16);
                lists.push((flipped, bit + 1));
            }
        }
        from = until;
    }
    lists.into_iter().map(|(list, _)| list).collect()
}
