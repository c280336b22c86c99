//! `evesdrop inspect`.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use evesdrop::inspect::{Inspection, Settings};
use evesdrop::model::Model;

use super::{engine, note, say};
use crate::args::{Inspect, WARNING};

pub(crate) fn run(arguments: &Inspect) -> Result<ExitCode> {
    let Inspect { model: path, json, samples, seed, out } = arguments;
    // A slip of the keyboard shall not replace a model by a picture.
    let svg = |out: &std::path::Path| out.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg"));
    ensure!(out.as_deref().is_none_or(svg), "--out: the picture's name must end in .svg");
    let model = Model::load_with_shared_key(path).with_context(|| path.display().to_string())?;
    let settings = Settings { samples: *samples, seed: *seed };
    note(&format!("warning: {WARNING}"));
    let inspection = Inspection::new(&model, settings, &engine(None)?).with_context(|| path.display().to_string())?;
    let folder = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
    let picture = out.clone().unwrap_or_else(|| folder.unwrap_or(path).join("inspect.svg"));
    let cannot = || format!("{}: the picture cannot be written; --out FILE.svg puts it elsewhere", picture.display());
    inspection.write_svg(&picture).with_context(cannot)?;
    if *json {
        say(&inspection.to_json())?;
    } else {
        say(&format!("{}\nHeat maps: {}", inspection.to_text(), picture.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
