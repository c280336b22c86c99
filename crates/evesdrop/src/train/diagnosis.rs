//! What is wrong with a run, in words.

use super::{Config, Evaluation};

/// Says why a run that has come to `evaluation` does not meet its goals.
///
/// The commonest failure of this game is a plaintext bit that Alice never sends: Bob is wrong on it half the time while
/// the others arrive.
pub fn diagnose(config: &Config, evaluation: &Evaluation) -> String {
    let n = config.rules.bits;
    let Evaluation { bob_wrong_bits: bob, eve_wrong_bits: eve, .. } = *evaluation;
    if !(bob.is_finite() && eve.is_finite()) {
        return "training diverged: the networks' outputs are not numbers any more; try a lower learning rate".into();
    }
    let (bob_goal, eve_goal) = config.goals();
    let lost = lost_bits(evaluation);
    let mut reasons = vec![];
    if lost.len() * 4 > 3 * n {
        reasons.push(format!("Bob has not begun to read: he is wrong on {bob:.2} of {n} bits"));
    } else if !lost.is_empty() {
        let (bits, arrive) = if lost.len() == 1 {
            (format!("plaintext bit {}", lost[0]), "arrives: Bob is wrong on it half the time")
        } else {
            let names: Vec<String> = lost.iter().map(usize::to_string).collect();
            (format!("plaintext bits {}", names.join(", ")), "arrive: Bob is wrong on each half the time")
        };
        reasons.push(format!("{bits} never {arrive}"));
    } else if bob > bob_goal {
        let worst = (0..n).max_by(|a, b| evaluation.bob_by_bit[*a].total_cmp(&evaluation.bob_by_bit[*b])).unwrap_or(0);
        reasons.push(format!(
            "Bob is wrong on {bob:.2} of {n} bits, goal {bob_goal:.2}; worst on plaintext bit {worst}, {:.0} % of the time",
            100.0 * evaluation.bob_by_bit[worst]
        ));
    }
    if eve < eve_goal {
        reasons.push(format!("Eve still reads: she is wrong on {eve:.2} of {n} bits, goal {eve_goal:.2}"));
    }
    if reasons.is_empty() {
        return "the goals were met".into();
    }
    reasons.join("; ")
}

/// The plaintext bits that never arrive: Bob wrong on them in 40 to 60 % of the messages.
fn lost_bits(evaluation: &Evaluation) -> Vec<usize> {
    let half = |wrong: &f64| (0.4..=0.6).contains(wrong);
    (0..evaluation.bob_by_bit.len()).filter(|i| half(&evaluation.bob_by_bit[*i])).collect()
}

/// Some bits do not arrive, or only half the time, while the others do: a start that seldom mends by itself.
pub(crate) fn is_stuck(evaluation: &Evaluation) -> bool {
    let (lost, arriving): (Vec<f64>, Vec<f64>) = evaluation.bob_by_bit.iter().partition(|wrong| **wrong > 0.15);
    !lost.is_empty() && lost.len() <= arriving.len() && arriving.iter().sum::<f64>() < 0.03 * arriving.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Settings;

    fn evaluation(bob: f64, eve: f64, by_bit: &[(usize, f64)]) -> Evaluation {
        let mut bob_by_bit = vec![0.0; 16];
        by_bit.iter().for_each(|(i, wrong)| bob_by_bit[*i] = *wrong);
        Evaluation {
            round: 1,
            bob_wrong_bits: bob,
            eve_wrong_bits: eve,
            bob_wrong_bits_hard: bob,
            eve_wrong_bits_hard: eve,
            bob_by_bit,
        }
    }

    #[test]
    fn a_lost_bit_is_stuck_and_a_slow_start_is_not() {
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
        assert!(said(0.2, 6.0, &[(2, 0.2)]).contains("worst on plaintext bit 2, 20 % of the time; Eve still reads"));
        assert!(said(f64::NAN, 8.0, &[]).starts_with("training diverged"));
        let all: Vec<(usize, f64)> = (0..16).map(|i| (i, 0.5)).collect();
        assert!(said(8.0, 8.0, &all).starts_with("Bob has not begun to read"));
    }
}
