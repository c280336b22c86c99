//! An attack of your own: `cargo run --release -p evesdrop-attack --example own_attack`.
use evesdrop_attack::battery::{self, AttackError, Context, Draft};
use evesdrop_attack::ciphers::Function;
use evesdrop_attack::report::{Finding, ThreatModel};
use evesdrop_attack::{Attack, Options, Target, Verdict, attacks};

/// Looks for neighbouring ciphertext bits that are equal in every message.
struct TwinBits;

impl Attack for TwinBits {
    fn name(&self) -> &'static str {
        "twin-bits"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::CiphertextOnly
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        target.cipher().map(drop).ok_or("recorded data may be too few".into())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut stream = context.stream("twin bits");
        // Two fair bits are equal in 100 messages with probability 2^-100.
        let rows = context.samples(100, 1 << 10, 1 << 14, 1 << 18);
        let (keys, plaintexts) = (cipher.random_keys(&mut stream, rows), stream.blocks(cipher.block_bits(), rows));
        let seen = cipher.encrypt(&keys, &plaintexts, 0)?.bits(1);
        let same = |bit: &usize| (0..rows).all(|row| seen.get(row, *bit - 1) == seen.get(row, *bit));
        let twins: Vec<usize> = (1..seen.bits()).filter(same).collect();
        draft.finding.samples = rows as u64;
        Ok(vec![match twins[..] {
            [] => draft.conclude(Verdict::NothingFound, "no ciphertext bit repeats its neighbour"),
            _ => {
                draft.conclude(Verdict::WeaknessFound, format!("ciphertext bits {twins:?} repeat the bit before them"))
            }
        }])
    }
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = Target::from(Function::new("mine", 16, 16, |key, text| {
        let sum = key ^ text;
        sum & !1 | sum >> 1 & 1
    }));
    let mut attacks = attacks::all();
    attacks.push(Box::new(TwinBits));
    let options = Options { only: vec!["twin-bits".into()], ..Options::quick() };
    let report = battery::report(&target, attacks, &options, None)?;
    println!("{}: {}", report.verdict.words(), report.findings[0].summary);
    assert_eq!(report.findings[0].summary, "ciphertext bits [15] repeat the bit before them");
    Ok(())
}
