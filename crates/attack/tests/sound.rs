//! Sound ciphers over the messages and in the envelopes that people use: nothing may be found.
//!
//! `cargo test -p evesdrop-attack --test sound -- --nocapture` prints the count.
use evesdrop_attack::Options;
use evesdrop_attack::attacks::all;
use evesdrop_attack::battery::run;
use evesdrop_attack::ciphers::{
    Blocks, Cipher, CipherError, Ciphertexts, Dataset, Form, KeyUse, Stream, Target, TargetOptions,
};

/// Sound ciphers, and whether each message has a key of its own.
const SOUND: [(&str, bool); 5] =
    [("aes-128", false), ("chacha20", false), ("speck32/64", false), ("feistel:16", false), ("one-time-pad:128", true)];

const MESSAGES: [&str; 7] = ["English", "digits", "JSON", "zeros", "counter", "log lines", "six commands"];

const ENVELOPES: [&str; 7] = ["none", "header", "hex", "base64", "decimal", "counter in front", "zeros behind"];

const ENGLISH: &str = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it \
was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it was the \
spring of hope, it was the winter of despair, we had everything before us, we had nothing before us, ";

/// Message number `row` of `bytes` bytes.
fn message(kind: &str, row: usize, bytes: usize) -> Vec<u8> {
    let text = match kind {
        "English" => ENGLISH.chars().cycle().skip(row * bytes).take(bytes).collect(),
        "digits" => format!("{:0bytes$}", row * 7919 % 100_003),
        "JSON" => format!("{{\"t\":{:02},\"ok\":true,\"id\":{row:04}}}", 15 + row * row % 17),
        "counter" => {
            return [vec![0; bytes.saturating_sub(4)], (row as u32).to_be_bytes()[4 - bytes.min(4)..].to_vec()]
                .concat();
        }
        "log lines" => format!("12:{:02}:{:02} GET /items/{} 200 OK", row / 60 % 60, row % 60, row * 31 % 97),
        "six commands" => ["stop", "start", "status", "left", "right", "up"][row * row % 6].into(),
        _ => String::new(),
    };
    let mut text = text.into_bytes();
    text.resize(bytes, 0);
    text
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |bit: usize| bytes.get(bit / 8).map_or(0, |byte| byte >> (7 - bit % 8) & 1);
    let digit = |at: usize| DIGITS[(0..6).fold(0, |digit, place| digit << 1 | usize::from(bit(6 * at + place)))];
    let digits = (8 * bytes.len()).div_ceil(6);
    (0..digits).map(digit).chain(std::iter::repeat_n(b'=', (4 - digits % 4) % 4)).collect()
}

fn wrapped(envelope: &str, row: usize, sent: &[u8]) -> Vec<u8> {
    match envelope {
        "header" => [b"v1:", sent].concat(),
        "hex" => sent.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        "base64" => base64(sent),
        "decimal" => sent.iter().flat_map(|byte| format!("{byte:03}").into_bytes()).collect(),
        "counter in front" => [&(row as u32).to_be_bytes()[..], sent].concat(),
        "zeros behind" => [sent, &[0; 5]].concat(),
        _ => sent.to_vec(),
    }
}

fn rows(all: Vec<Vec<u8>>) -> Blocks {
    let mut blocks = Blocks::new(8 * all[0].len(), all.len());
    all.iter().enumerate().for_each(|(row, bytes)| blocks.set_bytes(row, bytes));
    blocks
}

fn recorded(cipher: &str, fresh: bool, messages: &str, envelope: &str, count: usize) -> Target {
    let target = Target::parse(cipher, &TargetOptions::default()).unwrap();
    let cipher = target.cipher().unwrap();
    let plaintexts = rows((0..count).map(|row| message(messages, row, cipher.block_bits() / 8)).collect());
    let keys = cipher.random_keys(&mut Stream::new(7, "recorded"), if fresh { count } else { 1 });
    let sent = cipher.encrypt(&keys, &plaintexts, 0).unwrap().bits(1);
    let ciphertexts = rows((0..count).map(|row| wrapped(envelope, row, &sent.bytes(row))).collect());
    let data = Dataset { keys: fresh.then_some(keys), plaintexts, ciphertexts };
    Target::from_data("rows", data, if fresh { KeyUse::OneTime } else { KeyUse::Reusable })
}

fn names(networks: bool) -> Vec<String> {
    let names = all().into_iter().map(|attack| attack.name().to_owned());
    names.filter(|name| networks == (name == "fresh-eves" || name.starts_with("neural"))).collect()
}

#[test]
fn recordings_of_sound_ciphers_stand() {
    let (mut runs, mut alarms) = (0, Vec::new());
    for (cipher, fresh) in SOUND {
        for messages in MESSAGES {
            for envelope in ENVELOPES {
                let target = recorded(cipher, fresh, messages, envelope, 400);
                let outcome = run(&target, &all(), &Options { only: names(false), ..Options::quick() }).unwrap();
                runs += 1;
                if outcome.verdict.is_found() {
                    let found = outcome.findings.iter().find(|finding| finding.verdict == outcome.verdict).unwrap();
                    alarms.push(format!("{cipher}, {messages}, {envelope}: {}: {}", found.attack, found.summary));
                }
            }
        }
    }
    println!("{runs} recordings of sound ciphers: {} false alarms", alarms.len());
    assert!(alarms.is_empty(), "{alarms:#?}");
}

#[test]
fn networks_do_not_read_what_is_known_beforehand() {
    for (cipher, fresh) in [("aes-128", false), ("one-time-pad:128", true)] {
        let target = recorded(cipher, fresh, "log lines", "none", 900);
        let outcome = run(&target, &all(), &Options { only: names(true), ..Options::quick() }).unwrap();
        assert!(!outcome.verdict.is_found(), "{cipher}: {:#?}", outcome.findings);
        assert!(!outcome.findings.is_empty());
    }
}

/// A sound cipher whose ciphertexts come in an envelope.
struct Wrapped(&'static str);

impl Wrapped {
    fn inside() -> Target {
        Target::parse("aes-128", &TargetOptions::default()).unwrap()
    }
}

impl Cipher for Wrapped {
    fn name(&self) -> String {
        format!("AES-128 in {}", self.0)
    }
    fn block_bits(&self) -> usize {
        128
    }
    fn key_bits(&self) -> usize {
        128
    }
    fn form(&self) -> Form {
        Form::Bits(8 * wrapped(self.0, 0, &[0; 16]).len())
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::Reusable
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, nonce: u64) -> Result<Ciphertexts, CipherError> {
        let sent = Self::inside().cipher().unwrap().encrypt(keys, plaintexts, nonce)?.bits(1);
        Ok(Ciphertexts::Bits(rows((0..sent.rows()).map(|row| wrapped(self.0, 0, &sent.bytes(row))).collect())))
    }
}

#[test]
fn envelopes_are_no_weakness() {
    // The attacks that an envelope once set off.
    let only: Vec<String> =
        ["structure", "linear", "cube", "avalanche", "bytewise", "statistics", "symbols", "subspace"]
            .map(String::from)
            .into();
    for envelope in ["header", "hex", "base64"] {
        let outcome =
            run(&Target::from(Wrapped(envelope)), &all(), &Options { only: only.clone(), ..Options::quick() }).unwrap();
        assert!(!outcome.verdict.is_found(), "{envelope}: {:#?}", outcome.findings);
        assert_eq!(outcome.notices.len(), 1, "{envelope}");
    }
}
