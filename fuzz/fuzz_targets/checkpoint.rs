//! Checkpoint files, unchanged, for a small game.
#![no_main]

use std::sync::OnceLock;

use evesdrop::games::Rules;
use evesdrop::model::ModelNote;
use evesdrop::networks::Network;
use evesdrop::train::State;
use libfuzzer_sys::fuzz_target;

/// The number of parameters of the game, those trained by Alice and Bob, and those trained by Eve.
fn sizes() -> (usize, usize, usize) {
    static SIZES: OnceLock<(usize, usize, usize)> = OnceLock::new();
    *SIZES.get_or_init(|| {
        let layout = ModelNote::new(Rules::symmetric(Network::Released, 6, 6)).layout();
        (layout.len(), layout.range(&["alice", "bob"]).len(), layout.range(&["eve"]).len())
    })
}

fuzz_target!(|bytes: &[u8]| {
    let (parameters, alice_bob, eve) = sizes();
    if let Err(error) = State::from_bytes(bytes, parameters, alice_bob, eve) {
        assert!(!error.to_string().contains('\n'), "{error}");
    }
});
