//! Texts under a key whose symbols serve several places: reading them by a language model.
use super::language::{BYTES_LIMIT, START, byte_cost};

/// How a key symbol is combined with a symbol of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// XOR of bytes.
    Xor,
    /// Addition of bytes modulo 256.
    Sum,
    /// Addition of letters modulo 26; all other characters stay, and take no key symbol.
    Letters,
    /// Addition of numbers in an alphabet; characters that are not in it stay, and take no key symbol.
    Alphabet(&'static [u8]),
}

/// The alphabets that programs add in: printable ASCII, and letters and digits in several orders.
pub(crate) const ALPHABETS: [&[u8]; 6] = [
    b" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ",
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ",
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ ",
];

impl Operation {
    fn size(self) -> usize {
        match self {
            Self::Xor | Self::Sum => 256,
            Self::Letters => 26,
            Self::Alphabet(alphabet) => alphabet.len(),
        }
    }

    /// The number of a symbol, or `None` for a character that stays.
    pub(crate) fn number(self, symbol: u8) -> Option<u8> {
        match self {
            Self::Xor | Self::Sum => Some(symbol),
            Self::Letters => symbol.is_ascii_alphabetic().then(|| symbol.to_ascii_lowercase() - b'a'),
            Self::Alphabet(alphabet) => alphabet.iter().position(|other| *other == symbol).map(|at| at as u8),
        }
    }

    /// Bits per symbol of random texts, with a margin. Letters stand among spaces that are not encrypted.
    fn random_bits(self) -> f64 {
        match self {
            Self::Xor | Self::Sum => 6.5,
            Self::Letters => 5.2,
            Self::Alphabet(alphabet) => libm::log2(alphabet.len() as f64) - 0.3,
        }
    }

    fn undone(self, symbol: u8, key: u8) -> u8 {
        match self {
            Self::Xor => symbol ^ key,
            Self::Sum => symbol.wrapping_sub(key),
            Self::Letters => {
                let first = if symbol.is_ascii_uppercase() { b'A' } else { b'a' };
                first + (symbol - first + 26 - key) % 26
            }
            Self::Alphabet(alphabet) => match self.number(symbol) {
                Some(number) => alphabet[(usize::from(number) + alphabet.len() - usize::from(key)) % alphabet.len()],
                None => symbol,
            },
        }
    }

    /// What the operation does to a symbol of a message.
    pub(crate) fn words(self) -> &'static str {
        if self == Self::Xor { "XORed with" } else { "moved by" }
    }

    /// What the operation does with a keystream.
    pub(crate) fn joined(self) -> &'static str {
        if self == Self::Xor { "XORed" } else { "added" }
    }

    /// A key for a reader.
    pub(crate) fn shown(self, key: &[u8]) -> String {
        if self == Self::Letters {
            return key.iter().map(|shift| char::from(b'A' + shift)).collect();
        }
        if let Self::Alphabet(alphabet) = self {
            let key: String = key.iter().map(|number| char::from(alphabet[usize::from(*number)])).collect();
            return format!("\"{key}\" in an alphabet of {} symbols", alphabet.len());
        }
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let is_text = key.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        if is_text { format!("{hex} (\"{}\")", String::from_utf8_lossy(key)) } else { hex }
    }
}

/// The symbols of messages.
pub(crate) struct Texts<'a> {
    messages: &'a [Vec<u8>],
    pub(crate) operation: Operation,
    /// For each message: the places of its symbols under a key.
    places: Vec<Vec<usize>>,
}

/// Messages as they were read.
pub(crate) struct Reading {
    /// One symbol for each column.
    pub(crate) key: Vec<u8>,
    /// Length of the key, or `None` for a keystream.
    pub(crate) period: Option<usize>,
    pub(crate) texts: Vec<Vec<u8>>,
    /// Bits per character by the language model, of the places that share their key symbol with others.
    pub(crate) bits: f64,
    /// The expected share of right characters, by how much worse other key symbols would read.
    pub(crate) sure: f64,
    /// Bits of the key per character, and of random symbols.
    key_bits: f64,
    random_bits: f64,
}

impl Reading {
    /// Whether the reading is English, and says more than its key: random symbols and their key are not shorter than the symbols.
    pub(crate) fn is_english(&self) -> bool {
        self.bits <= BYTES_LIMIT && self.bits + self.key_bits <= self.random_bits
    }

    /// The period of a keystream, if it has one.
    pub(crate) fn repeats(&self) -> Option<usize> {
        let repeats = |period: &usize| {
            let all = self.key.len() - period;
            let equal = (0..all).filter(|at| self.key[*at] == self.key[at + period]).count();
            10 * equal >= 7 * all
        };
        (1..=self.key.len() / 3).find(repeats)
    }

    /// The lower, the less likely the reading. A longer key explains more by itself.
    pub(crate) fn quality(&self) -> f64 {
        self.sure - self.bits - self.key_bits
    }
}

/// States that a search from left to right keeps, and key symbols that it tries in each.
const BEAM: usize = 200;
const TRIED: usize = 64;
/// Messages that the search looks at; the others follow.
const HEARD: usize = 16;
/// Most sweeps over all key symbols.
const SWEEPS: usize = 8;

impl<'a> Texts<'a> {
    /// The symbols of messages, as many as `most` of all of them.
    pub(crate) fn new(messages: &'a [Vec<u8>], operation: Operation, most: usize) -> Self {
        let mut left = most;
        let places = messages.iter().map(|message| {
            let counts = |at: &usize| operation.number(message[*at]).is_some();
            let places: Vec<usize> = (0..message.len()).filter(counts).take(left).collect();
            left -= places.len();
            places
        });
        Self { messages, operation, places: places.collect() }
    }

    /// Column, third of the message, and symbol of each place that `counts`, which gets message and place. `column` gets the
    /// message and the number of the symbol in it.
    pub(crate) fn cells(
        &self,
        column: &dyn Fn(usize, usize) -> usize,
        counts: &dyn Fn(usize, usize) -> bool,
    ) -> Vec<(usize, usize, u8)> {
        let mut cells = Vec::new();
        for (number, (message, places)) in self.messages.iter().zip(&self.places).enumerate() {
            for (at, &place) in places.iter().enumerate().filter(|(_, place)| counts(number, **place)) {
                let symbol = self.operation.number(message[place]).expect("places of symbols");
                cells.push((column(number, at), 3 * at / places.len(), symbol));
            }
        }
        cells
    }

    /// Reads messages by the most likely key symbol for each column; `column` gets the message and the number of the symbol in it.
    pub(crate) fn read(&self, column: &dyn Fn(usize, usize) -> usize) -> Reading {
        let columns = self.columns(column);
        let mut key = vec![0u8; columns.len()];
        let mut texts = self.messages.to_vec();
        // First each column alone, then with its neighbours.
        for (at, cells) in columns.iter().enumerate() {
            let alone = |symbol: u8| -> u64 {
                let one = |&(message, place): &(usize, usize)| {
                    u64::from(byte_cost([b'e', b' '], self.undone(message, place, symbol)))
                };
                cells.iter().map(one).sum()
            };
            key[at] =
                (0..self.operation.size()).map(|symbol| symbol as u8).min_by_key(|symbol| alone(*symbol)).unwrap_or(0);
            self.write(&mut texts, cells, key[at]);
        }
        let mut reading = self.refined(&columns, key, texts);
        reading.period = Some(columns.len());
        reading
    }

    /// Reads messages under one keystream, from left to right.
    pub(crate) fn read_stream(&self) -> Reading {
        let columns = self.columns(&|_, at| at);
        // Cost, symbols of the key so far (a link to the state before), the last two of them.
        let mut links: Vec<(usize, u8)> = vec![(0, 0)];
        let mut states: Vec<(u64, usize, [u8; 2])> = vec![(0, 0, [0; 2])];
        for (at, cells) in columns.iter().enumerate() {
            let heard: Vec<(usize, usize)> = cells.iter().copied().take(HEARD).collect();
            let alone = |symbol: u8| -> u64 {
                heard
                    .iter()
                    .map(|&(message, place)| u64::from(byte_cost([b'e', b' '], self.undone(message, place, symbol))))
                    .sum()
            };
            let mut tried: Vec<(u64, u8)> =
                (0..self.operation.size()).map(|symbol| (alone(symbol as u8), symbol as u8)).collect();
            tried.sort_unstable();
            tried.truncate(TRIED);
            let mut next = Vec::with_capacity(states.len() * tried.len());
            for &(cost, link, last) in &states {
                // The characters before, under this state's key.
                let before: Vec<[u8; 2]> =
                    heard.iter().map(|&(message, place)| self.before(message, place, at, last)).collect();
                for &(_, symbol) in &tried {
                    let more = heard.iter().zip(&before).map(|(&(message, place), before)| {
                        u64::from(byte_cost(*before, self.undone(message, place, symbol)))
                    });
                    next.push((cost + more.sum::<u64>(), link, symbol, last));
                }
            }
            next.sort_unstable();
            let mut kept = std::collections::HashSet::new();
            states = next
                .into_iter()
                .filter(|(_, _, symbol, last)| kept.insert((*symbol, last[1])))
                .take(BEAM)
                .map(|(cost, link, symbol, last)| {
                    links.push((link, symbol));
                    (cost, links.len() - 1, [last[1], symbol])
                })
                .collect();
        }
        let mut key = Vec::new();
        let mut link = states.first().map_or(0, |state| state.1);
        while link > 0 {
            key.push(links[link].1);
            link = links[link].0;
        }
        key.reverse();
        let mut texts = self.messages.to_vec();
        columns.iter().zip(&key).for_each(|(cells, symbol)| self.write(&mut texts, cells, *symbol));
        self.refined(&columns, key, texts)
    }

    /// Messages and places of each column.
    fn columns(&self, column: &dyn Fn(usize, usize) -> usize) -> Vec<Vec<(usize, usize)>> {
        let mut columns: Vec<Vec<(usize, usize)>> = Vec::new();
        for (message, places) in self.places.iter().enumerate() {
            for (at, &place) in places.iter().enumerate() {
                let column = column(message, at);
                if columns.len() <= column {
                    columns.resize(column + 1, Vec::new());
                }
                columns[column].push((message, place));
            }
        }
        columns
    }

    fn undone(&self, message: usize, place: usize, key: u8) -> u8 {
        self.operation.undone(self.messages[message][place], key)
    }

    fn write(&self, texts: &mut [Vec<u8>], cells: &[(usize, usize)], key: u8) {
        cells.iter().for_each(|&(message, place)| texts[message][place] = self.undone(message, place, key));
    }

    /// The two characters before a place, of which keyed ones are under the last two symbols of a keystream.
    fn before(&self, message: usize, place: usize, at: usize, last: [u8; 2]) -> [u8; 2] {
        let of = |back: usize| {
            let Some(place) = place.checked_sub(back) else { return START[2 + place - back] };
            let symbol = self.messages[message][place];
            let places = &self.places[message];
            // A place is keyed if it is one of the last symbols before this one.
            match (1..=2).find(|earlier| at.checked_sub(*earlier).is_some_and(|earlier| places[earlier] == place)) {
                Some(earlier) => self.operation.undone(symbol, last[2 - earlier]),
                None => symbol,
            }
        };
        [of(2), of(1)]
    }

    /// Changes one key symbol after another as long as the texts become more likely.
    fn refined(&self, columns: &[Vec<(usize, usize)>], mut key: Vec<u8>, mut texts: Vec<Vec<u8>>) -> Reading {
        let mut chances = vec![1.0; columns.len()];
        for _ in 0..SWEEPS {
            let mut changed = false;
            for (at, cells) in columns.iter().enumerate() {
                let costs: Vec<u64> = (0..self.operation.size())
                    .map(|symbol| {
                        self.write(&mut texts, cells, symbol as u8);
                        cells.iter().map(|&(message, place)| around(&texts[message], place)).sum()
                    })
                    .collect();
                let best = (0..costs.len()).min_by_key(|symbol| costs[*symbol]).unwrap_or(0);
                let weights: f64 = costs.iter().map(|cost| (-((cost - costs[best]) as f64) / 8.0).exp2()).sum();
                chances[at] = 1.0 / weights;
                changed |= best as u8 != key[at];
                key[at] = best as u8;
                self.write(&mut texts, cells, key[at]);
            }
            if !changed {
                break;
            }
        }
        let (mut bits, mut sure, mut count) = (0u64, 0.0, 0usize);
        // A symbol that serves one place can make anything of it.
        for (cells, chance) in columns.iter().zip(&chances).filter(|(cells, _)| cells.len() > 1 || columns.len() == 1) {
            for &(message, place) in cells {
                let text = &texts[message];
                bits += u64::from(byte_cost(before(text, place), text[place]));
                sure += chance;
                count += 1;
            }
        }
        let count = count.max(1) as f64;
        let key_bits = (self.operation.size() as f64).log2() * key.len() as f64 / count;
        Reading {
            key,
            period: None,
            texts,
            bits: bits as f64 / 8.0 / count,
            sure: sure / count,
            key_bits,
            random_bits: self.operation.random_bits(),
        }
    }
}

/// What a place and the two behind it cost.
fn around(text: &[u8], place: usize) -> u64 {
    (place..text.len().min(place + 3)).map(|here| u64::from(byte_cost(before(text, here), text[here]))).sum()
}

/// The two bytes before a place.
fn before(text: &[u8], place: usize) -> [u8; 2] {
    match place {
        0 => START,
        1 => [START[1], text[0]],
        _ => [text[place - 2], text[place - 1]],
    }
}
