//! What is around a ciphertext and protects nothing: a constant header, text encodings, a counter. It is set aside before attacks.
use super::cipher::expect_bits;
use super::{Blocks, Cipher, CipherError, Ciphertexts, Form, KeyUse, Stream};
use std::collections::HashSet;
use std::sync::Arc;

/// Fewest different ciphertexts from which constant bytes are told, and constant bits: a random byte is the same in so many with
/// probability 2^-40, a random bit with 2^-23.
pub(crate) const LEAST_ROWS: usize = 6;
const LEAST_FOR_BITS: usize = 24;
/// Fewest characters by which a text encoding is recognised: random bytes are digits of one with probability 2^-128 at most.
const LEAST_CHARACTERS: usize = 64;

/// Encodings as text, by their digits in order.
const ENCODINGS: [(&str, &[u8]); 6] = [
    ("hex", b"0123456789abcdef"),
    ("hex", b"0123456789ABCDEF"),
    ("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    ("base32", b"abcdefghijklmnopqrstuvwxyz234567"),
    ("base64", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
    ("base64url", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
];

/// One layer, outermost first.
#[derive(Clone, Debug, PartialEq)]
enum Layer {
    /// Only these bits vary; the others are as in the one row of the template.
    Constant { varying: Vec<usize>, template: Blocks },
    /// Bytes that count from row to row.
    Counter { bits: std::ops::Range<usize> },
    /// Each byte is a digit of log2(alphabet) bits.
    Digits { name: &'static str, alphabet: &'static [u8] },
    /// Three decimal digits for each byte.
    DecimalBytes,
    /// One decimal number of so many bits.
    DecimalNumber { bits: usize },
}

/// The layers around ciphertexts of one width.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Envelope {
    layers: Vec<Layer>,
    inside: usize,
}

impl Envelope {
    /// Learns the envelope from ciphertexts; `None` where there is none, or nothing inside it.
    ///
    /// Where rows are in the order in which they were sent, a counter is set aside as long as so many bits are left as `counts` says.
    pub(crate) fn learn(rows: &Blocks, counts: Option<usize>) -> Option<Self> {
        let (mut layers, mut inside) = (Vec::new(), rows.clone());
        let one = |rows: &Blocks| {
            let least = counts.unwrap_or(usize::MAX);
            counter(rows).filter(|layer| layer.open(rows).bits() >= least).or_else(|| text(rows)).or_else(|| {
                let distinct = distinct(rows).rows();
                let bytes = |middle| (distinct >= LEAST_ROWS).then(|| constant_bytes(rows, middle)).flatten();
                // Separators between digits are constant; so may digits be, which a decimal number needs.
                let separators = || bytes(true).filter(|layer| text(&layer.open(rows)).is_some());
                let bits = || (distinct >= LEAST_FOR_BITS).then(|| constant_bits(rows)).flatten();
                bytes(false).or_else(separators).or_else(bits)
            })
        };
        while let Some(layer) = one(&inside) {
            inside = layer.open(&inside);
            layers.push(layer);
        }
        let inside = inside.bits();
        (!layers.is_empty() && inside > 0).then_some(Self { layers, inside })
    }

    /// What is inside the envelopes.
    pub(crate) fn open(&self, ciphertexts: &Blocks) -> Blocks {
        self.layers.iter().fold(ciphertexts.clone(), |rows, layer| layer.open(&rows))
    }

    /// Whether [`Self::close`] puts everything back.
    fn is_reversible(&self) -> bool {
        self.layers.iter().all(|layer| matches!(layer, Layer::Constant { .. } | Layer::Digits { .. }))
    }

    /// The envelope around what was inside.
    fn close(&self, inside: &Blocks) -> Blocks {
        self.layers.iter().rev().fold(inside.clone(), |rows, layer| layer.close(&rows))
    }

    /// The layers in words, for a notice.
    pub(crate) fn words(&self) -> String {
        let layers: Vec<String> = self.layers.iter().map(Layer::words).collect();
        format!(
            "Set aside before the attacks, since it protects nothing and reveals nothing: {}. The {} bits that are left are attacked.",
            layers.join("; "),
            self.inside
        )
    }
}

impl Layer {
    fn open(&self, rows: &Blocks) -> Blocks {
        match self {
            Self::Constant { varying, .. } => select(rows, varying),
            Self::Counter { bits } => {
                let kept: Vec<usize> = (0..rows.bits()).filter(|bit| !bits.contains(bit)).collect();
                select(rows, &kept)
            }
            Self::Digits { alphabet, .. } => {
                let each = alphabet.len().ilog2() as usize;
                let mut out = Blocks::new(rows.bits() / 8 * each, rows.rows());
                for row in 0..rows.rows() {
                    for (at, byte) in rows.bytes(row).iter().enumerate() {
                        // A byte that is no digit, which none was before, counts as the first one.
                        let digit = alphabet.iter().position(|digit| digit == byte).unwrap_or(0);
                        (0..each).for_each(|bit| out.set(row, at * each + bit, digit >> (each - 1 - bit) & 1 == 1));
                    }
                }
                out
            }
            Self::DecimalBytes => {
                let mut out = Blocks::new(rows.bits() / 24 * 8, rows.rows());
                for row in 0..rows.rows() {
                    let bytes: Vec<u8> = rows.bytes(row).chunks(3).map(|digits| number(digits) as u8).collect();
                    out.set_bytes(row, &bytes);
                }
                out
            }
            Self::DecimalNumber { bits } => {
                let mut out = Blocks::new(*bits, rows.rows());
                for row in 0..rows.rows() {
                    let value = number(&rows.bytes(row));
                    (0..*bits).for_each(|bit| out.set(row, bit, value >> (bits - 1 - bit) & 1 == 1));
                }
                out
            }
        }
    }

    fn close(&self, inside: &Blocks) -> Blocks {
        match self {
            Self::Constant { varying, template } => {
                let mut out = template.repeat(0, inside.rows());
                for row in 0..inside.rows() {
                    varying.iter().enumerate().for_each(|(at, &bit)| out.set(row, bit, inside.get(row, at)));
                }
                out
            }
            Self::Digits { alphabet, .. } => {
                let each = alphabet.len().ilog2() as usize;
                let mut out = Blocks::new(inside.bits() / each * 8, inside.rows());
                for row in 0..inside.rows() {
                    let digit = |at: usize| {
                        (0..each).fold(0, |digit, bit| digit << 1 | usize::from(inside.get(row, at * each + bit)))
                    };
                    let bytes: Vec<u8> = (0..inside.bits() / each).map(|at| alphabet[digit(at)]).collect();
                    out.set_bytes(row, &bytes);
                }
                out
            }
            Self::Counter { .. } | Self::DecimalBytes | Self::DecimalNumber { .. } => inside.clone(),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Constant { varying, template } => {
                let constant = template.bits() - varying.len();
                let first = varying.first().copied().unwrap_or(0) / 8;
                let bytes = &template.bytes(0)[..first];
                let mut words = match constant {
                    1 => "1 constant bit".to_owned(),
                    many => format!("{many} constant bits"),
                };
                if !bytes.is_empty() {
                    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    words.push_str(&format!(", among them the first {} bytes, {hex}", bytes.len()));
                    if let (Ok(text), true) =
                        (std::str::from_utf8(bytes), bytes.iter().all(|byte| byte.is_ascii_graphic()))
                    {
                        words.push_str(&format!(" (\"{text}\")"));
                    }
                }
                words
            }
            Self::Counter { bits } => format!("bits {} to {} count from message to message", bits.start, bits.end - 1),
            Self::Digits { name, .. } => format!("{name} text"),
            Self::DecimalBytes => "text of three decimal digits for each byte".into(),
            Self::DecimalNumber { bits } => format!("text of a decimal number of {bits} bits"),
        }
    }
}

/// The columns `kept` of rows.
fn select(rows: &Blocks, kept: &[usize]) -> Blocks {
    let mut out = Blocks::new(kept.len(), rows.rows());
    for row in 0..rows.rows() {
        kept.iter().enumerate().for_each(|(at, &bit)| out.set(row, at, rows.get(row, bit)));
    }
    out
}

/// The rows, each once.
fn distinct(rows: &Blocks) -> Blocks {
    let mut seen = HashSet::new();
    let mut out = Blocks::new(rows.bits(), 0);
    (0..rows.rows()).filter(|&row| seen.insert(rows.row(row))).for_each(|row| out.extend(&rows.slice(row..row + 1)));
    out
}

/// For each bit, whether it is not the same in all rows.
fn varying(rows: &Blocks) -> Vec<bool> {
    let mut seen = Blocks::new(rows.bits(), 1);
    for row in 1..rows.rows() {
        let differences = rows.row(row).iter().zip(rows.row(0)).map(|(word, first)| word ^ first);
        seen.row_mut(0).iter_mut().zip(differences).for_each(|(seen, difference)| *seen |= difference);
    }
    (0..rows.bits()).map(|bit| seen.get(0, bit)).collect()
}

fn constant(rows: &Blocks, varies: &[bool]) -> Option<Layer> {
    let varying: Vec<usize> = (0..rows.bits()).filter(|&bit| varies[bit]).collect();
    (varying.len() < rows.bits() && !varying.is_empty())
        .then(|| Layer::Constant { varying, template: rows.slice(0..1) })
}

/// Constant bits, wherever they are.
fn constant_bits(rows: &Blocks) -> Option<Layer> {
    constant(rows, &varying(rows))
}

/// Constant whole bytes: at both ends, or with `middle` everywhere.
fn constant_bytes(rows: &Blocks, middle: bool) -> Option<Layer> {
    if !rows.bits().is_multiple_of(8) {
        return None;
    }
    let mut bytes: Vec<bool> = varying(rows).chunks(8).map(|byte| byte.contains(&true)).collect();
    if !middle {
        let first = bytes.iter().position(|&varies| varies)?;
        let last = bytes.iter().rposition(|&varies| varies)?;
        bytes[first..=last].fill(true);
    }
    let varies: Vec<bool> = bytes.iter().flat_map(|&varies| [varies; 8]).collect();
    constant(rows, &varies)
}

/// A text encoding, where all bytes are digits of one, and as many different ones occur as do in random text.
fn text(rows: &Blocks) -> Option<Layer> {
    let bytes = rows.bits() / 8;
    if !rows.bits().is_multiple_of(8) || bytes == 0 {
        return None;
    }
    let rows = distinct(rows);
    let all: Vec<Vec<u8>> = (0..rows.rows()).map(|row| rows.bytes(row)).collect();
    let characters = all.len() * bytes;
    let mut seen = [false; 256];
    all.iter().flatten().for_each(|&byte| seen[usize::from(byte)] = true);
    let is = |alphabet: &[u8]| {
        let digits = alphabet.len() as f64;
        let expected = digits * (1.0 - (1.0 - 1.0 / digits).powi(characters as i32));
        let share = if expected > digits - 0.01 { 1.0 } else { 0.9 };
        let inside = (0..=255).filter(|byte: &u8| seen[usize::from(*byte)]).all(|byte| alphabet.contains(&byte));
        let occur = alphabet.iter().filter(|byte| seen[usize::from(**byte)]).count() as f64;
        characters >= LEAST_CHARACTERS && inside && occur >= (share * expected).round()
    };
    if let Some((name, alphabet)) = ENCODINGS.iter().find(|(_, alphabet)| is(alphabet)) {
        return Some(Layer::Digits { name, alphabet });
    }
    if !is(b"0123456789") {
        return None;
    }
    if bytes.is_multiple_of(3) && all.iter().flat_map(|row| row.chunks(3)).all(|digits| number(digits) < 256) {
        return Some(Layer::DecimalBytes);
    }
    // A u128 has 39 digits at most, and not all numbers of 39 digits fit.
    let largest = if bytes < 39 { all.iter().map(|row| number(row)).max()? } else { return None };
    let bits = 128 - largest.leading_zeros() as usize;
    // Numbers below a power of two do not come near all nines; digits drawn one by one do.
    let share = (bits as f64).exp2() / 10f64.powi(bytes as i32);
    (bits > 0 && share < 0.9).then_some(Layer::DecimalNumber { bits })
}

fn number(digits: &[u8]) -> u128 {
    digits
        .iter()
        .fold(0, |value: u128, digit| value.wrapping_mul(10).wrapping_add(u128::from(digit.wrapping_sub(b'0'))))
}

/// Bytes that, as an integer of either order, grow by the same amount from each row to the next.
fn counter(rows: &Blocks) -> Option<Layer> {
    if !rows.bits().is_multiple_of(8) || rows.rows() < LEAST_ROWS {
        return None;
    }
    let all: Vec<Vec<u8>> = (0..rows.rows()).map(|row| rows.bytes(row)).collect();
    let bytes = rows.bits() / 8;
    let value = |row: &[u8], at: usize, width: usize, little: bool| {
        let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if little { row[at..at + width].iter().rev().fold(0, fold) } else { row[at..at + width].iter().fold(0, fold) }
    };
    for width in [8, 4, 2, 1] {
        for at in 0..(bytes + 1).saturating_sub(width) {
            for little in [false, true] {
                let steps = all.windows(2).map(|pair| {
                    let step = value(&pair[1], at, width, little).wrapping_sub(value(&pair[0], at, width, little));
                    step & (u64::MAX >> (64 - 8 * width))
                });
                let mut steps = steps.peekable();
                let first = *steps.peek()?;
                // Its lowest byte counts too: what lies below a counter is none of it.
                if first & 0xff != 0 && bytes > width && steps.all(|step| step == first) {
                    return Some(Layer::Counter { bits: 8 * at..8 * (at + width) });
                }
            }
        }
    }
    None
}

/// Whether rows hold a field that counts.
pub(crate) fn counts(rows: &Blocks) -> bool {
    counter(rows).is_some() || counter(&rows.beside(&Blocks::new(8, rows.rows()))).is_some()
}

/// A cipher without the envelope of its ciphertexts.
pub(crate) struct Opened {
    cipher: Arc<dyn Cipher>,
    envelope: Envelope,
}

impl Opened {
    /// The cipher inside its envelope, and the envelope; `None` where it has none.
    ///
    /// # Errors
    /// Those of the cipher.
    pub(crate) fn of(cipher: &Arc<dyn Cipher>, seed: u64) -> Result<Option<(Self, String)>, CipherError> {
        if matches!(cipher.form(), Form::Floats(_)) || cipher.public_key() {
            return Ok(None);
        }
        let mut stream = Stream::new(seed, "envelope");
        let (keys, texts) = (cipher.random_keys(&mut stream, PROBES), stream.blocks(cipher.block_bits(), PROBES));
        let seen = expect_bits(cipher.as_ref(), &cipher.encrypt(&keys, &texts, 0)?)?;
        Ok(Envelope::learn(&seen, cipher.is_external().then_some(8)).map(|envelope| {
            let words = envelope.words();
            (Self { cipher: Arc::clone(cipher), envelope }, words)
        }))
    }
}

/// Random messages under random keys from which a cipher's envelope is learned.
const PROBES: usize = 256;

impl Cipher for Opened {
    fn name(&self) -> String {
        self.cipher.name()
    }
    fn block_bits(&self) -> usize {
        self.cipher.block_bits()
    }
    fn key_bits(&self) -> usize {
        self.cipher.key_bits()
    }
    fn form(&self) -> Form {
        Form::Bits(self.envelope.inside)
    }
    fn key_use(&self) -> KeyUse {
        self.cipher.key_use()
    }
    fn takes_nonce(&self) -> bool {
        self.cipher.takes_nonce()
    }
    fn key_bit_probability(&self) -> f64 {
        self.cipher.key_bit_probability()
    }
    fn random_keys(&self, stream: &mut Stream, rows: usize) -> Blocks {
        self.cipher.random_keys(stream, rows)
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, nonce: u64) -> Result<Ciphertexts, CipherError> {
        let sent = self.cipher.encrypt(keys, plaintexts, nonce)?;
        expect_bits(self, &sent).map(|sent| Ciphertexts::Bits(self.envelope.open(&sent)))
    }
    fn decrypts(&self) -> bool {
        self.cipher.decrypts() && self.envelope.is_reversible()
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, nonce: u64) -> Result<Blocks, CipherError> {
        if !self.decrypts() {
            return Err(CipherError::NoDecryption(self.name()));
        }
        let sent = self.envelope.close(&expect_bits(self, ciphertexts)?);
        self.cipher.decrypt(keys, &Ciphertexts::Bits(sent), nonce)
    }
    fn accepts(&self, keys: &Blocks, ciphertexts: &Ciphertexts, nonce: u64) -> Result<Vec<bool>, CipherError> {
        if !self.decrypts() {
            return Err(CipherError::NoDecryption(self.name()));
        }
        let sent = self.envelope.close(&expect_bits(self, ciphertexts)?);
        self.cipher.accepts(keys, &Ciphertexts::Bits(sent), nonce)
    }
    fn is_external(&self) -> bool {
        self.cipher.is_external()
    }
    fn known_difference(&self) -> Option<Blocks> {
        self.cipher.known_difference()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of text, each made from a random row of so many bits.
    fn rows(bits: usize, make: impl Fn(usize, &[u8]) -> Vec<u8>) -> (Blocks, Blocks) {
        let inside = Stream::new(1, "inside").blocks(bits, 300);
        let sent: Vec<Vec<u8>> = (0..300).map(|row| make(row, &inside.bytes(row))).collect();
        let mut out = Blocks::new(8 * sent[0].len(), 300);
        sent.iter().enumerate().for_each(|(row, bytes)| out.set_bytes(row, bytes));
        (inside, out)
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn base64(bytes: &[u8]) -> String {
        let digit = |at: usize| {
            let bit = |bit: usize| bytes.get(bit / 8).map_or(0, |byte| byte >> (7 - bit % 8) & 1);
            ENCODINGS[4].1[(0..6).fold(0, |digit, place| digit << 1 | usize::from(bit(6 * at + place)))] as char
        };
        let digits = (8 * bytes.len()).div_ceil(6);
        (0..digits).map(digit).chain(std::iter::repeat_n('=', (4 - digits % 4) % 4)).collect()
    }

    #[test]
    fn envelopes_are_opened_and_named() {
        type Make = Box<dyn Fn(usize, &[u8]) -> Vec<u8>>;
        let cases: [(&str, &str, Make); 8] = [
            (
                "a header",
                "24 constant bits, among them the first 3 bytes, 76313a (\"v1:\")",
                Box::new(|_, c| [b"v1:", c].concat()),
            ),
            (
                "a length and zeros behind",
                "48 constant bits, among them the first 2 bytes, 0008",
                Box::new(|_, c| [&[0, 8], c, &[0; 4]].concat()),
            ),
            ("hex", "hex text", Box::new(|_, c| hex(c).into_bytes())),
            (
                "hex with colons",
                "56 constant bits; hex text",
                Box::new(|_, c| c.iter().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(":").into_bytes()),
            ),
            ("base64", "base64 text", Box::new(|_, c| base64(c).into_bytes())),
            (
                "decimal bytes",
                "three decimal digits",
                Box::new(|_, c| c.iter().map(|b| format!("{b:03}")).collect::<String>().into_bytes()),
            ),
            (
                "a decimal number",
                "a decimal number of 64 bits",
                Box::new(|_, c| format!("{:020}", u64::from_be_bytes(c.try_into().unwrap())).into_bytes()),
            ),
            (
                "a counter",
                "count from message to message",
                Box::new(|row, c| [&(row as u32 + 7).to_be_bytes()[..], c].concat()),
            ),
        ];
        for (name, words, make) in cases {
            let (inside, sent) = rows(64, make);
            let envelope = Envelope::learn(&sent, Some(8)).unwrap_or_else(|| panic!("{name}"));
            assert!(envelope.words().contains(words), "{name}: {}", envelope.words());
            assert_eq!(envelope.open(&sent), inside, "{name}");
            if envelope.is_reversible() {
                assert_eq!(envelope.close(&inside), sent, "{name}");
            }
        }
    }

    #[test]
    fn what_is_no_envelope_stays() {
        let (_, random) = rows(64, |_, c| c.to_vec());
        assert_eq!(Envelope::learn(&random, Some(8)), None);
        for few in 1..6 {
            assert_eq!(Envelope::learn(&random.slice(0..few), Some(8)), None, "{few} are too few");
        }
        assert_eq!(Envelope::learn(&Blocks::new(64, 300), Some(8)), None, "nothing inside");
        // Letters alone are no base64.
        let (_, letters) = rows(64, |_, c| c.iter().map(|byte| b'a' + byte % 26).collect());
        let envelope = Envelope::learn(&letters, Some(8)).unwrap();
        assert!(
            envelope.words().contains("8 constant bits") || envelope.words().contains("constant"),
            "{}",
            envelope.words()
        );
        assert!(!envelope.words().contains("text"));
        // Digits that are no number below a power of two.
        let (_, digits) = rows(64, |_, c| c.iter().map(|byte| b'0' + byte % 10).collect());
        assert!(!Envelope::learn(&digits, Some(8)).unwrap().words().contains("number"));
    }

    proptest! {
        #[test]
        fn no_rows_are_a_panic(bits in 1usize..200, seed: u64, mask: u64) {
            let mut rows = Stream::new(seed, "rows").blocks(bits, 2 * LEAST_FOR_BITS);
            let last = rows.last_mask();
            for row in 0..rows.rows() {
                rows.row_mut(row).iter_mut().for_each(|word| *word &= mask);
                if let Some(word) = rows.row_mut(row).last_mut() {
                    *word &= last;
                }
            }
            if let Some(envelope) = Envelope::learn(&rows, Some(8)) {
                let inside = envelope.open(&rows);
                prop_assert!(inside.bits() > 0 && inside.rows() == rows.rows());
            }
        }
    }
}
