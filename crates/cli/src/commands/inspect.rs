//! `evesdrop inspect`.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, ensure};
use evesdrop::inspect::{Inspection, Settings};
use evesdrop::model::Model;
use evesdrop_files::printable;

use super::{engine, note, say};
use crate::args::{Inspect, WARNING};

pub(crate) fn run(arguments: &Inspect) -> Result<ExitCode> {
    let Inspect { model: path, json, samples, seed, out } = arguments;
    // A typing error must not overwrite a model with a picture.
    let svg = |out: &std::path::Path| out.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg"));
    ensure!(out.as_deref().is_none_or(svg), "--out: the picture's name must end in .svg");
    let model = Model::load_with_shared_key(path).with_context(|| path.display().to_string())?;
    let settings = Settings { samples: *samples, seed: *seed };
    note(&format!("warning: {WARNING}"));
    let inspection = Inspection::new(&model, settings, &engine(None)?).map_err(|error| anyhow!("--{error}"))?;
    let folder = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
    let picture = out.clone().unwrap_or_else(|| folder.unwrap_or(path).join("inspect.svg"));
    let cannot = || format!("{}: the picture cannot be written; --out FILE.svg puts it elsewhere", picture.display());
    let written = inspection.write_svg(&picture).with_context(cannot);
    // The figures are printed even if the picture cannot be written.
    say(&if *json { inspection.to_json() } else { inspection.to_text() })?;
    written?;
    if !json {
        say(&format!("Heat maps: {}", printable(&picture)))?;
    }
    Ok(ExitCode::SUCCESS)
}
