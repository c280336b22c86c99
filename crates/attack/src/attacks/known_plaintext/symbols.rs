//! Fresh keys, and the distribution of each ciphertext byte.
use crate::battery::evidence::SUSPICIOUS;
use crate::battery::{Attack, AttackError, Context, Draft, SIGNIFICANCE};
use crate::ciphers::{Blocks, Cipher, Form, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, binomial_tail, clopper_pearson, counted};
use crate::tools::supply::{Oracle, Pairs};

/// Counts how often each byte, and each neighbouring pair's difference, takes each value at each place, over ciphertexts of one
/// known message under fresh keys, or over recorded ciphertexts with the message XORed or subtracted. RC4's second keystream byte
/// is zero twice as often as it should be (I. Mantin and A. Shamir, "A practical attack on broadcast RC4", FSE 2001): a message
/// that is sent to many gives itself away.
pub struct Symbols;

/// Fewest rows: a value that is twice as frequent as it should be shows in some thousands.
const LEAST: usize = 2048;

/// What is counted: a byte, or a byte less the one before it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Event {
    place: usize,
    neighbours: bool,
    value: u8,
    /// More often than by chance, or less often.
    more: bool,
    /// Its probability if all values that occur are equally likely.
    chance: f64,
}

/// Most values of a byte that is a character of an alphabet, such as a digit or a letter.
const ALPHABET: usize = 128;

impl Attack for Symbols {
    fn name(&self) -> &'static str {
        "symbols"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        if let Some(Form::Floats(_)) = target.cipher().map(Cipher::form) {
            return Err("ciphertexts are real numbers, of which no value is as likely as any other".into());
        }
        match (target.data(), context.allowance) {
            (Some(data), _) if data.one_key() => {
                Err("the rows are under one key; this attack is about fresh ones".into())
            }
            (Some(data), _) if data.rows() < 2 * LEAST => {
                Err(format!("needs {} rows, the file has {}", 2 * LEAST, data.rows()))
            }
            (None, Some(allowance)) if allowance < LEAST / 2 => {
                Err(format!("needs {} blocks, the program's time allows for {allowance}", LEAST / 2))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut source = Source { target, stream: context.stream("symbols"), next: 0 };
        // Four data sets: a program's blocks are its only cost here.
        let rows = context.samples(LEAST, 1 << 16, 1 << 18, 1 << 20);
        let search = source.draw(if context.allowance.is_some() { 4 * rows } else { rows })?;
        let Some((view, event)) = best(&search) else {
            return Ok(vec![draft.conclude(Verdict::NothingFound, "ciphertexts have no whole byte")]);
        };
        let mut samples = search[0].rows();
        let mut test = || -> Result<(u64, u64), AttackError> {
            let fresh = source.draw(if context.allowance.is_some() { 4 * rows } else { rows })?;
            samples += fresh[0].rows();
            Ok((event.count(&fresh[view]), fresh[view].rows() as u64))
        };
        let mut score = test()?;
        if event.p_value(score) < SUSPICIOUS {
            score = test()?;
        }
        let (seen, of) = score;
        let p_value = event.p_value(score);
        draft.finding.samples = samples as u64;
        draft.finding.p_value = Some(p_value);
        let share = seen as f64 / of.max(1) as f64;
        let [low, high] = clopper_pearson(seen, of, 0.99);
        draft.detail(
            "share on untouched data",
            format!("{share:.5} [{low:.5}, {high:.5}], by chance {:.5}", event.chance),
        );
        draft.detail("values and places looked at", counted(search.len() * 512 * (search[0].bits() / 8), "value"));
        if p_value > SIGNIFICANCE {
            return Ok(vec![draft.conclude(Verdict::NothingFound, "no byte prefers a value under fresh keys")]);
        }
        draft.finding.advantage = Some((share - event.chance).abs());
        let what = ["ciphertext", "keystream (ciphertext xor message)", "keystream (ciphertext less message)"][view];
        let bytes = match event.neighbours {
            false => format!("byte {}", event.place),
            true => format!("byte {} less byte {}", event.place, event.place - 1),
        };
        let summary = format!(
            "under fresh keys, {what} {bytes} is {} with probability {share:.5}, {:.2} times as often as by chance: a known message sent under \
             many keys can be told from others",
            event.value,
            share / event.chance
        );
        Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)])
    }
}

/// Ciphertexts of zeros, or of recorded messages in three views.
struct Source<'a> {
    target: &'a Target,
    stream: Stream,
    next: usize,
}

impl Source<'_> {
    fn draw(&mut self, rows: usize) -> Result<Vec<Blocks>, AttackError> {
        if let Some(data) = self.target.data() {
            let range = self.next..(self.next + data.rows() / 3).min(data.rows());
            self.next = range.end;
            let pairs = Pairs {
                keys: None,
                plaintexts: data.plaintexts.slice(range.clone()),
                ciphertexts: data.ciphertexts.slice(range),
            };
            return Ok(views(pairs));
        }
        let Some(cipher) = self.target.cipher() else { return Ok(Vec::new()) };
        let keys = cipher.random_keys(&mut self.stream, rows);
        // Zeros: then a keystream that is added, in whatever way, is the ciphertext.
        Ok(vec![Oracle::new(cipher).encrypt(&keys, &Blocks::new(cipher.block_bits(), 1))?])
    }
}

/// Ciphertexts as they are and, where they are as long as messages, less these.
fn views(pairs: Pairs) -> Vec<Blocks> {
    let Pairs { plaintexts, ciphertexts, .. } = pairs;
    if plaintexts.bits() != ciphertexts.bits() {
        return vec![ciphertexts];
    }
    let mut less = ciphertexts.clone();
    for row in 0..less.rows() {
        let bytes = ciphertexts.bytes(row).into_iter().zip(plaintexts.bytes(row)).map(|(c, p)| c.wrapping_sub(p));
        less.set_bytes(row, &bytes.collect::<Vec<u8>>());
    }
    vec![ciphertexts.clone(), ciphertexts.xor(&plaintexts), less]
}

/// The most telling event, and the view that it shows in.
fn best(views: &[Blocks]) -> Option<(usize, Event)> {
    let mut best: Option<(f64, usize, Event)> = None;
    for (view, rows) in views.iter().enumerate() {
        let places = rows.bits() / 8;
        let mut counts = vec![[[0u64; 256]; 2]; places];
        for row in 0..rows.rows() {
            let bytes = rows.bytes(row);
            for place in 0..places {
                counts[place][0][usize::from(bytes[place])] += 1;
                if place > 0 {
                    counts[place][1][usize::from(bytes[place].wrapping_sub(bytes[place - 1]))] += 1;
                }
            }
        }
        for (place, kinds) in counts.iter().enumerate() {
            let values = kinds[0].iter().filter(|count| **count > 0).count();
            let chance = if values <= ALPHABET { 1.0 / values as f64 } else { 1.0 / 256.0 };
            let expected = rows.rows() as f64 * chance;
            for (kind, counts) in kinds.iter().enumerate() {
                let neighbours = kind == 1;
                // Differences of characters have no even distribution.
                if neighbours && (place == 0 || values <= ALPHABET) {
                    continue;
                }
                for (value, &count) in counts.iter().enumerate().filter(|(_, count)| values > ALPHABET || **count > 0) {
                    let far = (count as f64 - expected).abs();
                    if best.as_ref().is_none_or(|(most, ..)| far > *most) {
                        let more = count as f64 > expected;
                        best = Some((far, view, Event { place, neighbours, value: value as u8, more, chance }));
                    }
                }
            }
        }
    }
    best.map(|(_, view, event)| (view, event))
}

impl Event {
    fn count(self, rows: &Blocks) -> u64 {
        let happens = |row: &usize| {
            let bytes = rows.bytes(*row);
            let before = if self.neighbours { bytes[self.place - 1] } else { 0 };
            bytes[self.place].wrapping_sub(before) == self.value
        };
        (0..rows.rows()).filter(happens).count() as u64
    }

    /// The chance of such a count where every value that occurs is as likely as any other.
    fn p_value(self, (seen, of): (u64, u64)) -> f64 {
        if self.more { binomial_tail(seen, of, self.chance) } else { binomial_tail(of - seen, of, 1.0 - self.chance) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Function;
    use crate::tools::testing::{all_clean, attack_cipher};

    /// RC4 under a 40-bit key: eight bytes of keystream.
    fn rc4(key: u128) -> u128 {
        let key = &(key as u64).to_be_bytes()[3..];
        let mut s: Vec<u8> = (0..=255).collect();
        let mut j = 0u8;
        for i in 0..256 {
            j = j.wrapping_add(s[i]).wrapping_add(key[i % 5]);
            s.swap(i, usize::from(j));
        }
        let (mut j, mut out) = (0u8, 0);
        for i in 1..=8 {
            j = j.wrapping_add(s[i]);
            s.swap(i, usize::from(j));
            out = out << 8 | u128::from(s[usize::from(s[i].wrapping_add(s[usize::from(j)]))]);
        }
        out
    }

    #[test]
    fn an_alphabet_is_no_preference() {
        // Four characters of 64, each moved by a character of a one-time key: all equally likely, but not all bytes.
        let letters = |key: u128, text: u128| {
            let sum = (key ^ text).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 8;
            (0..4).fold(0, |out, at| out << 8 | (u128::from(b'0') + (sum >> (16 * at) & 0xffff) % 64))
        };
        let finding = &attack_cipher(&Symbols, Box::new(Function::new("letters", 32, 64, letters)))[0];
        assert_eq!(finding.verdict, Verdict::NothingFound, "{}", finding.summary);
    }

    #[test]
    fn the_second_byte_of_rc4_is_often_zero() {
        let xored = Function::new("rc4", 64, 40, |key, text| rc4(key) ^ text);
        let finding = &attack_cipher(&Symbols, Box::new(xored))[0];
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        assert!(finding.summary.contains("byte 1 is 0 with probability 0.007"), "{}", finding.summary);
        // A byte that never takes one value, and neighbours that are never equal.
        let never = Function::new("never", 32, 32, |key, text| {
            let c = (key ^ text).wrapping_mul(0x9e37_79b9) & 0xffff_ffff;
            if c & 0xff == 0x17 { c ^ 1 } else { c }
        });
        let apart = Function::new("apart", 32, 32, |key, text| {
            let c = (key ^ text).wrapping_mul(0x9e37_79b9) & 0xffff_ffff;
            if c >> 16 & 0xff == c >> 24 { c ^ 0x0001_0000 } else { c }
        });
        for cipher in [never, apart] {
            let finding = &attack_cipher(&Symbols, Box::new(cipher))[0];
            assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        }
    }

    #[test]
    fn good_ciphers_prefer_nothing() {
        all_clean(&Symbols, &["aes-128", "speck32/64", "chacha20", "one-time-pad", "one-time-pad:5"], 1);
    }
}
