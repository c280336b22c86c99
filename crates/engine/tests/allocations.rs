//! Steps allocate nothing once they run, and the memory of a round does not depend on the batch.
//!
//! A single test in its own program, because other tests would be counted too.

mod support;

use std::alloc::System;

use evesdrop_engine::{Engine, Level, NoData, Plan, Runner};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use support::{Game, Round};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Asserts that `f` stops calling the allocator, in any thread. Threads that start late and the test harness allocate now and
/// then, so one stretch of a hundred calls without allocation is enough.
#[track_caller]
fn assert_quiet(what: &str, mut f: impl FnMut()) {
    let quiet = (0..20).any(|_| {
        let region = Region::new(ALLOCATOR);
        (0..100).for_each(|_| f());
        let change = region.change();
        change.allocations + change.reallocations + change.deallocations == 0
    });
    assert!(quiet, "{what}: the allocator was called in each of twenty stretches of a hundred calls");
}

/// Bytes that stay allocated for the result of `make` after it has run once.
fn bytes(mut f: impl FnMut() -> Round) -> usize {
    let region = Region::new(ALLOCATOR);
    let mut round = f();
    round.run();
    let change = region.change();
    let left = change.bytes_allocated as isize + change.bytes_reallocated - change.bytes_deallocated as isize;
    drop(round);
    usize::try_from(left).expect("more is allocated than before")
}

#[test]
fn steps_allocate_nothing_and_memory_does_not_grow_with_the_batch() {
    let level = Level::from_environment().unwrap();
    let game = Game::new(16);
    for threads in [1, 2] {
        let engine = Engine::new(threads, level).unwrap();
        let mut round = Round::new(&engine, &game, 256);
        engine.enter(|| assert_quiet(&format!("rounds, {threads} threads"), || round.run()));
        let plan = Plan::forward(&game.program, &[], &[game.ciphertext], level);
        let mut forward = Runner::new(&engine, plan, 256, 1);
        let parameters = game.program.layout().initialise(1);
        let mut step = 0;
        engine.enter(|| {
            assert_quiet(&format!("forward, {threads} threads"), || {
                forward.run(&parameters, step, &NoData);
                step += 1;
            });
        });
    }

    let engine = Engine::new(2, level).unwrap();
    let at = |game: &Game, batch| bytes(|| Round::new(&engine, game, batch));
    let (small, large) = (at(&game, 4096), at(&game, 32768));
    assert!(large < small + small / 10, "bytes of a round at batches 4096 and 32768: {small} and {large}");
    assert!(large < 64 << 20, "{large} bytes at batch 32768");
    let wide = at(&Game::new(256), 4096);
    assert!(wide < 64 << 20, "{wide} bytes at 256 bits");
}
