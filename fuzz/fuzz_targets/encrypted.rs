//! Encrypted files: unchanged, and with a corrected header and tag, so that the code behind them is reached.
#![no_main]

use std::io::Cursor;
use std::sync::OnceLock;

use evesdrop::envelope::{Envelope, EnvelopeError};
use evesdrop::games::Rules;
use evesdrop::model::{Model, ModelNote};
use evesdrop::networks::Network;
use evesdrop_engine::{Engine, Level};
use libfuzzer_sys::fuzz_target;

const KEY: [u8; 32] = [7; 32];

/// An untrained pair decodes nothing, but reads files like any other.
fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        let note = ModelNote::new(Rules::symmetric(Network::Released, 6, 6));
        let parameters = note.layout().initialise(1);
        Model::new(note, parameters)
    })
}

/// A header, `body`, and the tag of both. The first byte of `body` is the precision.
fn sealed(body: &[u8]) -> Vec<u8> {
    let (precision, body) = body.split_first().unwrap_or((&8, &[]));
    let nonce = [9; 16];
    let mut file = b"EVESDROP\x01\x00".to_vec();
    file.extend([*precision, 0]);
    file.extend(model().fingerprint);
    file.extend(nonce);
    file.extend([0xff; 8]);
    file.extend(body);
    let mut hasher = blake3::Hasher::new_derive_key("evesdrop file 1: tag");
    let tag = *hasher.update(&KEY).update(&nonce).finalize().as_bytes();
    let tag = blake3::keyed_hash(&tag, &file);
    file.extend(tag.as_bytes());
    file
}

fn decrypt(file: Vec<u8>) -> Result<(), EnvelopeError> {
    let engine = Engine::new(1, Level::available().pop().expect("scalar")).expect("one thread");
    let envelope = Envelope::new(model(), &KEY, &engine)?;
    let mut out = vec![];
    let report = envelope.decrypt(&mut Cursor::new(file), &mut out)?;
    assert_eq!(report.bytes, out.len() as u64);
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    let sealed = sealed(bytes);
    for file in [bytes.to_vec(), sealed] {
        if let Err(error) = decrypt(file) {
            assert!(!matches!(error, EnvelopeError::Io(_)), "memory can be read: {error}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
    }
});
