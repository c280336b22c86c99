//! Progress bars.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use console::Term;
use evesdrop::battery;
use evesdrop::paper::{self, Group};
use evesdrop::run::{Outcome, Update};
use evesdrop::train::{Errors, Event, Look};
use evesdrop_files::printable;
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::note;

/// Shows rounds, wrong bits, speed and time left, on a terminal only.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(done: u64, rounds: u64) -> Self {
        let columns = Term::stderr().size_checked().map_or(80, |(_, columns)| columns);
        Self::on(ProgressDrawTarget::stderr_with_hz(5), columns, done, rounds)
    }

    fn on(target: ProgressDrawTarget, columns: u16, done: u64, rounds: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(rounds), target).with_position(done);
        // The errors come last and must be complete: a narrow terminal has no room for the bar.
        let template = if columns < 80 {
            "{human_pos}/{human_len} {speed}/s max {left} {wide_msg}"
        } else {
            "{bar:6} round {human_pos}/{human_len}  {speed}/s  at most {left} left  {wide_msg}"
        };
        // Rounds of an earlier session do not count as speed.
        let rate = move |state: &ProgressState| state.pos().saturating_sub(done) as f64 / state.elapsed().as_secs_f64();
        let speed = move |state: &ProgressState, out: &mut dyn Write| {
            // A bar that cannot be drawn is not an error.
            let _ = write!(out, "{:.0}", rate(state));
        };
        // Once it can be estimated.
        let left = move |state: &ProgressState, out: &mut dyn Write| {
            let (rate, rounds) = (rate(state), state.len().unwrap_or(0).saturating_sub(state.pos()) as f64);
            let _ = if state.elapsed().as_millis() < 500 || rate == 0.0 {
                write!(out, "?")
            } else {
                write!(out, "{:#}", HumanDuration(Duration::from_secs_f64((rounds / rate).min(1e9))))
            };
        };
        let style = ProgressStyle::with_template(template).expect("the template is a constant");
        bar.set_style(style.with_key("speed", speed).with_key("left", left));
        Self(bar)
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }

    /// Shows what a run reports.
    pub(crate) fn show(&mut self, update: Update) {
        match update {
            Update::Round(round) => self.0.set_position(round),
            Update::Looked(look) => self.looked(look),
        }
    }

    fn looked(&self, look: &Look) {
        let round = look.evaluation.round;
        self.0.set_message(in_short(&look.evaluation.errors));
        for event in &look.events {
            let text = match event {
                Event::GoalsMet => "goals met".to_owned(),
                // After the last round there is no restart, and the summary gives the reason.
                Event::Restarted { .. } if self.0.length() == Some(round) => continue,
                Event::Restarted { reason } => format!("{reason}; starting again from new random weights"),
            };
            self.0.suspend(|| note(&format!("round {round}: {text}")));
        }
    }
}

/// The errors in a short form for one line of the terminal.
fn in_short(errors: &Errors) -> String {
    match errors {
        Errors::Bits(wrong) => format!("wrong bits: Bob {:.2} Eve {:.2}", wrong.bob_wrong_bits, wrong.eve_wrong_bits),
        Errors::Values(e) => format!("MSE {:.2} Bob {:.2} Eve {:+.2}", e.public_mse, e.bob_mse, e.eve_minus_blind),
    }
}

/// Shows which attacks run and their progress, on a terminal only.
pub(crate) struct AttackProgress {
    bar: ProgressBar,
    /// How far each running attack has come, from 0 to 1.
    running: Mutex<BTreeMap<String, f64>>,
}

impl AttackProgress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        let style = ProgressStyle::with_template("{spinner} {elapsed:>4}  {wide_msg}");
        bar.set_style(style.expect("the template is a constant"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, running: Mutex::default() }
    }

    pub(crate) fn show(&self, progress: battery::Progress) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.done < 1.0 {
            running.insert(progress.attack.to_owned(), progress.done);
        } else {
            running.remove(progress.attack);
        }
        let each = running.iter().map(|(attack, done)| format!("{attack} {:.0} %", 100.0 * done));
        self.bar.set_message(each.collect::<Vec<_>>().join(", "));
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Shows finished trials and the time left, on a terminal only.
pub(crate) struct TrialProgress(ProgressBar);

impl TrialProgress {
    pub(crate) fn new(experiment: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr_with_hz(5));
        let style = ProgressStyle::with_template("{msg}  {elapsed:>4}  {bar:24}  {pos} of {len} trials, {left} left");
        // Trials differ too much in length for a speed estimate from the last few.
        let left = |state: &ProgressState, out: &mut dyn Write| {
            let (done, all) = (state.pos(), state.len().unwrap_or(0));
            let _ = if done == 0 {
                write!(out, "?")
            } else {
                let each = state.elapsed().as_secs_f64() / done as f64;
                let left = std::time::Duration::from_secs_f64(each * all.saturating_sub(done) as f64);
                write!(out, "{:#}", HumanDuration(left))
            };
        };
        bar.set_style(style.expect("the template is a constant").with_key("left", left));
        bar.set_message(experiment);
        bar.enable_steady_tick(std::time::Duration::from_millis(500));
        Self(bar)
    }

    pub(crate) fn show(&self, done: usize, of: usize) {
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Shows a bar and a table of the first groups with their finished and successful trials, on a terminal only.
pub(crate) struct SweepProgress {
    bars: MultiProgress,
    all: TrialProgress,
    groups: Vec<(ProgressBar, AtomicU64)>,
    /// The group of each trial.
    places: HashMap<String, usize>,
}

/// Groups of the live table at most: a terminal is not much higher.
const MOST_GROUPS: usize = 20;

impl SweepProgress {
    pub(crate) fn new(groups: &[Group]) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        let mut all = TrialProgress::new("sweep");
        let style = ProgressStyle::with_template("{pos:>6} of {len:<6} {msg:>6} trained  {prefix}");
        let style = style.expect("the template is a constant");
        let shown = groups.iter().take(MOST_GROUPS).map(|group| {
            let bar = bars.add(ProgressBar::new(group.trials.len() as u64).with_style(style.clone()));
            bar.set_prefix(printable(&group.label));
            bar.set_message("0");
            (bar, AtomicU64::new(0))
        });
        let places = groups.iter().take(MOST_GROUPS).enumerate();
        let places = places.flat_map(|(place, group)| group.trials.iter().map(move |trial| (trial.id.clone(), place)));
        let (places, groups) = (places.collect(), shown.collect());
        all.0 = bars.add(all.0);
        Self { bars, all, groups, places }
    }

    pub(crate) fn show(&self, at: &paper::Progress<'_>) {
        self.all.show(at.done, at.of);
        let Some((trial, row)) = at.finished else { return };
        let Some((bar, trained)) = self.places.get(&trial.id).map(|place| &self.groups[*place]) else { return };
        if row.outcome == Outcome::Trained {
            bar.set_message((trained.fetch_add(1, Ordering::Relaxed) + 1).to_string());
        }
        bar.inc(1);
    }

    pub(crate) fn finish(&self) {
        self.all.finish();
        // A terminal that is gone is not worth an error.
        let _ = self.bars.clear();
    }
}

#[cfg(test)]
mod tests {
    use evesdrop::train::WrongBits;
    use indicatif::{InMemoryTerm, TermLike};

    use super::*;

    #[test]
    fn the_bar_shows_the_errors_at_every_width() {
        for columns in [60, 80, 120] {
            let term = InMemoryTerm::new(4, columns);
            let width = term.width();
            let progress = Progress::on(ProgressDrawTarget::term_like(Box::new(term.clone())), width, 123_456, 150_000);
            let (bob_wrong_bits_hard, eve_wrong_bits_hard, bob_by_bit) = (0.0, 8.0, vec![]);
            let (bob_wrong_bits, eve_wrong_bits) = (0.123, 7.987);
            let wrong =
                WrongBits { bob_wrong_bits, eve_wrong_bits, bob_wrong_bits_hard, eve_wrong_bits_hard, bob_by_bit };
            progress.0.set_message(in_short(&Errors::Bits(wrong)));
            progress.0.tick();
            let shown = term.contents();
            assert!(shown.contains("123,456/150,000") && shown.ends_with("Bob 0.12 Eve 7.99"), "{columns}: {shown}");
            assert_eq!(shown.lines().count(), 1, "{shown}");
        }
    }
}
