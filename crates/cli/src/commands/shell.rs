//! `evesdrop completions` and `evesdrop man`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::CommandFactory;
use evesdrop_files::printable;

use super::say;
use crate::args::{Arguments, Completions, Man};

pub(crate) fn completions(arguments: &Completions) -> Result<ExitCode> {
    let mut script = vec![];
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "evesdrop", &mut script);
    say(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn man(arguments: &Man) -> Result<ExitCode> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .with_context(|| folder.display().to_string())?;
    say(&format!("manual pages: {}/evesdrop*.1", printable(folder)))?;
    Ok(ExitCode::SUCCESS)
}
