//! `evesdrop export`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use evesdrop::model::Model;
use evesdrop_files::{printable, write_atomically};

use super::say;
use crate::args::Export;

pub(crate) fn run(arguments: &Export) -> Result<ExitCode> {
    let Export { model: path, format, out, force } = arguments;
    let model = Model::load(path).with_context(|| printable(path))?;
    let beside = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
    let folder = out.as_deref().unwrap_or(beside);
    let files: Vec<_> = format.files(&model).into_iter().map(|(name, bytes)| (folder.join(name), bytes)).collect();
    for (file, _) in &files {
        ensure!(*force || !file.exists(), "{} exists: --force replaces it", printable(file));
    }
    std::fs::create_dir_all(folder).with_context(|| printable(folder))?;
    for (file, bytes) in &files {
        write_atomically(file, bytes).with_context(|| printable(file))?;
        say(&printable(file))?;
    }
    Ok(ExitCode::SUCCESS)
}
