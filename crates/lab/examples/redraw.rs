//! Redraws the pictures of the paper's experiments from their published rows: `cargo run --example redraw -- docs/paper`.
//!
//! Figures 2 and 4 show every round of one training, which the rows do not contain. `evesdrop paper fig2` and `fig4` draw them.
use std::error::Error;
use std::path::PathBuf;

use evesdrop_lab::paper::{Experiment, Scale, Summary};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "docs/paper".into()));
    for experiment in Experiment::ALL.into_iter().filter(|it| !matches!(it, Experiment::Fig2 | Experiment::Fig4)) {
        for scale in [Scale::Quick, Scale::Full] {
            let file = folder.join(format!("{}-{scale}.csv", experiment.name()));
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let summary = Summary::from_csv(experiment, scale, &text)?;
            std::fs::write(file.with_extension("svg"), summary.svg)?;
            println!("{}: {} trials", file.with_extension("svg").display(), summary.done.0);
        }
    }
    Ok(())
}
