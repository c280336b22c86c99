//! Recorded ciphertexts of English under a repeated key, or under one keystream that was used for several messages.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Captures, Encoding, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::coincidence::excess;
use crate::tools::keyed::{ALPHABETS, Operation, Reading, Texts};
use crate::tools::statistics::normal_cdf;
use std::collections::{HashMap, HashSet};

/// Looks for a key that repeats within messages (repeated XOR, Vigenere over bytes, letters or other alphabets), and for a keystream that starts again
/// with every message (a pad or a stream cipher's nonce used twice). Symbols under the same key symbol are equal more often than
/// others; the key is then the one that makes the messages English.
///
/// F. W. Kasiski, "Die Geheimschriften und die Dechiffrir-Kunst", 1863; W. F. Friedman, 1922. The language model is counted trigrams.
pub struct RepeatingKey;

/// Standard deviations from which a reading is tried, those from which coincidences count by themselves, and those that each third of
/// the messages must show then: what is around a ciphertext, such as a time in front, is in one of them.
const DEVIATIONS_TO_TRY: f64 = 3.0;
const DEVIATIONS: f64 = 7.0;
const DEVIATIONS_OF_THIRD: f64 = 2.0;
/// Periods that are tried: parts and multiples of the right one show too.
const PERIODS: usize = 5;
/// Longest key that is looked for.
const LONGEST_KEY: usize = 64;
/// Most symbols that are looked at.
const MOST: usize = 16_000;
/// Share of right characters that is expected, from which messages count as read.
const SURE: f64 = 0.9;
/// Most messages that are shown.
const SHOWN: usize = 8;

impl Attack for RepeatingKey {
    fn name(&self) -> &'static str {
        "repeating-key"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::CiphertextOnly
    }

    fn reads_captures(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let symbols: usize = target.captures().map_or(0, |captures| captures.messages.iter().map(Vec::len).sum());
        if symbols < 24 { Err(format!("needs 24 symbols, the file has {symbols}")) } else { Ok(()) }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(captures) = target.captures() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        draft.finding.samples = captures.messages.len() as u64;
        let operations = match captures.encoding {
            Encoding::Text => of_text(&captures.messages),
            _ => vec![Operation::Xor, Operation::Sum],
        };
        let texts = |operation| Texts::new(&captures.messages, operation, MOST);
        let mut stream = context.stream("repeating-key");
        let mut keys_of = |operation| keys(&texts(operation), captures, &mut stream, context);
        let mut keys = keys_of(operations[0])?;
        let mut seen = None;
        let mut best: Option<(Reading, Operation)> = None;
        for (number, &operation) in operations.iter().enumerate() {
            // Equal bytes are equal under XOR and under addition. Other alphabets leave other characters as they are.
            if number > 0 && operation != Operation::Sum {
                keys = keys_of(operation)?;
            }
            seen = seen.or_else(|| keys.iter().copied().find(|(deviations, _)| *deviations >= DEVIATIONS));
            // One symbol that is the same for all shows in no column, only in what is read.
            for key in [Key::Period(1)].into_iter().chain(keys.iter().map(|(_, key)| *key)) {
                context.check()?;
                let texts = texts(operation);
                let by_period = |period: usize| texts.read(&|_, at| at % period);
                let readings = match key {
                    Key::Period(period) => vec![by_period(period)],
                    Key::Stream => {
                        let whole = texts.read_stream();
                        let period = whole.repeats().map(by_period);
                        [whole].into_iter().chain(period).collect()
                    }
                };
                for reading in readings {
                    if best.as_ref().is_none_or(|(other, _)| reading.quality() > other.quality()) {
                        best = Some((reading, operation));
                    }
                }
            }
        }
        let Some((reading, operation)) = best else { return Ok(Vec::new()) };
        if let Some((deviations, _)) = &seen {
            draft.detail("coincidences", format!("{deviations:.1} standard deviations more than in random orders"));
        }
        if reading.is_english() && reading.sure >= SURE {
            return Ok(vec![read(draft, &reading, operation, captures)]);
        }
        let Some((deviations, key)) = seen else {
            let summary = "no key repeats: symbols are equal as often as by chance, whatever the period";
            return Ok(vec![draft.conclude(Verdict::NothingFound, summary)]);
        };
        draft.finding.p_value = Some(normal_cdf(-deviations) * (2 * LONGEST_KEY * operations.len()) as f64);
        let what = match key {
            Key::Period(period) => format!("a key of {} is repeated", counted(period, "symbol")),
            Key::Stream => {
                "messages begin with the same keystream: what is known of one shows the same places of all others"
                    .into()
            }
        };
        draft.detail(
            "best reading",
            format!("{:.1} bits per character, {:.0} % sure", reading.bits, 100.0 * reading.sure),
        );
        let guess = |(number, text): (usize, &Vec<u8>)| (format!("guess at message {}", number + 1), shown(text));
        let guesses: Vec<(String, String)> = reading.texts.iter().enumerate().take(SHOWN).map(guess).collect();
        guesses.into_iter().for_each(|(label, text)| draft.detail(&label, text));
        Ok(vec![draft.conclude(Verdict::WeaknessFound, format!("{what}; the messages were not read with certainty"))])
    }
}

/// The operations that may have made a text: on letters, and on each alphabet that has nearly all of its characters, many of which occur.
/// Words of one length are groups of symbols, and the spaces between them none.
fn of_text(messages: &[Vec<u8>]) -> Vec<Operation> {
    let all: usize = messages.iter().map(Vec::len).sum();
    let count = |is: &dyn Fn(u8) -> bool| messages.iter().flatten().filter(|byte| is(**byte)).count();
    let others = count(&|byte| !byte.is_ascii_alphabetic());
    let used: HashSet<u8> = messages.iter().flatten().copied().collect();
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for message in messages {
        let words: Vec<&[u8]> = message.split(|byte| *byte == b' ').collect();
        words[..words.len() - 1].iter().for_each(|word| *lengths.entry(word.len()).or_default() += 1);
    }
    let words: usize = lengths.values().sum();
    let grouped = words > 1 && lengths.values().any(|count| 5 * count >= 4 * words);
    let fits = |alphabet: &&&[u8]| {
        let occurring = alphabet.iter().filter(|symbol| used.contains(symbol)).count();
        20 * others >= all
            && 25 * count(&|byte| alphabet.contains(&byte)) >= 23 * all
            && 2 * occurring >= alphabet.len()
            && !grouped
    };
    let alphabets = ALPHABETS.iter().filter(fits).map(|alphabet| Operation::Alphabet(alphabet));
    [Operation::Letters].into_iter().chain(alphabets).collect()
}

/// What repeats.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Key {
    /// A key of so many symbols, within each message.
    Period(usize),
    /// A keystream, with each message.
    Stream,
}

/// The finding of messages that were read.
fn read(mut draft: Draft, reading: &Reading, operation: Operation, captures: &Captures) -> Finding {
    let bits = reading.bits;
    draft.detail("how sure", format!("about {:.1} % of characters are right", 100.0 * reading.sure));
    draft.detail("bits per character", format!("{bits:.2} by counted trigrams (English: 2.5 to 4.2)"));
    let key = operation.shown(&reading.key);
    draft.detail("key", key.clone());
    let known = reading.texts.iter().enumerate().take(SHOWN);
    draft.finding.recovered = known.map(|(number, text)| format!("message {}: {}", number + 1, shown(text))).collect();
    draft.finding.advantage = Some(reading.sure);
    let messages = counted(captures.messages.len(), "message");
    let words = operation.words();
    let summary = match reading.period {
        Some(1) if reading.key.iter().all(|symbol| *symbol == 0) => format!("{messages} are not encrypted"),
        Some(1) => format!("every symbol is {words} one key symbol, {key}: {messages} read"),
        Some(period) => {
            format!("every symbol is {words} a key of {period} symbols that repeats, {key}: {messages} read")
        }
        None => format!(
            "the same keystream is {} with every message: {messages} read without any known plaintext",
            operation.joined()
        ),
    };
    if reading.period.is_some() {
        draft.finding.recovered.insert(0, format!("key {key}"));
    }
    draft.conclude(Verdict::Broken, summary)
}

/// The keys whose columns may show more coincidences than chance, the likeliest first, a keystream last.
fn keys(
    texts: &Texts,
    captures: &Captures,
    stream: &mut Stream,
    context: &Context,
) -> Result<Vec<(f64, Key)>, AttackError> {
    let fresh = distinct_blocks(captures);
    // Text in ASCII shows most in its upper bits.
    let views: &[u32] = if texts.operation == Operation::Xor { &[0, 5] } else { &[0] };
    let mut test = |column: &dyn Fn(usize, usize) -> usize| -> Result<f64, AttackError> {
        context.check()?;
        let cells = texts.cells(column, &|message, at| fresh.contains(&(message, at / BLOCK)));
        let mut best = 0.0f64;
        for &shift in views {
            let mut seen = |third: Option<usize>| {
                let within = cells.iter().filter(|cell| third.is_none_or(|third| cell.1 == third));
                excess(&within.map(|cell| (cell.0, cell.2 >> shift)).collect::<Vec<_>>(), stream)
            };
            let whole = seen(None);
            let mut all_over = || (0..3).all(|third| seen(Some(third)) >= DEVIATIONS_OF_THIRD);
            // Below the limit of what counts.
            let counted = if whole < DEVIATIONS || all_over() { whole } else { DEVIATIONS_TO_TRY };
            best = best.max(counted);
        }
        Ok(best)
    };
    let longest = captures.messages.iter().map(Vec::len).max().unwrap_or(0);
    let mut keys = Vec::new();
    for period in 2..=LONGEST_KEY.min(longest / 3) {
        // Within each message: across messages a keystream shows too.
        keys.push((test(&|message, at| message * period + at % period)?, Key::Period(period)));
    }
    keys.retain(|(deviations, _)| *deviations >= DEVIATIONS_TO_TRY);
    keys.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    keys.truncate(PERIODS);
    let deviations = if captures.messages.len() > 1 { test(&|_, at| at)? } else { 0.0 };
    keys.extend((deviations >= DEVIATIONS_TO_TRY).then_some((deviations, Key::Stream)));
    Ok(keys)
}

/// Bytes of a block of a block cipher: the least in use.
const BLOCK: usize = 8;

/// The blocks of messages that no earlier block is equal to, wherever it is: what a block cipher repeats is no keystream.
fn distinct_blocks(captures: &Captures) -> HashSet<(usize, usize)> {
    let mut seen = HashSet::new();
    let mut fresh = HashSet::new();
    for (number, message) in captures.messages.iter().enumerate() {
        for (at, block) in message.chunks(BLOCK).enumerate() {
            if block.len() < BLOCK || seen.insert(block) {
                fresh.insert((number, at));
            }
        }
    }
    fresh
}

/// A text for a report, in which bytes that cannot be printed are dots.
pub(super) fn shown(text: &[u8]) -> String {
    const LONGEST: usize = 160;
    let printable = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '·' };
    let all: String = text.iter().take(LONGEST).map(printable).collect();
    if text.len() > LONGEST { format!("{all} ...") } else { all }
}
