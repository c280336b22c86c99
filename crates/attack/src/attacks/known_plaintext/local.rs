//! Known-plaintext attack on ciphers whose ciphertext bytes are functions of two bytes each.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::Target;
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::supply::{Pairs, Supply};

/// Finds, under one key, for each ciphertext byte the two bytes that it is a function of: a plaintext byte, and another byte of the
/// message or of the ciphertext. The two may be combined (XOR, sum, difference) before a table, as in `c[j] = S[p[i] + c[j - 1]]`, or be
/// looked up in a table of 65,536 entries; the result may be combined with the ciphertext byte before it. The tables are learned, and
/// new messages read. Ciphers that shuffle bytes and then chain them fall to it, whatever the chain runs through.
///
/// Bytes that depend on one byte alone are [`Bytewise`](super::Bytewise)'s.
pub struct LocalFunctions;

/// Pairs in which dependences are looked for: two bytes have the same values as in an earlier pair 32 times.
const KNOWN: usize = 2048;
/// Pairs that fill a table of two bytes.
const FILLED: usize = 1 << 19;
/// Fresh messages on which every claim is checked.
const UNTOUCHED: usize = 64;
/// Agreements that prove a dependence: each happens by chance with probability 1/256.
const AGREEMENTS: usize = 10;
/// Largest message in bytes.
const LARGEST: usize = 64;

/// How two bytes are combined.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Xor,
    Sum,
    Difference,
}

impl Operation {
    const ALL: [Self; 3] = [Self::Xor, Self::Sum, Self::Difference];

    fn apply(self, a: u8, b: u8) -> u8 {
        match self {
            Self::Xor => a ^ b,
            Self::Sum => a.wrapping_add(b),
            Self::Difference => a.wrapping_sub(b),
        }
    }

    /// The first byte from the result and the second.
    fn first(self, result: u8, b: u8) -> u8 {
        match self {
            Self::Xor => result ^ b,
            Self::Sum => result.wrapping_sub(b),
            Self::Difference => result.wrapping_add(b),
        }
    }

    /// The second byte from the result and the first.
    fn second(self, result: u8, a: u8) -> u8 {
        if self == Self::Difference { a.wrapping_sub(result) } else { self.first(result, a) }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Xor => "xor",
            Self::Sum => "+",
            Self::Difference => "-",
        }
    }
}

/// A byte of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Plain(usize),
    Cipher(usize),
}

impl Place {
    fn of(self, row: &Row) -> u8 {
        match self {
            Self::Plain(at) => row.plain[at],
            Self::Cipher(at) => row.cipher[at],
        }
    }

    fn words(self) -> String {
        match self {
            Self::Plain(at) => format!("p[{at}]"),
            Self::Cipher(at) => format!("c[{at}]"),
        }
    }
}

/// What a ciphertext byte depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Inputs {
    One(usize),
    Combined(usize, Operation, Place),
    Both(usize, Place),
}

impl Inputs {
    /// The number under which a table has the value for this row.
    fn index(self, row: &Row) -> usize {
        match self {
            Self::One(at) => usize::from(row.plain[at]),
            Self::Combined(at, operation, other) => usize::from(operation.apply(row.plain[at], other.of(row))),
            Self::Both(at, other) => usize::from(other.of(row)) << 8 | usize::from(row.plain[at]),
        }
    }

    fn words(self) -> String {
        match self {
            Self::One(at) => format!("T[p[{at}]]"),
            Self::Combined(at, operation, other) => format!("T[p[{at}] {} {}]", operation.sign(), other.words()),
            Self::Both(at, other) => format!("T[p[{at}], {}]", other.words()),
        }
    }
}

struct Row {
    plain: Vec<u8>,
    cipher: Vec<u8>,
}

/// A ciphertext byte, perhaps after the chain before it is undone, as a function.
struct Rule {
    to: usize,
    chain: Option<Operation>,
    inputs: Inputs,
    table: Vec<Option<u8>>,
}

/// The value of a rule in a row: the ciphertext byte, without what was combined with it.
fn output(row: &Row, to: usize, chain: Option<Operation>) -> u8 {
    match chain {
        Some(operation) if to > 0 => operation.first(row.cipher[to], row.cipher[to - 1]),
        _ => row.cipher[to],
    }
}

impl Attack for LocalFunctions {
    fn name(&self) -> &'static str {
        "local-functions"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let bytes = target.block_bits() / 8;
        if !target.block_bits().is_multiple_of(8) || !(2..=LARGEST).contains(&bytes) {
            return Err(format!("messages are not 2 to {LARGEST} whole bytes"));
        }
        match (target.data(), context.allowance) {
            (Some(data), _) if !data.one_key() => Err("the rows are under different keys".into()),
            (Some(data), _) if data.rows() < KNOWN + UNTOUCHED => {
                Err(format!("needs {} rows under one key, the file has {}", KNOWN + UNTOUCHED, data.rows()))
            }
            (None, Some(allowance)) if allowance < KNOWN => {
                Err(format!("needs {KNOWN} blocks, the program's time allows for {allowance}"))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut supply = Supply::one_key(target, context, "local functions");
        let (untouched, known) = (supply.take(UNTOUCHED)?, supply.take(KNOWN)?);
        draft.finding.samples = (untouched.rows() + known.rows()) as u64;
        let width = known.ciphertexts.bits();
        if !width.is_multiple_of(8) || width / 8 > 2 * LARGEST {
            return Ok(vec![draft.conclude(Verdict::NothingFound, "ciphertexts are not as many whole bytes")]);
        }
        let (untouched, mut known) = (rows(&untouched), rows(&known));
        let mut found = Vec::new();
        for to in 0..width / 8 {
            context.check()?;
            found.extend(rule(&known, to));
        }
        let two = |rule: &Rule| !matches!(rule.inputs, Inputs::One(_));
        if !found.iter().any(two) {
            let summary = "no ciphertext byte is a function of two bytes";
            return Ok(vec![draft.conclude(Verdict::NothingFound, summary)]);
        }
        let both = |rule: &Rule| matches!(rule.inputs, Inputs::Both(..));
        if found.iter().any(both) {
            let most = context.allowance.map_or(FILLED, |allowance| (4 * allowance).min(FILLED));
            let more = supply.take(most)?;
            draft.finding.samples += more.rows() as u64;
            known.extend(rows(&more));
        }
        found.iter_mut().for_each(|rule| rule.learn(&known));
        found.retain(|rule| untouched.iter().all(|row| rule.holds(row)));
        if !found.iter().any(two) {
            let summary = "no ciphertext byte is a function of two bytes in fresh messages";
            return Ok(vec![draft.conclude(Verdict::NothingFound, summary)]);
        }
        let bytes = untouched[0].plain.len();
        let read: Vec<Vec<Option<u8>>> = untouched.iter().map(|row| decrypt(&found, &row.cipher, bytes)).collect();
        let whole = |(read, row): &(&Vec<Option<u8>>, &Row)| read.iter().zip(&row.plain).all(|(a, b)| *a == Some(*b));
        let right: usize = read.iter().zip(&untouched).filter(whole).count();
        let byte = |(read, row): (&Vec<Option<u8>>, &Row)| {
            read.iter().zip(&row.plain).filter(|(a, b)| **a == Some(**b)).count()
        };
        let bytes_right: usize = read.iter().zip(&untouched).map(byte).sum();
        draft.detail("ciphertext bytes explained", format!("{} of {}", found.len(), width / 8));
        draft.detail("bytes of untouched messages read", format!("{bytes_right} of {}", bytes * untouched.len()));
        draft.detail("untouched messages read whole", format!("{right} of {}", untouched.len()));
        for rule in found.iter().filter(|rule| two(rule)).take(3) {
            draft.detail("for example", rule.words());
        }
        draft.finding.advantage = Some(bytes_right as f64 / (bytes * untouched.len()) as f64);
        let pairs = known.len();
        if right == 0 {
            let summary = format!(
                "{} of {} ciphertext bytes are functions of two bytes each, in tables that {pairs} known pairs show: {bytes_right} of {} bytes \
                 of new messages are read",
                found.len(),
                width / 8,
                bytes * untouched.len()
            );
            return Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)]);
        }
        let shown = read.iter().zip(&untouched).filter(whole).take(3);
        draft.finding.recovered =
            shown.map(|(_, row)| format!("ciphertext {} is message {}", hex(&row.cipher), hex(&row.plain))).collect();
        let summary = format!(
            "every ciphertext byte is a function of at most two bytes, for example {}: {right} of {} new messages are read after {}",
            found.iter().find(|rule| two(rule)).map(Rule::words).unwrap_or_default(),
            untouched.len(),
            counted(pairs, "known pair")
        );
        Ok(vec![draft.conclude(Verdict::Broken, summary)])
    }
}

fn rows(pairs: &Pairs) -> Vec<Row> {
    let row = |row| Row { plain: pairs.plaintexts.bytes(row), cipher: pairs.ciphertexts.bytes(row) };
    (0..pairs.rows()).map(row).collect()
}

/// The simplest rule for a ciphertext byte.
fn rule(known: &[Row], to: usize) -> Option<Rule> {
    let (plain, cipher) = (known[0].plain.len(), known[0].cipher.len());
    let others = |from: usize| {
        let of_cipher = (0..cipher).filter(move |&at| at != to).map(Place::Cipher);
        of_cipher.chain((0..plain).filter(move |&at| at != from).map(Place::Plain))
    };
    let chains = || std::iter::once(None).chain(Operation::ALL.map(Some)).filter(|chain| chain.is_none() || to > 0);
    let one = (0..plain).map(Inputs::One);
    let combined = (0..plain).flat_map(|from| {
        others(from).flat_map(move |other| Operation::ALL.map(|operation| Inputs::Combined(from, operation, other)))
    });
    let both = (0..plain).flat_map(|from| others(from).map(move |other| Inputs::Both(from, other)));
    let mut seen = vec![(0u32, 0u8); 1 << 16];
    let mut stamp = 0;
    let mut fits = |inputs: Inputs, chain: Option<Operation>| {
        stamp += 1;
        let mut agreements = 0;
        let mut first = None;
        let mut varies = false;
        for row in known {
            let (at, value) = (inputs.index(row), output(row, to, chain));
            varies |= *first.get_or_insert(value) != value;
            match &mut seen[at] {
                (then, before) if *then == stamp && *before != value => return false,
                (then, _) if *then == stamp => agreements += 1,
                unseen => *unseen = (stamp, value),
            }
        }
        varies && agreements >= AGREEMENTS
    };
    let small = one.chain(combined).flat_map(|inputs| chains().map(move |chain| (inputs, chain)));
    let (inputs, chain) =
        small.chain(both.map(|inputs| (inputs, None))).find(|(inputs, chain)| fits(*inputs, *chain))?;
    let size = if matches!(inputs, Inputs::Both(..)) { 1 << 16 } else { 256 };
    Some(Rule { to, chain, inputs, table: vec![None; size] })
}

impl Rule {
    fn learn(&mut self, known: &[Row]) {
        for row in known {
            self.table[self.inputs.index(row)] = Some(output(row, self.to, self.chain));
        }
    }

    fn holds(&self, row: &Row) -> bool {
        self.table[self.inputs.index(row)].is_none_or(|value| value == output(row, self.to, self.chain))
    }

    fn words(&self) -> String {
        let chain = self.chain.map_or(String::new(), |operation| format!(" {} c[{}]", operation.sign(), self.to - 1));
        format!("c[{}] = {}{chain}", self.to, self.inputs.words())
    }

    /// A plaintext byte that follows from a ciphertext and what is read of its message.
    fn read(&self, cipher: &[u8], plain: &[Option<u8>]) -> Option<(usize, u8)> {
        let row = Row { plain: Vec::new(), cipher: cipher.to_vec() };
        let value = output(&row, self.to, self.chain);
        let only = |mut entries: &mut dyn Iterator<Item = (usize, &Option<u8>)>| {
            let mut fitting = (&mut entries).filter(|(_, entry)| **entry == Some(value));
            let first = fitting.next()?.0;
            fitting.next().is_none().then_some(first as u8)
        };
        let known = |place: Place| match place {
            Place::Plain(at) => plain[at],
            Place::Cipher(at) => Some(cipher[at]),
        };
        match self.inputs {
            Inputs::One(at) => Some((at, only(&mut self.table.iter().enumerate())?)),
            Inputs::Combined(at, operation, other) => {
                let result = only(&mut self.table.iter().enumerate())?;
                match (known(other), other) {
                    (Some(other), _) => Some((at, operation.first(result, other))),
                    (None, Place::Plain(other)) => Some((other, operation.second(result, plain[at]?))),
                    (None, Place::Cipher(_)) => None,
                }
            }
            Inputs::Both(at, other) => match (known(other), other) {
                (Some(byte), _) => {
                    let from = usize::from(byte) << 8;
                    Some((at, only(&mut self.table[from..from + 256].iter().enumerate())?))
                }
                (None, Place::Plain(other)) => {
                    let entries = self.table.iter().skip(usize::from(plain[at]?)).step_by(256);
                    Some((other, only(&mut entries.enumerate())?))
                }
                (None, Place::Cipher(_)) => None,
            },
        }
    }
}

/// A message from its ciphertext, as far as the rules read it.
fn decrypt(rules: &[Rule], cipher: &[u8], bytes: usize) -> Vec<Option<u8>> {
    let mut plain = vec![None; bytes];
    loop {
        let before = plain.iter().flatten().count();
        for rule in rules {
            if let Some((at, byte)) = rule.read(cipher, &plain) {
                plain[at] = plain[at].or(Some(byte));
            }
        }
        if plain.iter().flatten().count() == before {
            return plain;
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Function;
    use crate::tools::testing::{all_clean, attack_cipher};

    /// A byte table that depends on a key byte.
    fn table(key: u8, x: u8) -> u8 {
        x.wrapping_mul(key | 1).rotate_left(3) ^ (x >> 2).wrapping_mul(5) ^ key
    }

    /// A permutation of bytes: three rounds of a table that is none, between the halves of a byte.
    fn permuted(key: u8, x: u8) -> u8 {
        let (mut l, mut r) = (x >> 4, x & 15);
        for round in 0..3 {
            (l, r) = (r, l ^ (table(key.wrapping_add(round), r) & 15));
        }
        l << 4 | r
    }

    /// Eight bytes, shuffled, then each combined by `next` with the ciphertext byte before it and a key byte.
    fn chained(name: &'static str, next: impl Fn(u8, u8, u8) -> u8 + Send + Sync + 'static) -> Function {
        Function::new(name, 64, 64, move |key, text| {
            let (key, text) = ((key as u64).to_be_bytes(), (text as u64).to_be_bytes());
            let (mut last, mut out) = (127, 0);
            for at in 0..8 {
                last = next(text[(3 * at + 2) % 8], last, key[at]);
                out = out << 8 | u128::from(last);
            }
            out
        })
    }

    #[test]
    fn chains_through_tables_are_read() {
        let ciphers = [
            chained("table of a sum", |text, last, key| permuted(key, text.wrapping_add(last))),
            chained("table of an xor, chained again", |text, last, key| permuted(key, text ^ last).wrapping_sub(last)),
            // The byte before chooses the table.
            chained("tables that are chosen", |text, last, key| permuted(key ^ permuted(7, last), text)),
        ];
        for cipher in ciphers {
            let finding = &attack_cipher(&LocalFunctions, Box::new(cipher))[0];
            assert_eq!(finding.verdict, Verdict::Broken, "{} {:?}", finding.summary, finding.details);
        }
    }

    #[test]
    fn good_ciphers_have_no_small_functions() {
        all_clean(&LocalFunctions, &["aes-128", "speck32/64", "chacha20", "feistel:8"], 1);
    }
}
