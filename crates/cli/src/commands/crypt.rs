//! `evesdrop keygen`, `encrypt` and `decrypt`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use evesdrop::engine::Engine;
use evesdrop::envelope::{Envelope, Existing, Key, Report, decrypt_path, encrypt_path};
use evesdrop::model::Model;
use evesdrop_files::printable;

use super::{counted, end_on_interrupt, engine, note, say};
use crate::args::{Encrypt, Files, Keygen, WARNING};

pub(crate) fn keygen(arguments: &Keygen) -> Result<ExitCode> {
    if arguments.file.as_os_str() == "-" {
        bail!("a key is kept in a file, not written to standard output: name a file");
    }
    Key::create(&arguments.file)?;
    say(&format!("{}: a new key, 32 random bytes", printable(&arguments.file)))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn encrypt(arguments: &Encrypt) -> Result<ExitCode> {
    let (model, key, engine) = open(&arguments.files)?;
    let Files { input, output, json, .. } = &arguments.files;
    // Standard output may be the ciphertext, so messages go to standard error.
    note(&format!("warning: {WARNING}"));
    let envelope = Envelope::new(&model, key.bytes(), &engine)?;
    let report = encrypt_path(&envelope, input, output, arguments.precision, existing(&arguments.files))?;
    let expansion = report.expansion().map_or(String::new(), |factor| format!(", {factor:.1} times as many"));
    let again = match report.again {
        0 => "Bob read every block".to_owned(),
        n => format!("{} that Bob misread, encrypted again", counted(n, "block")),
    };
    let text = format!(
        "{} became {}{expansion}; {}; {} per value; {again}",
        counted(report.bytes, "byte"),
        counted(report.encrypted_bytes, "byte"),
        speed(&report),
        counted(u64::from(report.precision), "bit")
    );
    tell(&report, &text, *json)
}

pub(crate) fn decrypt(files: &Files) -> Result<ExitCode> {
    let (model, key, engine) = open(files)?;
    let envelope = Envelope::new(&model, key.bytes(), &engine)?;
    let report = decrypt_path(&envelope, &files.input, &files.output, existing(files))?;
    tell(&report, &format!("{}; {}", counted(report.bytes, "byte"), speed(&report)), files.json)
}

fn existing(files: &Files) -> Existing {
    if files.force { Existing::Replace } else { Existing::Keep }
}

fn speed(report: &Report) -> String {
    format!("{:.2} s ({:.1} MB/s)", report.seconds, report.megabytes_per_second)
}

/// Prints the report on standard error.
fn tell(report: &Report, text: &str, json: bool) -> Result<ExitCode> {
    note(&if json { serde_json::to_string(report)? } else { text.to_owned() });
    Ok(ExitCode::SUCCESS)
}

/// Loads the model and the key, and refuses an output path that is the key or the model.
fn open(files: &Files) -> Result<(Model, Key, Engine)> {
    let Files { model, key_file, output, threads, .. } = files;
    end_on_interrupt()?;
    let engine = engine(*threads)?;
    let model = Model::load_with_shared_key(model).with_context(|| model.display().to_string())?;
    let key = Key::read(key_file)?;
    let place = std::fs::canonicalize(output).ok();
    let is = |path: &Path| place.is_some() && std::fs::canonicalize(path).ok() == place;
    let precious = if is(key_file) {
        Some("the key file")
    } else if is(&files.model) || is(&files.model.join("model.safetensors")) {
        Some("the model")
    } else {
        None
    };
    if let Some(precious) = precious {
        bail!("{} is {precious}: name another output file", output.display());
    }
    Ok((model, key, engine))
}
