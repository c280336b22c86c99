//! Model files, unchanged.
#![no_main]

use evesdrop::model::Model;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Model::from_bytes(bytes) {
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
        Ok(model) => assert_eq!(model.parameters.len(), model.note.layout().len()),
    }
});
