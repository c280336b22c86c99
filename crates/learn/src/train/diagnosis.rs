//! Describes in words why a run has not met its goals.

use super::{Config, Errors, Evaluation, SquaredErrors, WrongBits};

/// Explains why a run with this `evaluation` does not meet its goals, in one line.
///
/// The most common failure is a plaintext bit that Alice never sends: Bob is wrong on it half of the time and right on the
/// others.
pub fn diagnose(config: &Config, evaluation: &Evaluation) -> String {
    if !evaluation.is_finite() {
        return "training diverged: the networks' outputs are no longer finite numbers; try a lower learning rate"
            .into();
    }
    let reasons = match &evaluation.errors {
        Errors::Bits(wrong) => of_bits(config, wrong),
        Errors::Values(errors) => of_values(config, errors),
    };
    if reasons.is_empty() {
        return "the goals were met".into();
    }
    reasons.join("; ")
}

fn of_values(config: &Config, errors: &SquaredErrors) -> Vec<String> {
    let selective = &config.rules.selective;
    let SquaredErrors { public_mse, bob_mse, eve_minus_blind, .. } = *errors;
    let said = [
        format!("Bob's squared error is {bob_mse:.3}, the best possible is {:.3}", selective.bob_bound()),
        format!(
            "the public estimate's error is {:+.3} from Bob's, the price of hiding C is {:.3}",
            public_mse - bob_mse,
            selective.public_price()
        ),
        format!("Eve's error is {eve_minus_blind:+.3} from Blind Eve's"),
    ];
    let far = errors.from_best(config).map(|far| far > selective.tolerance);
    said.into_iter().zip(far).filter_map(|(said, far)| far.then_some(said)).collect()
}

fn of_bits(config: &Config, wrong: &WrongBits) -> Vec<String> {
    let n = config.rules.bits;
    let WrongBits { bob_wrong_bits: bob, eve_wrong_bits: eve, .. } = *wrong;
    let (bob_goal, eve_goal) = config.goals();
    let lost = lost_bits(wrong);
    let mut reasons = vec![];
    if lost.len() * 4 > 3 * n {
        reasons.push(format!("Bob has not begun to read: his soft error is {bob:.2} of {n} bits"));
    } else if !lost.is_empty() {
        let (bits, arrive) = if lost.len() == 1 {
            (format!("plaintext bit {}", lost[0]), "arrives: Bob is wrong on it half the time")
        } else {
            let names: Vec<String> = lost.iter().map(usize::to_string).collect();
            (format!("plaintext bits {}", names.join(", ")), "arrive: Bob is wrong on each half the time")
        };
        reasons.push(format!("{bits} never {arrive}"));
    } else if bob > bob_goal {
        reasons.push(format!("Bob's soft error is {bob:.3} of {n} bits, goal {bob_goal:.3}; {}", hard_errors(wrong)));
    }
    if eve < eve_goal {
        reasons.push(format!("Eve still reads: her soft error is {eve:.3} of {n} bits, goal {eve_goal:.3}"));
    }
    reasons
}

/// Bob's errors after hard decisions, in words: the total, and the worst bit if one stands out.
fn hard_errors(wrong: &WrongBits) -> String {
    let by_bit = &wrong.bob_by_bit;
    let (worst, often) = by_bit.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap_or((0, &0.0));
    match wrong.bob_wrong_bits_hard {
        0.0 => "his hard decisions are right on every bit".into(),
        hard if *often < 0.005 => format!("after hard decisions {hard:.4} bits are wrong"),
        hard => format!(
            "after hard decisions {hard:.3} bits are wrong, most often plaintext bit {worst} ({:.1} % of messages)",
            100.0 * often
        ),
    }
}

/// The plaintext bits that never arrive: those on which Bob is wrong in 40 to 60 % of the messages.
fn lost_bits(wrong: &WrongBits) -> Vec<usize> {
    let half = |wrong: &f64| (0.4..=0.6).contains(wrong);
    (0..wrong.bob_by_bit.len()).filter(|i| half(&wrong.bob_by_bit[*i])).collect()
}

/// Some bits never arrive, or arrive half of the time, while the others do. Such a start rarely recovers.
pub(crate) fn is_stuck(evaluation: &Evaluation) -> bool {
    let Some(wrong) = evaluation.bits() else { return false };
    let (lost, arriving): (Vec<f64>, Vec<f64>) = wrong.bob_by_bit.iter().partition(|wrong| **wrong > 0.15);
    !lost.is_empty() && lost.len() <= arriving.len() && arriving.iter().sum::<f64>() < 0.03 * arriving.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Settings;

    fn evaluation(bob: f64, eve: f64, by_bit: &[(usize, f64)]) -> Evaluation {
        let mut bob_by_bit = vec![0.0; 16];
        by_bit.iter().for_each(|(i, wrong)| bob_by_bit[*i] = *wrong);
        let errors = Errors::Bits(WrongBits {
            bob_wrong_bits: bob,
            eve_wrong_bits: eve,
            bob_wrong_bits_hard: by_bit.iter().map(|(_, wrong)| wrong).sum(),
            eve_wrong_bits_hard: eve,
            bob_by_bit,
        });
        Evaluation { round: 1, errors }
    }

    #[test]
    fn a_lost_bit_is_stuck_but_a_slow_start_is_not() {
        assert!(is_stuck(&evaluation(0.5, 8.0, &[(15, 0.5)])));
        assert!(is_stuck(&evaluation(0.25, 8.0, &[(0, 0.25)])));
        assert!(!is_stuck(&evaluation(0.1, 8.0, &[(0, 0.1)])));
        let all: Vec<(usize, f64)> = (0..16).map(|i| (i, 0.2)).collect();
        assert!(!is_stuck(&evaluation(3.2, 8.0, &all)));
    }

    #[test]
    fn failures_are_named() {
        let config = Settings::default().check().unwrap();
        let said = |bob, eve, by_bit: &[(usize, f64)]| diagnose(&config, &evaluation(bob, eve, by_bit));
        assert_eq!(said(0.5, 7.9, &[(7, 0.5)]), "plaintext bit 7 never arrives: Bob is wrong on it half the time");
        assert!(said(1.0, 7.9, &[(3, 0.49), (9, 0.51)]).starts_with("plaintext bits 3, 9 never arrive"));
        let text = said(0.2, 6.0, &[(2, 0.2)]);
        assert!(
            text.contains("most often plaintext bit 2 (20.0 % of messages); Eve still reads: her soft error is 6.000")
        );
        let soft = "Bob's soft error is 0.056 of 16 bits, goal 0.050; his hard decisions are right on every bit";
        assert_eq!(said(0.056, 8.0, &[]), soft);
        assert!(said(f64::NAN, 8.0, &[]).starts_with("training diverged"));
        let all: Vec<(usize, f64)> = (0..16).map(|i| (i, 0.5)).collect();
        assert!(said(8.0, 8.0, &all).starts_with("Bob has not begun to read"));
    }

    #[test]
    fn failures_of_the_selective_game_are_named() {
        let settings = Settings { game: Some(crate::games::GameKind::Selective), ..Settings::default() };
        let config = settings.check().unwrap();
        let said = |public_mse, bob_mse, eve_minus_blind: f64| {
            let errors = SquaredErrors { public_mse, bob_mse, eve_mse: 1.0 + eve_minus_blind, eve_minus_blind };
            let evaluation = Evaluation { round: 1, errors: Errors::Values(errors) };
            assert_eq!(evaluation.meets(&config), diagnose(&config, &evaluation) == "the goals were met");
            diagnose(&config, &evaluation)
        };
        assert_eq!(said(0.885, 0.63, -0.01), "the goals were met");
        assert_eq!(said(0.95, 0.7, 0.0), "Bob's squared error is 0.700, the best possible is 0.625");
        assert_eq!(
            said(0.7, 0.63, -0.1),
            "the public estimate's error is +0.070 from Bob's, the price of hiding C is 0.250; Eve's error is -0.100 from Blind Eve's"
        );
        assert!(said(f64::NAN, 0.6, 0.0).starts_with("training diverged"));
    }
}
