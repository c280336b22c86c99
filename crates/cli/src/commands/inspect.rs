//! `evesdrop inspect`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use evesdrop::inspect::{Inspection, Settings};
use evesdrop::model::Model;

use super::engine;
use crate::args::{Inspect, WARNING};

pub(crate) fn run(arguments: &Inspect) -> Result<ExitCode> {
    let Inspect { model: path, json, samples, seed, out } = arguments;
    let model = Model::load(path).with_context(|| path.display().to_string())?;
    let settings = Settings { samples: *samples, seed: *seed };
    eprintln!("warning: {WARNING}");
    let inspection = Inspection::new(&model, settings, &engine(None)?).with_context(|| path.display().to_string())?;
    let folder = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
    let picture = out.clone().unwrap_or_else(|| folder.unwrap_or(path).join("inspect.svg"));
    let cannot = || format!("{}: the picture cannot be written; --out FILE.svg puts it elsewhere", picture.display());
    inspection.write_svg(&picture).with_context(cannot)?;
    if *json {
        println!("{}", inspection.to_json());
    } else {
        println!("{}\nHeat map: {}", inspection.to_text(), picture.display());
    }
    Ok(ExitCode::SUCCESS)
}
