//! Captured ciphertexts: those of classical ciphers and of reused keystreams are read, and those of sound ones say nothing.
use evesdrop_attack::Options;
use evesdrop_attack::attacks::all;
use evesdrop_attack::battery::{Outcome, run};
use evesdrop_attack::ciphers::{Captures, Encoding, Stream, Target, TargetOptions};
use evesdrop_attack::report::{Finding, Verdict};

/// Six messages as people write them; none of them is in the texts from which trigrams were counted.
const MESSAGES: [&str; 6] = [
    "Please send the new price list to all customers before Friday. The old one contains two errors on the third page, and nobody has noticed them so far.",
    "We arrived in Lisbon late last night after a long delay. The hotel is small but clean, and the view over the river is better than we expected.",
    "The server was restarted at ten past four because the disk was full. Somebody should look at the backup job, which has failed three nights in a row.",
    "Do not open the door for anyone until I am back. There is enough food in the kitchen for a week, and the key to the cellar is under the blue pot.",
    "Thank you for your letter of the ninth. The board has decided to accept your offer under the condition that the work begins before the end of March.",
    "I have read your report with great interest. The figures in the second table do not agree with those in the text, however; could you check them again?",
];

fn texts() -> Vec<Vec<u8>> {
    MESSAGES.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn attacked(captures: Captures) -> Outcome {
    run(&Target::from_captures("captures", captures), &all(), &Options::quick()).unwrap()
}

fn of(outcome: &Outcome, attack: &str) -> Finding {
    outcome.findings.iter().find(|finding| finding.attack == attack).unwrap().clone()
}

/// Asserts that an attack read these messages, at least `share` of their characters.
#[track_caller]
fn is_read(outcome: &Outcome, attack: &str, texts: &[Vec<u8>], share: f64) {
    let finding = of(outcome, attack);
    assert_eq!(finding.verdict, Verdict::Broken, "{attack}: {} {:?}", finding.summary, finding.details);
    let read: Vec<&str> = finding
        .recovered
        .iter()
        .filter_map(|text| text.strip_prefix("message ")?.split_once(": "))
        .map(|two| two.1)
        .collect();
    let (mut right, mut all) = (0, 0);
    for (read, text) in read.iter().zip(texts) {
        all += text.len().min(160);
        right += read.bytes().zip(text).take(160).filter(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    }
    assert!(right as f64 >= share * all as f64, "{attack}: {right} of {all} in {read:?}");
}

fn xored(text: &[u8], key: &[u8]) -> Vec<u8> {
    text.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}

/// Moves letters by a key of letters.
fn moved(text: &str, key: &str) -> String {
    let mut key = key.bytes().cycle();
    let one = |c: char| match c {
        'a'..='z' => char::from((c as u8 - b'a' + key.next().unwrap() - b'A') % 26 + b'a'),
        'A'..='Z' => char::from((c as u8 - b'A' + key.next().unwrap() - b'A') % 26 + b'A'),
        _ => c,
    };
    text.chars().map(one).collect()
}

fn random(purpose: &str, bytes: usize) -> Vec<u8> {
    Stream::new(5, purpose).blocks(8 * bytes, 1).bytes(0)
}

#[test]
fn a_repeated_key_is_found_with_its_length() {
    for key in [&b"\x5a"[..], b"key", b"\x01\xfe\x80\x7f\x33", b"sixteen byte key"] {
        let sent: Vec<Vec<u8>> = texts().iter().map(|text| xored(text, key)).collect();
        let outcome = attacked(Captures::of_bytes(sent));
        is_read(&outcome, "repeating-key", &texts(), 0.99);
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(of(&outcome, "repeating-key").recovered[0].starts_with(&format!("key {hex}")));
    }
    // One message, and addition instead of XOR.
    let long: Vec<u8> = texts().concat();
    let sum = long.iter().zip(b"\x11\xf0\x42\x07".iter().cycle()).map(|(byte, key)| byte.wrapping_add(*key)).collect();
    is_read(&attacked(Captures::of_bytes(vec![sum])), "repeating-key", &[long], 0.99);
}

#[test]
fn one_keystream_for_several_messages_reads_them() {
    for messages in [3, 6] {
        let pad = random("pad", 200);
        let sent: Vec<Vec<u8>> = texts()[..messages].iter().map(|text| xored(text, &pad)).collect();
        is_read(&attacked(Captures::of_bytes(sent)), "repeating-key", &texts()[..messages], 0.9);
    }
    // Two alone are told from sound ones.
    let pad = random("pad", 200);
    let sent = texts()[..2].iter().map(|text| xored(text, &pad)).collect();
    assert!(of(&attacked(Captures::of_bytes(sent)), "repeating-key").verdict.is_found());
}

#[test]
fn vigenere_and_caesar_over_letters_are_read() {
    for key in ["D", "LEMON", "CRYPTOGRAPHY"] {
        let sent: Vec<String> = MESSAGES.iter().map(|text| moved(text, key)).collect();
        let captures = Captures::parse(&sent.join("\n"), None).unwrap();
        assert_eq!(captures.encoding, Encoding::Text);
        let outcome = attacked(captures);
        let finding = of(&outcome, "repeating-key");
        assert_eq!(finding.recovered.first().map(String::as_str), Some(&*format!("key {key}")), "{}", finding.summary);
    }
}

#[test]
fn keys_over_other_alphabets_are_read() {
    let printable: Vec<u8> = (b' '..=b'~').collect();
    let digits_first = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ";
    for (alphabet, key) in [(&printable[..], "s3cret!"), (digits_first, "Kx7")] {
        let number = |byte: u8| alphabet.iter().position(|other| *other == byte);
        let sent: Vec<String> = MESSAGES
            .iter()
            .map(|text| {
                let mut key = key.bytes().cycle();
                let mut one = |byte: u8| match number(byte) {
                    Some(at) => alphabet[(at + number(key.next().unwrap()).unwrap()) % alphabet.len()],
                    None => byte,
                };
                // A line that begins or ends with a space would lose it.
                text.bytes().map(|byte| char::from(one(byte))).chain(['|']).collect()
            })
            .collect();
        let captures = Captures::parse(&sent.join("\n"), Some(Encoding::Text)).unwrap();
        let outcome = attacked(captures);
        is_read(&outcome, "repeating-key", &texts(), 0.98);
        let finding = of(&outcome, "repeating-key");
        assert!(finding.recovered[0].starts_with(&format!("key \"{key}\" in an alphabet")), "{:?}", finding.recovered);
    }
    // Random characters are no one's text.
    let random: Vec<Vec<u8>> = (0..6)
        .map(|n| random(&format!("printable {n}"), 150).iter().map(|b| printable[usize::from(*b) % 95]).collect())
        .collect();
    let lines: Vec<String> = random.into_iter().map(|line| format!("|{}|", String::from_utf8(line).unwrap())).collect();
    let outcome = attacked(Captures::parse(&lines.join("\n"), Some(Encoding::Text)).unwrap());
    assert_eq!(of(&outcome, "repeating-key").verdict, Verdict::NothingFound);
}

#[test]
fn substitution_is_read() {
    let table = b"QWERTYUIOPASDFGHJKLZXCVBNM";
    let replaced = |c: char| match c {
        'a'..='z' => char::from(table[(c as u8 - b'a') as usize].to_ascii_lowercase()),
        'A'..='Z' => char::from(table[(c as u8 - b'A') as usize]),
        _ => c,
    };
    let sent: Vec<String> = MESSAGES.iter().map(|text| text.chars().map(replaced).collect()).collect();
    is_read(&attacked(Captures::parse(&sent.join("\n"), None).unwrap()), "substitution", &texts(), 0.95);
    // Without spaces, and with symbols of any kind.
    let letters = |text: &str| text.to_lowercase().replace(|c: char| !c.is_ascii_lowercase(), "");
    let plain: Vec<Vec<u8>> = MESSAGES.iter().map(|text| letters(text).into_bytes()).collect();
    let sent: Vec<String> = MESSAGES.iter().map(|text| letters(text).chars().map(replaced).collect()).collect();
    is_read(&attacked(Captures::parse(&sent.join("\n"), None).unwrap()), "substitution", &plain, 0.85);
    let spaced: Vec<Vec<u8>> = MESSAGES
        .iter()
        .map(|text| text.to_lowercase().replace(|c: char| !c.is_ascii_lowercase() && c != ' ', "").into_bytes())
        .collect();
    let symbols = spaced.iter().map(|text| text.iter().map(|byte| byte.wrapping_mul(37) ^ 0x9c).collect()).collect();
    is_read(&attacked(Captures::of_bytes(symbols)), "substitution", &spaced, 0.9);
}

/// Blocks as a block cipher makes them: each the beginning of a hash.
fn blocks(text: &[u8], size: usize, chained: Option<&[u8]>) -> Vec<u8> {
    let mut last = chained.map(<[u8]>::to_vec);
    let mut sent = Vec::new();
    for block in text.chunks(size) {
        let mut input = block.to_vec();
        input.extend(last.iter().flatten());
        let seed = input.iter().fold(1u64, |seed, byte| seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte));
        let out = Stream::new(seed, "block").blocks(8 * size, 1).bytes(0);
        if last.is_some() {
            last = Some(out.clone());
        }
        sent.extend(out);
    }
    sent
}

#[test]
fn equal_blocks_show() {
    let log = |row: usize| {
        format!("device=thermo-17;state=ok;alarm=0;value={:03};unit=celsius;door=closed;", 200 + row % 7).into_bytes()
    };
    for size in [8, 16] {
        let sent = (0..12).map(|row| blocks(&log(row), size, None)).collect();
        let finding = of(&attacked(Captures::of_bytes(sent)), "repeated-blocks");
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
    }
    // ECB within one message, and a fixed initial value.
    let zeros = [&[0; 64][..], &log(1)].concat();
    let finding = of(&attacked(Captures::of_bytes(vec![blocks(&zeros, 16, None)])), "repeated-blocks");
    assert!(finding.verdict.is_found() && finding.summary.contains("ECB"), "{}", finding.summary);
    let sent: Vec<Vec<u8>> = (0..12).map(|row| blocks(&log(row), 16, Some(&[0; 16]))).collect();
    let outcome = attacked(Captures::of_bytes(sent));
    let finding = of(&outcome, "repeated-blocks");
    assert!(finding.verdict.is_found() && finding.summary.contains("initial value"), "{}", finding.summary);
    assert_eq!(of(&outcome, "repeating-key").verdict, Verdict::NothingFound);
}

/// Sound ciphertexts in what people put around them.
fn sound(kind: &str, seed: u64) -> Captures {
    let mut stream = Stream::new(seed, kind);
    let mut pad = |bytes: usize| stream.blocks(8 * bytes, 1).bytes(0);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let lengths = [40, 61, 90, 133, 57, 72, 201, 64, 33, 180];
    let lines: Vec<String> = (0..40)
        .map(|row| {
            let bytes = pad(lengths[row % 10]);
            match kind {
                "hex" => hex(&bytes),
                "header" => format!("76313a00{row:04x}{}", hex(&bytes)),
                "time in front" => format!("{:016x}{}", 1_700_000_000_000u64 + 917 * row as u64, hex(&bytes)),
                "JSON" => format!("{{\"v\":1,\"ct\":\"{}\"}}", hex(&bytes)),
                "letters" => bytes.iter().map(|byte| char::from(b'A' + byte % 26)).collect(),
                "groups of letters" => {
                    let letters: Vec<char> = bytes.iter().map(|byte| char::from(b'A' + byte % 26)).collect();
                    letters.chunks(5).map(|five| five.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
                }
                "groups of digits" => {
                    let digits: Vec<String> = bytes.iter().map(|byte| (byte % 10).to_string()).collect();
                    digits.chunks(5).map(<[String]>::concat).collect::<Vec<_>>().join(" ")
                }
                _ => bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(","),
            }
        })
        .collect();
    Captures::parse(&lines.join("\n"), None).unwrap()
}

const KINDS: [&str; 8] =
    ["hex", "header", "time in front", "JSON", "letters", "groups of letters", "groups of digits", "decimal"];

#[test]
fn sound_ciphertexts_say_nothing() {
    let (mut runs, mut alarms) = (0, Vec::new());
    let seeds = std::env::var("CAPTURES_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    for kind in KINDS {
        for seed in 1..=seeds {
            runs += 1;
            let outcome = attacked(sound(kind, seed));
            for finding in outcome.findings.iter().filter(|finding| finding.verdict.is_found()) {
                alarms.push(format!("{kind} {seed}: {} {} {:?}", finding.attack, finding.summary, finding.details));
            }
        }
    }
    println!("{} alarms in {runs} captures", alarms.len());
    assert!(alarms.is_empty(), "{alarms:#?}");
}

#[test]
fn files_are_targets_with_controls_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.txt");
    let lines: Vec<String> = texts()
        .iter()
        .map(|text| xored(text, b"blue pot").iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let name = format!("captures:{}", file.display());
    let parse = |name: &str, options: TargetOptions| Target::parse(name, &options);
    let target = parse(&name, TargetOptions::default()).unwrap();
    let report = evesdrop_attack::report(&target, &Options::quick(), None).unwrap();
    assert_eq!(report.verdict, Verdict::Broken);
    assert!(report.controls.iter().all(|control| control.is_right()), "{:?}", report.controls);
    assert_eq!(report.findings.len(), 2 + usize::from(report.findings.iter().any(|f| f.attack == "substitution")));
    assert!(report.notices[0].contains("read as hex"), "{:?}", report.notices);
    // Other attacks are named only where they were asked for.
    let only = Options { only: vec!["linear".into()], ..Options::quick() };
    let outcome = run(&target, &all(), &only).unwrap();
    assert!(outcome.findings.is_empty() && outcome.skipped[0].reason.contains("needs plaintexts"));
    let error = |name: &str, options| parse(name, options).err().unwrap().to_string();
    let text = TargetOptions { encoding: Some(Encoding::Text), ..Default::default() };
    assert!(error("xor", text).contains("goes with captures:"));
    assert!(error(&name, TargetOptions { key_bits: Some(8), ..Default::default() }).contains("--encoding alone"));
    assert!(error("captures:", TargetOptions::default()).contains("needs a file"));
    let decimal = TargetOptions { encoding: Some(Encoding::Decimal), ..Default::default() };
    assert!(error(&name, decimal).contains("line 1: "));
}
