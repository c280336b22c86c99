//! `evesdrop keygen`, `encrypt` and `decrypt`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use evesdrop::envelope::{Envelope, EnvelopeError, Key, PathError, decrypt_path, encrypt_path};
use evesdrop::model::Model;

use super::{engine, note, say, stop_flag};
use crate::args::{Crypt, Keygen, WARNING};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

pub(crate) fn keygen(arguments: &Keygen) -> Result<ExitCode> {
    Key::create(&arguments.file)?;
    say(&format!("{}: a new key, 32 random bytes", arguments.file.display()))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn run(arguments: &Crypt, direction: Direction) -> Result<ExitCode> {
    let Crypt { model, key_file, input, output, precision, threads, json } = arguments;
    let engine = engine(*threads)?;
    let model = Model::load_with_shared_key(model).with_context(|| model.display().to_string())?;
    let key = Key::read(key_file)?;
    let place = std::fs::canonicalize(output).ok();
    if place.is_some() && place == std::fs::canonicalize(key_file).ok() {
        bail!("{} is the key file: name another file to write", output.display());
    }
    let stop = stop_flag()?;
    let envelope = Envelope::new(&model, key.bytes(), &engine)?.until(&stop);
    let report = match direction {
        Direction::Encrypt => {
            // Standard output may be the ciphertext: what is said goes to standard error.
            note(&format!("warning: {WARNING}"));
            encrypt_path(&envelope, input, output, *precision)
        }
        Direction::Decrypt if precision.is_some() => bail!("--precision is for encrypting: the file knows its own"),
        Direction::Decrypt => decrypt_path(&envelope, input, output),
    };
    let report = match report {
        Err(PathError { error: EnvelopeError::Interrupted, .. }) => {
            note("interrupted");
            return Ok(ExitCode::from(130));
        }
        other => other?,
    };
    let speed = report.bytes as f64 / report.seconds.max(1e-9) / 1e6;
    if *json {
        let object = serde_json::json!({
            "bytes": report.bytes,
            "encrypted_again": report.again,
            "precision": report.precision,
            "seconds": report.seconds,
            "megabytes_per_second": speed,
        });
        note(&object.to_string());
    } else {
        note(&format!(
            "{} bytes in {:.2} s ({speed:.1} MB/s); {} bits a value; {} blocks encrypted again",
            report.bytes, report.seconds, report.precision, report.again
        ));
    }
    Ok(ExitCode::SUCCESS)
}
