//! Relations between keys and messages: equivalent keys, complementation, and key and message that are used only as their sum.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Form, KeyUse, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::gf2::rank;
use crate::tools::supply::encrypt;
use std::collections::HashMap;

/// Searches for changes of key and message, E(K xor k, P xor p) = E(K, P) xor c, that hold for all keys and messages.
///
/// The flips are every single bit of key and plaintext, the top bits of words, and all bits. Flips with the same ciphertexts
/// under several bases give a relation between the two, so pairs of flips cost no more than single ones. TEA's equivalent keys
/// (J. Kelsey, B. Schneier and D. Wagner, "Key-Schedule Cryptanalysis of IDEA, G-DES, GOST, SAFER, and Triple-DES", CRYPTO
/// 1996, section 5) show after 196 encryptions of one base.
pub struct Relations;

/// Number of random keys and messages under which flips must coincide, and of fresh ones on which a relation is confirmed.
const BASES: usize = 3;
const CONFIRMATIONS: usize = 64;
/// Number of relations that are listed in full.
const SHOWN: usize = 8;

/// A change of key, plaintext and ciphertext, one row each.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    key: Blocks,
    plaintext: Blocks,
    ciphertext: Blocks,
}

impl Attack for Relations {
    fn name(&self) -> &'static str {
        "relations"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownAlgorithm
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data cannot be asked for other keys".into());
        };
        if cipher.takes_nonce() || cipher.public_key() {
            return Err("keys cannot be compared where ciphertexts also depend on a nonce or a public key".into());
        }
        match cipher.form() {
            Form::Bits(_) => Ok(()),
            Form::Floats(_) => Err("ciphertexts are real numbers, which hardly ever coincide".into()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("relations");
        let flips = flips(cipher.key_bits(), cipher.block_bits());
        let bases = (0..BASES).map(|_| Base::new(cipher, &flips, &mut stream)).collect::<Result<Vec<_>, _>>()?;
        draft.finding.samples = ((flips.len() + 1) * BASES) as u64;
        let mut relations = Vec::new();
        for relation in candidates(&flips, &bases) {
            context.check()?;
            // A pad adds key and message, which is no weakness as long as each key is used once.
            let counts = target.key_use() == KeyUse::Reusable || relation.is_equivalent_key();
            if !counts || !is_independent(&relations, &relation) {
                continue;
            }
            draft.finding.samples += 2 * CONFIRMATIONS as u64;
            if let Some(example) = confirm(cipher, &relation, &mut stream)? {
                draft.detail(&relation.words(), example);
                relations.push(relation);
            }
        }
        draft.finding.details.truncate(SHOWN);
        if relations.is_empty() {
            let summary = "no flip of key bits, with or without plaintext bits, has a ciphertext that can be foretold";
            return Ok(vec![draft.conclude(Verdict::NothingFound, summary)]);
        }
        draft.finding.advantage = Some(1.0);
        let summary = summary(cipher, &relations);
        Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)])
    }
}

/// The ciphertexts of one random key and message, and of the same with each flip.
struct Base {
    before: Blocks,
    after: Blocks,
}

impl Base {
    fn new(cipher: &dyn Cipher, flips: &[Change], stream: &mut Stream) -> Result<Self, AttackError> {
        let (key, plaintext) = (cipher.random_keys(stream, 1), stream.blocks(cipher.block_bits(), 1));
        let (mut keys, mut plaintexts) = (key.clone(), plaintext.clone());
        for flip in flips {
            keys.extend(&key.xor(&flip.key));
            plaintexts.extend(&plaintext.xor(&flip.plaintext));
        }
        let all = encrypt(cipher, &keys, &plaintexts)?;
        Ok(Self { before: all.slice(0..1), after: all.slice(1..all.rows()) })
    }

    /// The effect of a flip on the ciphertext.
    fn difference(&self, flip: usize) -> Blocks {
        self.after.slice(flip..flip + 1).xor(&self.before)
    }
}

/// Single bits, the top bits of words of 8, 16 and 32 bits, and all bits, of the key, of the plaintext, and of both.
fn flips(key_bits: usize, block_bits: usize) -> Vec<Change> {
    let every = |bits: usize, step: usize| {
        let mut mask = Blocks::new(bits, 1);
        (0..bits).step_by(step).for_each(|bit| mask.flip(0, bit));
        mask
    };
    let one = |bits: usize, bit: usize| {
        let mut mask = Blocks::new(bits, 1);
        mask.flip(0, bit);
        mask
    };
    let change = |key: Blocks, plaintext: Blocks| Change { key, plaintext, ciphertext: Blocks::new(0, 1) };
    let (no_key, no_text) = (Blocks::new(key_bits, 1), Blocks::new(block_bits, 1));
    let mut flips: Vec<Change> = (0..key_bits).map(|bit| change(one(key_bits, bit), no_text.clone())).collect();
    flips.extend((0..block_bits).map(|bit| change(no_key.clone(), one(block_bits, bit))));
    for step in [1, 8, 16, 32] {
        flips.push(change(every(key_bits, step), no_text.clone()));
        flips.push(change(every(key_bits, step), every(block_bits, step)));
    }
    flips
}

/// Relations that hold under every base: flips with the same ciphertext, and flips that always change it in the same way.
fn candidates(flips: &[Change], bases: &[Base]) -> Vec<Change> {
    let width = bases[0].before.bits();
    let mut found = Vec::new();
    let mut first_with: HashMap<Vec<u64>, usize> = HashMap::new();
    for (place, flip) in flips.iter().enumerate() {
        let differences: Vec<Blocks> = bases.iter().map(|base| base.difference(place)).collect();
        if differences.iter().all(|difference| *difference == differences[0]) {
            found.push(Change { ciphertext: differences[0].clone(), ..flip.clone() });
        }
        let ciphertexts = bases.iter().flat_map(|base| base.after.row(place)).copied().collect();
        match first_with.entry(ciphertexts) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(place);
            }
            std::collections::hash_map::Entry::Occupied(entry) => {
                let other = &flips[*entry.get()];
                let (key, plaintext) = (flip.key.xor(&other.key), flip.plaintext.xor(&other.plaintext));
                found.push(Change { key, plaintext, ciphertext: Blocks::new(width, 1) });
            }
        }
    }
    // Changes of the message alone are left to other attacks: in a stream cipher ciphertext bits always follow the message
    // bits.
    found.retain(|relation| !is_zero(&relation.key));
    found
}

/// Whether a relation holds for fresh keys and messages, with one of them as an example.
fn confirm(cipher: &dyn Cipher, relation: &Change, stream: &mut Stream) -> Result<Option<String>, AttackError> {
    let keys = cipher.random_keys(stream, CONFIRMATIONS);
    let plaintexts = stream.blocks(cipher.block_bits(), CONFIRMATIONS);
    let changed = |rows: &Blocks, mask: &Blocks| rows.xor(&mask.repeat(0, rows.rows()));
    let (other_keys, other_plaintexts) = (changed(&keys, &relation.key), changed(&plaintexts, &relation.plaintext));
    let before = encrypt(cipher, &keys, &plaintexts)?;
    let after = encrypt(cipher, &other_keys, &other_plaintexts)?;
    let holds = after == changed(&before, &relation.ciphertext);
    let shown =
        |keys: &Blocks, texts: &Blocks, out: &Blocks| format!("E({}, {}) = {}", keys.hex(0), texts.hex(0), out.hex(0));
    Ok(holds
        .then(|| format!("{}, {}", shown(&keys, &plaintexts, &before), shown(&other_keys, &other_plaintexts, &after))))
}

fn is_zero(mask: &Blocks) -> bool {
    mask.row(0).iter().all(|word| *word == 0)
}

/// Single rows as one batch.
fn together(rows: &[Blocks]) -> Blocks {
    let mut all = rows[0].clone();
    rows[1..].iter().for_each(|row| all.extend(row));
    all
}

/// Whether `relation` does not follow from combinations of `known` ones.
fn is_independent(known: &[Change], relation: &Change) -> bool {
    let all: Vec<Blocks> = known.iter().chain([relation]).map(|change| change.key.beside(&change.plaintext)).collect();
    rank(&together(&all)) == known.len() + 1
}

impl Change {
    /// Whether another key gives exactly the same ciphertexts.
    fn is_equivalent_key(&self) -> bool {
        is_zero(&self.plaintext) && is_zero(&self.ciphertext)
    }

    fn words(&self) -> String {
        let effect = if is_zero(&self.ciphertext) {
            "changes nothing".to_owned()
        } else {
            format!("flips {} for certain", bits_of(&self.ciphertext, "ciphertext"))
        };
        match is_zero(&self.plaintext) {
            true => format!("flipping {} {effect}", bits_of(&self.key, "key")),
            false => {
                format!("flipping {} and {} {effect}", bits_of(&self.key, "key"), bits_of(&self.plaintext, "plaintext"))
            }
        }
    }
}

/// The bits of a mask in words: "key bits 0 and 32", "every plaintext bit".
fn bits_of(mask: &Blocks, what: &str) -> String {
    let places: Vec<String> = (0..mask.bits()).filter(|&bit| mask.get(0, bit)).map(|bit| bit.to_string()).collect();
    match &places[..] {
        all if all.len() == mask.bits() => format!("every {what} bit"),
        [one] => format!("{what} bit {one}"),
        [few @ .., last] if few.len() < 8 => format!("{what} bits {} and {last}", few.join(", ")),
        many => format!("{} {what} bits ({}, ...)", many.len(), many[..4].join(", ")),
    }
}

fn summary(cipher: &dyn Cipher, relations: &[Change]) -> String {
    let equivalent = relations.iter().filter(|relation| relation.is_equivalent_key()).count();
    let first = relations[0].words();
    if equivalent > 0 {
        let left = cipher.key_bits() - equivalent;
        return format!(
            "equivalent keys: {first}; each key has 2^{equivalent} - 1 equals, and {} of {} count",
            counted(left, "key bit"),
            cipher.key_bits()
        );
    }
    let sums = relations.iter().filter(|relation| is_zero(&relation.ciphertext));
    let sums: Vec<Blocks> = sums.map(|relation| relation.plaintext.clone()).collect();
    if !sums.is_empty() && rank(&together(&sums)) == cipher.block_bits() {
        return format!("key and plaintext enter only as a sum, E(K, P) = F(P xor L(K)): {first}");
    }
    let more = match relations.len() - 1 {
        0 => String::new(),
        more => format!("; {} of the kind", counted(more, "more relation")),
    };
    format!("{first}: one encryption tests two keys, which halves a search for the key{more}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Function;
    use crate::tools::testing::{attack, attack_cipher};

    fn found(cipher: Function) -> Finding {
        attack_cipher(&Relations, Box::new(cipher)).remove(0)
    }

    /// TEA: D. Wheeler and R. Needham, 1994.
    fn tea(key: u128, text: u128) -> u128 {
        let [k0, k1, k2, k3] = [96, 64, 32, 0].map(|shift| (key >> shift) as u32);
        let (mut a, mut b, mut sum) = ((text >> 32) as u32, text as u32, 0u32);
        for _ in 0..32 {
            sum = sum.wrapping_add(0x9E37_79B9);
            a = a.wrapping_add((b << 4).wrapping_add(k0) ^ b.wrapping_add(sum) ^ (b >> 5).wrapping_add(k1));
            b = b.wrapping_add((a << 4).wrapping_add(k2) ^ a.wrapping_add(sum) ^ (a >> 5).wrapping_add(k3));
        }
        u128::from(a) << 32 | u128::from(b)
    }

    #[test]
    fn equivalent_keys_of_tea() {
        let finding = found(Function::new("tea", 64, 128, tea));
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        assert_eq!(
            finding.summary,
            "equivalent keys: flipping key bits 0 and 32 changes nothing; each key has 2^2 - 1 equals, and 126 key bits of 128 count"
        );
        assert!(finding.details.iter().any(|(label, _)| label == "flipping key bits 64 and 96 changes nothing"));
    }

    #[test]
    fn complementation() {
        // A Feistel network with round keys added to the right half, as in DES: complements propagate.
        let complement = |key: u128, text: u128| {
            let (mut l, mut r) = ((text >> 16) as u16, text as u16);
            for round in 0..6 {
                let x = r ^ (key >> (16 * (round % 2))) as u16;
                (l, r) = (r, l ^ x.wrapping_mul(x | 1).rotate_left(5));
            }
            u128::from(l) << 16 | u128::from(r)
        };
        let finding = found(Function::new("complement", 32, 32, complement));
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        let words = "flipping every key bit and every plaintext bit flips every ciphertext bit for certain";
        assert!(finding.summary.starts_with(words), "{}", finding.summary);
    }

    #[test]
    fn a_public_permutation_of_the_sum() {
        let sum = || Function::new("sum", 64, 64, |key, text| tea(7, text ^ key));
        let finding = found(sum());
        assert!(finding.summary.starts_with("key and plaintext enter only as a sum"), "{}", finding.summary);
        // The same with one-time keys is a pad.
        assert_eq!(found(sum().with_one_time_keys()).verdict, Verdict::NothingFound);
    }

    #[test]
    fn good_ciphers_have_none() {
        for name in ["one-time-pad", "aes-128", "speck32/64", "speck32/64:5"] {
            let finding = &attack(&Relations, name)[0];
            assert_eq!(finding.verdict, Verdict::NothingFound, "{name}: {}", finding.summary);
        }
    }
}
