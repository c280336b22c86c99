//! Known-plaintext attack on ciphers that encrypt bytes independently.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::supply::{Pairs, Supply};

/// Finds, under one key, ciphertext bytes that depend on a single plaintext byte: as x + b or a x + b modulo 256, or as any
/// substitution table. Groups of 4 to 7 bits, as text encodings make them, are tried too. Vigenere, Caesar and affine ciphers fall to it, and ciphers that shuffle bytes and then chain each to
/// the ciphertext byte beside it, as many ciphers for images do: the chaining is undone first, since it takes no key.
pub struct Bytewise;

/// What a ciphertext byte may have been combined with after encryption: the ciphertext byte before or behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Chain {
    None,
    Xor { behind: bool },
    Sum { behind: bool },
    Difference { behind: bool },
}

impl Chain {
    const ALL: [Self; 7] = [
        Self::None,
        Self::Xor { behind: false },
        Self::Sum { behind: false },
        Self::Difference { behind: false },
        Self::Xor { behind: true },
        Self::Sum { behind: true },
        Self::Difference { behind: true },
    ];

    /// Ciphertexts before they were chained.
    fn undone(self, ciphertexts: &Blocks) -> Blocks {
        let mut out = ciphertexts.clone();
        for row in 0..ciphertexts.rows() {
            let bytes = ciphertexts.bytes(row);
            let beside =
                |at: usize, behind: bool| if behind { bytes.get(at + 1) } else { bytes.get(at.wrapping_sub(1)) };
            let one = |(at, &byte): (usize, &u8)| match self {
                Self::None => byte,
                Self::Xor { behind } => byte ^ beside(at, behind).unwrap_or(&0),
                Self::Sum { behind } => byte.wrapping_sub(*beside(at, behind).unwrap_or(&0)),
                Self::Difference { behind } => byte.wrapping_add(*beside(at, behind).unwrap_or(&0)),
            };
            out.set_bytes(row, &bytes.iter().enumerate().map(one).collect::<Vec<u8>>());
        }
        out
    }

    fn words(self) -> Option<String> {
        let (operation, behind) = match self {
            Self::None => return None,
            Self::Xor { behind } => ("XORed with", behind),
            Self::Sum { behind } => ("added to", behind),
            Self::Difference { behind } => ("subtracted from", behind),
        };
        let place = if behind { "behind" } else { "before" };
        Some(format!("each byte is {operation} the ciphertext byte {place} it, which takes no key to undo"))
    }
}

/// How messages and ciphertexts are looked at: in groups of so many bits, after a chain is undone.
#[derive(Clone, Copy)]
struct View {
    plain: usize,
    cipher: usize,
    chain: Chain,
}

impl View {
    /// Bytes first. Messages that are written as base64, base32 or hex before encryption come in groups of 6, 5 or 4 bits, and
    /// ciphertexts that are text have bytes of which fewer bits vary.
    fn all(pairs: &Pairs) -> Vec<Self> {
        let mut all = Vec::new();
        for plain in [8, 6, 5, 4] {
            for cipher in [8, 7, 6, 5, 4] {
                if !pairs.plaintexts.bits().is_multiple_of(plain) || !pairs.ciphertexts.bits().is_multiple_of(cipher) {
                    continue;
                }
                let chains = if (plain, cipher) == (8, 8) { &Chain::ALL[..] } else { &[Chain::None] };
                all.extend(chains.iter().map(|chain| Self { plain, cipher, chain: *chain }));
            }
        }
        all
    }

    /// Pairs with each group as a byte.
    fn of(self, pairs: &Pairs) -> Pairs {
        Pairs {
            keys: None,
            plaintexts: grouped(&pairs.plaintexts, self.plain),
            ciphertexts: self.chain.undone(&grouped(&pairs.ciphertexts, self.cipher)),
        }
    }

    /// The hex of groups.
    fn joined(self, groups: &[u8], bits: usize) -> String {
        let mut out = Blocks::new(groups.len() * bits, 1);
        for bit in 0..out.bits() {
            out.set(0, bit, groups[bit / bits] >> (bits - 1 - bit % bits) & 1 == 1);
        }
        out.hex(0)
    }
}

/// Groups of `bits` bits, each in a byte of its own.
fn grouped(rows: &Blocks, bits: usize) -> Blocks {
    if bits == 8 {
        return rows.clone();
    }
    let mut out = Blocks::new(rows.bits() / bits * 8, rows.rows());
    for row in 0..rows.rows() {
        for bit in 0..rows.bits() {
            out.set(row, 8 * (bit / bits) + 8 - bits + bit % bits, rows.get(row, bit));
        }
    }
    out
}

/// Number of pairs for learning dependences: each byte value occurs about eight times.
const KNOWN: usize = 2048;
/// Number of fresh messages on which every claim is checked.
const UNTOUCHED: usize = 64;

/// How ciphertext byte `to` depends on plaintext byte `from`.
struct Rule {
    from: usize,
    to: usize,
    table: Box<[Option<u8>; 256]>,
    /// Multiplier and offset, if the table is a line modulo 256.
    line: Option<(u8, u8)>,
}

impl Attack for Bytewise {
    fn name(&self) -> &'static str {
        "bytewise"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        if !target.block_bits().is_multiple_of(8) {
            return Err("messages are not whole bytes".into());
        }
        let Some(data) = target.data() else {
            return Ok(());
        };
        if !data.one_key() {
            return Err("the rows are under different keys".into());
        }
        if data.rows() < 4 * UNTOUCHED {
            return Err(format!("needs {} rows under one key, the file has {}", 4 * UNTOUCHED, data.rows()));
        }
        Ok(())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut supply = Supply::one_key(target, context, "bytewise");
        let untouched = supply.take(UNTOUCHED)?;
        let known = supply.take(context.samples(256, KNOWN, KNOWN, KNOWN))?;
        draft.finding.samples = (known.rows() + untouched.rows()) as u64;
        let mut best: Option<(View, Pairs, Vec<Rule>, Vec<usize>)> = None;
        for view in View::all(&known) {
            context.check()?;
            let (known, untouched) = (view.of(&known), view.of(&untouched));
            let rules: Vec<Rule> =
                rules(&known, view.plain == 8).into_iter().filter(|rule| rule.holds(&untouched)).collect();
            let mut readable: Vec<usize> =
                rules.iter().filter(|rule| rule.reversible()).map(|rule| rule.from).collect();
            readable.sort_unstable();
            readable.dedup();
            // By the bits that are explained, then by those that are read: small groups are many.
            let merit = |view: View, rules: &[Rule], readable: &[usize]| {
                (view.cipher * rules.len(), view.plain * readable.len())
            };
            let here = merit(view, &rules, &readable);
            if best.as_ref().is_none_or(|(view, _, rules, readable)| here > merit(*view, rules, readable)) {
                best = Some((view, untouched, rules, readable));
            }
        }
        let Some((view, untouched, rules, readable)) = best else {
            return Ok(vec![draft.conclude(Verdict::NothingFound, "ciphertexts are not whole bytes")]);
        };
        let (chain, known) = (view.chain, view.of(&known));
        let bytes = known.plaintexts.bits() / 8;
        let blind = constants(&known.plaintexts);
        let is_bytes = (view.plain, view.cipher) == (8, 8);
        let (symbol, symbols) = match view.plain {
            8 => ("byte".to_owned(), "bytes".to_owned()),
            bits => (format!("group of {bits} bits"), format!("groups of {bits} bits")),
        };
        if let Some(words) = chain.words() {
            draft.detail("chaining undone", words);
        }
        draft.detail(&format!("plaintext {symbols} read"), format!("{} of {bytes}", readable.len()));
        let lines = rules.iter().filter(|rule| rule.line.is_some()).count();
        if let Some(Rule { from, to, line: Some((a, b)), .. }) =
            rules.iter().find(|rule| rule.line.is_some() && is_bytes)
        {
            draft.detail("for example", format!("ciphertext byte {to} = {a} x plaintext byte {from} + {b} modulo 256"));
        }
        if rules.is_empty() {
            return Ok(vec![
                draft.conclude(Verdict::NothingFound, "no ciphertext byte depends on a single plaintext byte"),
            ]);
        }
        let known_before =
            blind.iter().enumerate().filter(|(at, byte)| byte.is_some() && !readable.contains(at)).count();
        if readable.len() + known_before < bytes {
            let summary = format!(
                "{} of {} ciphertext symbols depend on a single plaintext {symbol} each",
                rules.len(),
                known.ciphertexts.bits() / 8
            );
            return Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)]);
        }
        let read = decrypt(&rules, &untouched.ciphertexts, &blind);
        let right = (0..UNTOUCHED.min(untouched.rows()))
            .filter(|&row| read[row].as_deref() == Some(&untouched.plaintexts.bytes(row)[..]))
            .count();
        draft.detail("untouched messages read whole", format!("{right} of {}", untouched.rows()));
        draft.finding.recovered = (0..3)
            .filter_map(|row| {
                Some(format!(
                    "ciphertext {} is message {}",
                    view.joined(&untouched.ciphertexts.bytes(row), view.cipher),
                    view.joined(read.get(row)?.as_ref()?, view.plain)
                ))
            })
            .collect();
        draft.finding.advantage = Some(right as f64 / untouched.rows() as f64);
        let moved = rules.iter().any(|rule| rule.from != rule.to);
        let shuffled = if moved { "after a shuffle, " } else { "" };
        let chained = if chain == Chain::None { "" } else { "; their chaining takes no key to undo" };
        let summary = if lines == rules.len() && is_bytes {
            // A line modulo 256 is determined by its offset if a = 1, and else by two pairs whose difference is odd.
            let pairs = match rules.iter().all(|rule| matches!(rule.line, Some((1, _)))) {
                true if moved => "a few known pairs",
                true => "one known pair",
                false => "two known pairs",
            };
            format!(
                "{shuffled}every byte is encrypted as a x + b modulo 256{chained}: new messages are read after {pairs}"
            )
        } else if is_bytes && !moved && rules.iter().all(Rule::is_xor) {
            format!("every byte is XORed with a fixed byte{chained}: new messages are read after one known pair")
        } else {
            // A message of 256 equal bytes after another shows all tables, whatever the shuffle.
            format!(
                "{shuffled}every {symbol} is encrypted by a fixed table{chained}: new messages are read after {} known pairs, or {} chosen \
                 ones",
                known.rows(),
                1 << view.plain
            )
        };
        Ok(vec![draft.conclude(Verdict::Broken, summary)])
    }
}

/// For each ciphertext byte: the first plaintext byte that determines it, perhaps by a line modulo 256.
fn rules(known: &Pairs, lines: bool) -> Vec<Rule> {
    let plain: Vec<Vec<u8>> = (0..known.rows()).map(|row| known.plaintexts.bytes(row)).collect();
    let cipher: Vec<Vec<u8>> = (0..known.rows()).map(|row| known.ciphertexts.bytes(row)).collect();
    let (from, to) = (known.plaintexts.bits() / 8, known.ciphertexts.bits() / 8);
    // The same position first: most ciphers keep bytes in place.
    let places = |to: usize| {
        std::iter::once(to).chain((0..from).filter(move |&place| place != to)).filter(move |&place| place < from)
    };
    (0..to).filter_map(|to| places(to).find_map(|from| rule(&plain, &cipher, [from, to], lines))).collect()
}

/// The rule from one byte to another, if the data agrees with one and has enough repetitions to prove it.
fn rule(plain: &[Vec<u8>], cipher: &[Vec<u8>], [from, to]: [usize; 2], lines: bool) -> Option<Rule> {
    let mut table = Box::new([None; 256]);
    let mut agreements = 0;
    for (plain, cipher) in plain.iter().zip(cipher) {
        match &mut table[usize::from(plain[from])] {
            Some(seen) if *seen != cipher[to] => return None,
            Some(_) => agreements += 1,
            unseen => *unseen = Some(cipher[to]),
        }
    }
    // A byte that never changes is no rule. Each agreement happens by chance with probability 1/256.
    let mut values = table.iter().flatten();
    let first = *values.next()?;
    if agreements < 16 || values.all(|&value| value == first) {
        return None;
    }
    let line = lines.then(|| line(&table)).flatten();
    if let Some((a, b)) = line {
        for (x, value) in table.iter_mut().enumerate() {
            *value = Some(a.wrapping_mul(x as u8).wrapping_add(b));
        }
    }
    Some(Rule { from, to, table, line })
}

/// Multiplier and offset, if all known values of a table lie on one line modulo 256.
fn line(table: &[Option<u8>; 256]) -> Option<(u8, u8)> {
    let known = || table.iter().enumerate().filter_map(|(x, y)| Some((x as u8, (*y)?)));
    let (x, y) = known().next()?;
    (0..=255u8).find_map(|a| {
        let b = y.wrapping_sub(a.wrapping_mul(x));
        known().all(|(x, y)| a.wrapping_mul(x).wrapping_add(b) == y).then_some((a, b))
    })
}

impl Rule {
    fn holds(&self, pairs: &Pairs) -> bool {
        (0..pairs.rows()).all(|row| {
            let (plain, cipher) = (pairs.plaintexts.bytes(row), pairs.ciphertexts.bytes(row));
            self.table[usize::from(plain[self.from])].is_none_or(|value| value == cipher[self.to])
        })
    }

    /// Whether the table is an XOR with one byte.
    fn is_xor(&self) -> bool {
        let mut masks = self.table.iter().enumerate().filter_map(|(x, value)| value.map(|value| value ^ x as u8));
        masks.next().is_none_or(|first| masks.all(|mask| mask == first))
    }

    fn reversible(&self) -> bool {
        let mut seen = [false; 256];
        self.table.iter().flatten().all(|&value| !std::mem::replace(&mut seen[usize::from(value)], true))
    }
}

/// The bytes that are the same in all rows.
fn constants(rows: &Blocks) -> Vec<Option<u8>> {
    let mut same: Vec<Option<u8>> = rows.bytes(0).into_iter().map(Some).collect();
    for row in 1..rows.rows() {
        for (same, byte) in same.iter_mut().zip(rows.bytes(row)) {
            *same = same.filter(|value| *value == byte);
        }
    }
    same
}

/// Reads ciphertexts by the rules, and bytes that no rule reads as they are known beforehand; `None` where a byte's value was never
/// seen.
fn decrypt(rules: &[Rule], ciphertexts: &Blocks, blind: &[Option<u8>]) -> Vec<Option<Vec<u8>>> {
    let one = |row: usize| {
        let cipher = ciphertexts.bytes(row);
        let mut plain = vec![None; blind.len()];
        for rule in rules.iter().filter(|rule| rule.reversible()) {
            let value = rule.table.iter().position(|&value| value == Some(cipher[rule.to]));
            plain[rule.from] = plain[rule.from].or(value.map(|value| value as u8));
        }
        plain.into_iter().zip(blind).map(|(read, known)| read.or(*known)).collect()
    };
    (0..ciphertexts.rows()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Function;
    use crate::tools::testing::{attack, attack_cipher};

    #[test]
    fn vigenere_and_affine_are_read() {
        for (name, words) in
            [("vigenere", "one known pair"), ("affine", "two known pairs"), ("xor", "XORed with a fixed byte")]
        {
            let finding = &attack(&Bytewise, name)[0];
            assert_eq!(finding.verdict, Verdict::Broken, "{name}: {}", finding.summary);
            assert!(finding.summary.contains(words), "{name}: {}", finding.summary);
            assert!(finding.details.contains(&("untouched messages read whole".into(), "64 of 64".into())), "{name}");
            assert!(finding.recovered.len() == 3 && !finding.misuse);
        }
    }

    /// Bytes in another order, each moved or XORed by a key byte, then chained to their neighbours.
    fn chained(name: &'static str, combine: impl Fn(u8, u8, u8) -> u8 + Send + Sync + 'static) -> Function {
        Function::new(name, 64, 64, move |key, text| {
            let (key, text) = ((key as u64).to_be_bytes(), (text as u64).to_be_bytes());
            let (mut last, mut out) = (127, 0);
            for at in 0..8 {
                last = combine(text[(5 * at + 3) % 8], key[at], last);
                out = out << 8 | u128::from(last);
            }
            out
        })
    }

    #[test]
    fn text_encodings_before_encryption_are_seen_through() {
        // Six bytes as eight digits of base64, each moved by a key within an alphabet of 65; 48 bits as twelve of hex, by a table.
        let base64 = Function::new("base64", 48, 64, |key, text| {
            let digit = |at: usize| (text >> (42 - 6 * at) & 63) as u64;
            let moved = |at: usize| 48 + (digit(at) * 7 + (key as u64 >> (8 * at) & 255)) % 65;
            (0..6).fold(0, |out, at| out << 8 | u128::from(moved(at)))
        });
        let hex = Function::new("hex", 48, 64, |key, text| {
            let moved = |at: usize| (((text >> (44 - 4 * at) & 15) * 5) ^ (key >> (4 * at))) & 15;
            (0..12).fold(0, |out, at| out << 4 | moved((5 * at + 2) % 12))
        });
        for (cipher, verdict) in [(base64, Verdict::WeaknessFound), (hex, Verdict::Broken)] {
            let finding = &attack_cipher(&Bytewise, Box::new(cipher))[0];
            assert_eq!(finding.verdict, verdict, "{} {:?}", finding.summary, finding.details);
        }
    }

    #[test]
    fn chained_bytes_are_read() {
        let ciphers = [
            chained("added, then XORed", |text, key, last| text.wrapping_add(key) ^ last),
            chained("XORed, then added", |text, key, last| (text ^ key).wrapping_add(last)),
            chained("multiplied, then subtracted", |text, key, last| last.wrapping_sub((text ^ key).wrapping_mul(5))),
        ];
        for cipher in ciphers {
            let finding = &attack_cipher(&Bytewise, Box::new(cipher))[0];
            assert_eq!(finding.verdict, Verdict::Broken, "{}", finding.summary);
            assert!(finding.summary.contains("after a shuffle"), "{}", finding.summary);
            assert!(finding.summary.contains("chaining takes no key"), "{}", finding.summary);
        }
    }

    #[test]
    fn good_ciphers_stand() {
        for name in ["aes-128", "chacha20", "speck32/64"] {
            assert_eq!(attack(&Bytewise, name)[0].verdict, Verdict::NothingFound, "{name}");
        }
        assert!(attack(&Bytewise, "one-time-pad")[0].misuse);
    }
}
