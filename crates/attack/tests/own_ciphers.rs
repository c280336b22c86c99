//! User-defined ciphers: every attack handles small and odd sizes, never passes zero messages, and says how to run it again.
use evesdrop_attack::attacks::all;
use evesdrop_attack::battery::run;
use evesdrop_attack::ciphers::{
    Blocks, Cipher, CipherError, Ciphertexts, Dataset, Floats, Form, KeyUse, Stream, Target,
};
use evesdrop_attack::report::{NO_COMMAND, Report, write_bundles};
use evesdrop_attack::{Options, Verdict};
use std::sync::atomic::{AtomicU64, Ordering};

/// A cipher that panics if it gets zero messages, or batches that do not match it.
#[derive(Clone, Copy)]
struct Fussy {
    block: usize,
    key: usize,
    form: Form,
    one_time: bool,
    /// Whether it has decryption and is then as weak as XOR; otherwise it is as good as a random function.
    weak: bool,
    slow: bool,
}

impl Fussy {
    fn check(&self, keys: &Blocks, texts: &Blocks, text_bits: usize) -> usize {
        assert!(keys.rows() > 0 && texts.rows() > 0, "asked about no messages");
        assert_eq!((keys.bits(), texts.bits()), (self.key, text_bits));
        let rows = keys.rows().max(texts.rows());
        assert!([1, rows].contains(&keys.rows()) && [1, rows].contains(&texts.rows()));
        rows
    }

    /// XOR with the repeated key, or a hash of key and text.
    fn map(&self, keys: &Blocks, texts: &Blocks, rows: usize, width: usize) -> Blocks {
        let mut out = Blocks::new(width, rows);
        let last = out.last_mask();
        for row in 0..rows {
            let (key, text) = (row.min(keys.rows() - 1), row.min(texts.rows() - 1));
            if self.weak {
                for bit in 0..width {
                    out.set(row, bit, texts.get(text, bit % texts.bits()) ^ keys.get(key, bit % self.key));
                }
                continue;
            }
            let mut state = keys.row(key).iter().chain(texts.row(text)).fold(1, |state, word| mix(state ^ word));
            for word in out.row_mut(row) {
                state = mix(state);
                *word = state;
            }
            if let Some(word) = out.row_mut(row).last_mut() {
                *word &= last;
            }
        }
        out
    }
}

/// A permutation of 64 bits that mixes well: MurmurHash3's finaliser after an addition.
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ word >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let word = (word ^ word >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ word >> 33
}

impl Cipher for Fussy {
    fn name(&self) -> String {
        format!("fussy {} under {}, {:?}", self.block, self.key, self.form)
    }
    fn block_bits(&self) -> usize {
        self.block
    }
    fn key_bits(&self) -> usize {
        self.key
    }
    fn form(&self) -> Form {
        self.form
    }
    fn key_use(&self) -> KeyUse {
        if self.one_time { KeyUse::OneTime } else { KeyUse::Reusable }
    }
    fn is_external(&self) -> bool {
        self.slow
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        let rows = self.check(keys, plaintexts, self.block);
        Ok(match self.form {
            Form::Bits(bits) => Ciphertexts::Bits(self.map(keys, plaintexts, rows, bits)),
            Form::Floats(values) => {
                let bits = self.map(keys, plaintexts, rows, values);
                let value = |index: usize| if bits.get(index / values, index % values) { 0.5 } else { -0.5 };
                Ciphertexts::Floats(Floats::new(values, (0..rows * values).map(value).collect()))
            }
        })
    }
    fn decrypts(&self) -> bool {
        self.weak
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        let bits = ciphertexts.clone().bits(1);
        let rows = self.check(keys, &bits, bits.bits());
        Ok(self.map(keys, &bits, rows, self.block))
    }
}

const REUSED: Fussy = Fussy { block: 8, key: 8, form: Form::Bits(8), one_time: false, weak: false, slow: false };

fn of(block: usize, key: usize) -> Fussy {
    Fussy { block, key, form: Form::Bits(block), ..REUSED }
}

/// Runs all attacks, with or without the networks.
fn attack(cipher: Fussy, networks: bool) -> Verdict {
    let names = all().into_iter().map(|attack| attack.name().to_owned());
    let only = names.filter(|name| networks || name != "fresh-eves" && !name.starts_with("neural")).collect();
    // A fake clock that advances ten seconds per reading, so that slow ciphers get few messages.
    let time = AtomicU64::new(0);
    let clock = || time.fetch_add(1, Ordering::Relaxed) as f64 * 10.0;
    let outcome = run(&Target::from(cipher), &all(), &Options { only, clock: &clock, ..Options::quick() }).unwrap();
    for finding in &outcome.findings {
        let again = format!("{NO_COMMAND}run your program again with attack {}, budget quick, seed 1", finding.attack);
        assert_eq!(finding.replay, again);
    }
    outcome.verdict
}

#[test]
fn no_attack_asks_about_no_messages() {
    for (block, key) in [(8, 8), (9, 7), (16, 5), (33, 12), (40, 65), (1, 1), (3, 2)] {
        let few = Fussy { slow: true, ..of(block, key) };
        attack(few, false);
        attack(Fussy { weak: true, ..few }, false);
        attack(Fussy { weak: true, one_time: true, form: Form::Bits(block + 4), ..few }, false);
    }
    attack(Fussy { slow: true, weak: true, form: Form::Floats(9), ..of(9, 8) }, false);
    attack(Fussy { slow: true, form: Form::Bits(5), ..of(9, 8) }, false);
    // With as many messages as for a fast cipher.
    attack(of(9, 7), false);
    attack(Fussy { weak: true, ..of(33, 8) }, false);
}

#[test]
fn networks_ask_about_no_empty_batch_either() {
    attack(Fussy { slow: true, ..of(9, 7) }, true);
    attack(Fussy { slow: true, weak: true, one_time: true, ..of(33, 8) }, true);
}

#[test]
fn data_in_memory_is_no_command_line_and_its_bundle_has_no_script() {
    let (mut stream, cipher) = (Stream::new(1, "rows"), Fussy { weak: true, ..of(16, 16) });
    let (key, plaintexts) = (stream.blocks(16, 1), stream.blocks(16, 400));
    let ciphertexts = cipher.encrypt(&key, &plaintexts, 0).unwrap().bits(1);
    let target = Target::from_data("rows", Dataset { keys: None, plaintexts, ciphertexts }, KeyUse::Reusable);
    let options = Options { only: vec!["linear".into()], ..Options::quick() };
    let outcome = run(&target, &all(), &options).unwrap();
    let mut report = Report::new("rows", KeyUse::Reusable, "quick", 1);
    report.findings = outcome.findings;
    assert_eq!(report.findings[0].verdict, Verdict::Broken);
    let folder = tempfile::tempdir().unwrap();
    let bundle = &write_bundles(&report, &folder.path().join("breaks")).unwrap()[0];
    assert!(std::fs::read_to_string(bundle.join("README.md")).unwrap().contains("run your program again"));
    assert!(!bundle.join("replay.sh").exists());
}
