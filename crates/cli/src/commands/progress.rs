//! Progress bars.

use evesdrop::attacks;
use evesdrop::train::{Evaluation, Observer};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::note;

/// Shows rounds, wrong bits, speed and time left on a terminal, and nothing elsewhere.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(done: u64, rounds: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(rounds), ProgressDrawTarget::stderr_with_hz(5));
        let style = ProgressStyle::with_template(
            "{bar:24} round {human_pos} of at most {human_len}  {msg}  {speed} rounds/s, at most {eta} left",
        );
        let speed = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // Nowhere to report to: a bar that cannot be drawn is not worth an error.
            let _ = write!(out, "{:.0}", state.per_sec());
        };
        bar.set_style(style.expect("the template is a constant").with_key("speed", speed));
        bar.set_position(done);
        bar.reset_eta();
        Self(bar)
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Observer for Progress {
    fn evaluated(&mut self, evaluation: &Evaluation) {
        self.0.set_message(evaluation.errors.to_string());
    }

    fn event(&mut self, text: &str) {
        self.0.suspend(|| note(text));
    }

    fn round(&mut self, round: u64) {
        self.0.set_position(round);
    }
}

/// Shows which attack runs and how far it has come, on a terminal, and nothing elsewhere.
pub(crate) struct AttackProgress(ProgressBar);

impl AttackProgress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr_with_hz(10));
        let style = ProgressStyle::with_template("{spinner} {elapsed:>4}  {bar:24}  {msg}");
        bar.set_style(style.expect("the template is a constant"));
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Self(bar)
    }

    pub(crate) fn show(&self, progress: attacks::Progress) {
        self.0.set_message(progress.attack.to_owned());
        self.0.set_position((progress.done * 1000.0) as u64);
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Shows how many trials are done and how long the others will take, on a terminal, and nothing elsewhere.
pub(crate) struct TrialProgress(ProgressBar);

impl TrialProgress {
    pub(crate) fn new(experiment: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr_with_hz(5));
        let style = ProgressStyle::with_template("{msg}  {elapsed:>4}  {bar:24}  {pos} of {len} trials, {eta} left");
        bar.set_style(style.expect("the template is a constant"));
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
