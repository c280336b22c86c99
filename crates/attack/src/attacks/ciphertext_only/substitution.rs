//! Recorded ciphertexts of English in which each letter is replaced by a fixed other symbol.
use super::repeating_key::shown;
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Captures, Encoding, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::language::{LETTERS, SPACE, class_cost, letter_cost};
use std::collections::HashMap;

/// Solves simple substitution by hill climbing: two letters of the table are exchanged as long as the text becomes more likely as
/// English, from many starts. The same search on the same symbols in random orders says how English a text without a meaning can be
/// made to look.
///
/// T. Jakobsen, "A fast method for cryptanalysis of substitution ciphers", Cryptologia 19(3), 1995; here with trigrams.
pub struct Substitution;

/// Fewest letters: fewer have several readings.
const LEAST: usize = 120;
/// Most letters that are looked at.
const MOST: usize = 4_000;
/// Random orders that are solved too.
const RANDOM: usize = 4;
/// Bits per letter by which a reading must be better than the best of random orders.
const MARGIN: f64 = 0.4;
/// Most messages that are shown.
const SHOWN: usize = 8;
/// Classes by how frequent they are in English, the space first.
const FREQUENT: [usize; 27] =
    [SPACE, 4, 19, 0, 14, 8, 13, 7, 18, 17, 3, 11, 20, 12, 2, 22, 5, 24, 6, 15, 1, 21, 10, 9, 23, 16, 25];

impl Attack for Substitution {
    fn name(&self) -> &'static str {
        "substitution"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::CiphertextOnly
    }

    fn reads_captures(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let text = target.captures().and_then(Symbols::of).ok_or("there are more symbols than letters")?;
        let letters = text.letters();
        if letters < LEAST { Err(format!("needs {LEAST} letters, the file has {letters}")) } else { Ok(()) }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some((captures, text)) = target.captures().and_then(|captures| Some((captures, Symbols::of(captures)?)))
        else {
            return Ok(Vec::new());
        };
        let mut draft = Draft::new(self, target, context);
        draft.finding.samples = captures.messages.len() as u64;
        let mut stream = context.stream("substitution");
        let starts = context.pick(16, 64, 256);
        let found = text.solve(starts, &mut stream, context)?;
        let mut random = f64::INFINITY;
        for _ in 0..RANDOM {
            random = random.min(text.shuffled(&mut stream).solve(starts / 4, &mut stream, context)?.bits);
        }
        draft.detail(
            "bits per letter",
            format!("{:.2}; at best {random:.2} in random orders of the symbols", found.bits),
        );
        if found.bits > random - MARGIN {
            let summary = "no table of letters makes English of the symbols";
            return Ok(vec![draft.conclude(Verdict::NothingFound, summary)]);
        }
        draft.detail("how sure", format!("about {:.0} % of letters are right", 100.0 * found.sure));
        draft.detail("table", text.table(&found.table));
        let texts = captures.messages.iter().take(SHOWN).enumerate();
        let texts = texts
            .map(|(number, message)| format!("message {}: {}", number + 1, shown(&text.read(message, &found.table))));
        draft.finding.recovered = texts.collect();
        draft.finding.advantage = Some(found.sure);
        let messages = counted(captures.messages.len(), "message");
        let summary = format!("each letter is replaced by a fixed symbol: {messages} read without any known plaintext");
        Ok(vec![draft.conclude(Verdict::Broken, summary)])
    }
}

/// Texts of unknown symbols, some characters of which stand for themselves.
struct Symbols {
    /// The symbol of each byte, or `None` for bytes that are not replaced.
    of_byte: Vec<Option<usize>>,
    /// Texts of symbols, or of classes of fixed characters behind them.
    texts: Vec<Vec<usize>>,
    /// Classes that symbols may stand for: 26 letters, or these and a space.
    classes: usize,
    /// Whether texts are letters alone.
    letters_alone: bool,
}

/// A table from symbols to classes.
struct Solution {
    table: Vec<usize>,
    bits: f64,
    sure: f64,
}

/// Three numbers of a text, and how often they follow each other.
type Trigram = ([usize; 3], u32);

/// Where fixed characters begin among the numbers of a text.
const FIXED: usize = 32;

impl Symbols {
    /// The symbols of captures, if there are few enough.
    fn of(captures: &Captures) -> Option<Self> {
        let bytes = || captures.messages.iter().flatten().copied();
        let (total, letters) = (bytes().count(), bytes().filter(u8::is_ascii_alphabetic).count());
        let mut of_byte = vec![None; 256];
        let is_text = captures.encoding == Encoding::Text && 10 * letters >= 6 * total;
        if is_text {
            for letter in 0..26u8 {
                of_byte[usize::from(b'a' + letter)] = Some(usize::from(letter));
                of_byte[usize::from(b'A' + letter)] = Some(usize::from(letter));
            }
        } else {
            let mut next = 0;
            for byte in bytes() {
                let symbol = &mut of_byte[usize::from(byte)];
                if symbol.is_none() {
                    *symbol = Some(next);
                    next += 1;
                }
            }
            if next > FREQUENT.len() {
                return None;
            }
        }
        let spaces = bytes().filter(|byte| *byte == b' ').count();
        let letters_alone = is_text && 20 * spaces < total;
        let mut left = MOST;
        let texts = captures.messages.iter().map(|message| {
            let number = |byte: &u8| match of_byte[usize::from(*byte)] {
                Some(symbol) => Some(symbol),
                None if letters_alone => None,
                None => Some(FIXED + SPACE),
            };
            let text: Vec<usize> = message.iter().filter_map(number).take(left).collect();
            left -= text.len();
            text
        });
        let texts = texts.collect();
        Some(Self { texts, of_byte, classes: if is_text { LETTERS } else { FREQUENT.len() }, letters_alone })
    }

    fn letters(&self) -> usize {
        self.texts.iter().flatten().filter(|symbol| **symbol < FIXED).count()
    }

    /// The same symbols in a random order; fixed characters stay where they are.
    fn shuffled(&self, stream: &mut Stream) -> Self {
        let mut symbols: Vec<usize> = self.texts.iter().flatten().copied().filter(|symbol| *symbol < FIXED).collect();
        (1..symbols.len()).for_each(|at| symbols.swap(at, stream.below(at as u64 + 1) as usize));
        let mut next = symbols.into_iter();
        let one = |symbol: &usize| if *symbol < FIXED { next.next().unwrap_or(0) } else { *symbol };
        let mut one = one;
        let texts = self.texts.iter().map(|text| text.iter().map(&mut one).collect()).collect();
        Self { texts, of_byte: self.of_byte.clone(), ..*self }
    }

    /// The trigrams with their numbers, and for each symbol the places of those that it is in.
    fn trigrams(&self) -> (Vec<Trigram>, Vec<Vec<usize>>) {
        let mut counts: HashMap<[usize; 3], u32> = HashMap::new();
        for text in &self.texts {
            text.windows(3).for_each(|three| *counts.entry([three[0], three[1], three[2]]).or_default() += 1);
        }
        let mut trigrams: Vec<_> = counts.into_iter().collect();
        trigrams.sort_unstable();
        let with = |symbol: usize| (0..trigrams.len()).filter(|at| trigrams[*at].0.contains(&symbol)).collect();
        let places = (0..self.classes).map(with).collect();
        (trigrams, places)
    }

    fn solve(&self, starts: usize, stream: &mut Stream, context: &Context) -> Result<Solution, AttackError> {
        let (trigrams, places) = self.trigrams();
        let class = |table: &[usize], symbol: usize| if symbol < FIXED { table[symbol] } else { symbol - FIXED };
        let one = |table: &[usize], ([a, b, c], count): &Trigram| {
            let [a, b, c] = [a, b, c].map(|symbol| class(table, *symbol));
            let cost = if self.letters_alone { letter_cost(a, b, c) } else { class_cost(a, b, c) };
            u64::from(cost * count)
        };
        // Trigrams that contain one of two symbols.
        let near = |table: &[usize], i: usize, j: usize| -> u64 {
            let also = places[j].iter().filter(|at| !trigrams[**at].0.contains(&i));
            places[i].iter().chain(also).map(|at| one(table, &trigrams[*at])).sum()
        };
        let whole = |table: &[usize]| -> u64 { trigrams.iter().map(|trigram| one(table, trigram)).sum() };
        let mut best: Option<(u64, Vec<usize>)> = None;
        for start in 0..starts.max(1) {
            context.check()?;
            let mut table = match &best {
                None => self.by_frequency(),
                Some((_, best)) => best.clone(),
            };
            // Half of the starts are near the best table, the others anywhere.
            let swaps = match start {
                0 => 0,
                _ if start % 2 == 0 => 6,
                _ => 100,
            };
            for _ in 0..swaps {
                table.swap(stream.below(self.classes as u64) as usize, stream.below(self.classes as u64) as usize);
            }
            let mut improved = true;
            while improved {
                improved = false;
                for i in 0..self.classes {
                    for j in i + 1..self.classes {
                        let before = near(&table, i, j);
                        table.swap(i, j);
                        if near(&table, i, j) < before {
                            improved = true;
                        } else {
                            table.swap(i, j);
                        }
                    }
                }
            }
            let cost = whole(&table);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, table));
            }
        }
        let (cost, mut table) = best.unwrap_or_default();
        let letters = self.letters().max(1) as f64;
        // How much less likely the text is if a symbol is exchanged with another.
        let mut sure = 0.0;
        for i in 0..self.classes {
            let count = self.texts.iter().flatten().filter(|symbol| **symbol == i).count() as f64;
            let mut weight = 1.0;
            for j in (0..self.classes).filter(|j| *j != i) {
                let before = near(&table, i, j);
                table.swap(i, j);
                weight += (-(near(&table, i, j) as f64 - before as f64) / 8.0).exp2();
                table.swap(i, j);
            }
            sure += count / weight;
        }
        Ok(Solution { table, bits: cost as f64 / 8.0 / letters, sure: sure / letters })
    }

    /// The table by which frequent symbols stand for frequent classes.
    fn by_frequency(&self) -> Vec<usize> {
        let mut counts = vec![0u32; self.classes];
        self.texts.iter().flatten().filter(|symbol| **symbol < FIXED).for_each(|symbol| counts[*symbol] += 1);
        let mut symbols: Vec<usize> = (0..self.classes).collect();
        symbols.sort_by_key(|symbol| std::cmp::Reverse(counts[*symbol]));
        let mut table = vec![0; self.classes];
        let classes = FREQUENT.iter().filter(|class| **class < self.classes);
        symbols.iter().zip(classes).for_each(|(symbol, class)| table[*symbol] = *class);
        table
    }

    /// A message by the table.
    fn read(&self, message: &[u8], table: &[usize]) -> Vec<u8> {
        let one = |byte: &u8| match self.of_byte[usize::from(*byte)] {
            None => *byte,
            Some(symbol) if table[symbol] == SPACE => b' ',
            Some(symbol) if byte.is_ascii_uppercase() && self.classes == LETTERS => b'A' + table[symbol] as u8,
            Some(symbol) => b'a' + table[symbol] as u8,
        };
        message.iter().map(one).collect()
    }

    /// The table for a reader: each symbol and what it stands for.
    fn table(&self, table: &[usize]) -> String {
        let stands = |symbol: usize| if table[symbol] == SPACE { '_' } else { char::from(b'a' + table[symbol] as u8) };
        let name = |byte: usize| {
            let byte = byte as u8;
            if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("{byte:02x}") }
        };
        let entries = (0..256).filter(|byte| self.classes != LETTERS || !(*byte as u8).is_ascii_uppercase());
        let entries = entries.filter_map(|byte| Some(format!("{}={}", name(byte), stands(self.of_byte[byte]?))));
        entries.collect::<Vec<_>>().join(" ")
    }
}
