//! `evesdrop keygen`, `encrypt` and `decrypt`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use evesdrop::engine::Engine;
use evesdrop::envelope::{Envelope, Key, Report, decrypt_path, encrypt_path};
use evesdrop::model::Model;

use super::{counted, end_on_interrupt, engine, note, say};
use crate::args::{Encrypt, Files, Keygen, WARNING};

pub(crate) fn keygen(arguments: &Keygen) -> Result<ExitCode> {
    if arguments.file.as_os_str() == "-" {
        bail!("a key is kept in a file, not written to standard output: name one");
    }
    Key::create(&arguments.file)?;
    say(&format!("{}: a new key, 32 random bytes", arguments.file.display()))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn encrypt(arguments: &Encrypt) -> Result<ExitCode> {
    let (model, key, engine) = open(&arguments.files)?;
    let Files { input, output, json, .. } = &arguments.files;
    // Standard output may be the ciphertext: what is said goes to standard error.
    note(&format!("warning: {WARNING}"));
    let envelope = Envelope::new(&model, key.bytes(), &engine)?;
    let report = encrypt_path(&envelope, input, output, arguments.precision)?;
    let again = match report.again {
        0 => "Bob read every block".to_owned(),
        1 => "1 block, which Bob misread, went again under another key".to_owned(),
        n => format!("{n} blocks, which Bob misread, went again under other keys"),
    };
    tell(&report, &format!("; {again}"), *json);
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn decrypt(files: &Files) -> Result<ExitCode> {
    let (model, key, engine) = open(files)?;
    let envelope = Envelope::new(&model, key.bytes(), &engine)?;
    let report = decrypt_path(&envelope, &files.input, &files.output)?;
    tell(&report, "", files.json);
    Ok(ExitCode::SUCCESS)
}

/// What both directions need.
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
        bail!("{} is {precious}: name another file to write", output.display());
    }
    Ok((model, key, engine))
}

fn tell(report: &Report, more: &str, json: bool) {
    let speed = report.bytes as f64 / report.seconds.max(1e-9) / 1e6;
    if json {
        let object = serde_json::json!({
            "bytes": report.bytes,
            "encrypted_again": report.again,
            "precision": report.precision,
            "seconds": report.seconds,
            "megabytes_per_second": speed,
        });
        return note(&object.to_string());
    }
    let (bytes, seconds) = (counted(report.bytes, "byte"), report.seconds);
    let precision = counted(u64::from(report.precision), "bit");
    note(&format!("{bytes} in {seconds:.2} s ({speed:.1} MB/s); {precision} a value{more}"));
}
