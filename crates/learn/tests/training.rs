//! Training without files: pause, resume, rewind, branch, one player only.

use evesdrop_engine::{Engine, Level};
use evesdrop_learn::train::{Config, Event, Settings, StateError, Training, Turn};

fn engine() -> Engine {
    Engine::new(1, Level::from_environment().unwrap()).unwrap()
}

fn settings() -> Settings {
    Settings { bits: Some(4), batch: Some(128), evaluate_every: Some(10), ..Settings::default() }
}

fn config(change: impl FnOnce(&mut Settings)) -> Config {
    let mut settings = settings();
    change(&mut settings);
    settings.check().unwrap()
}

fn rounds(training: &mut Training, count: u64) {
    (0..count).for_each(|_| training.round());
}

#[test]
fn resumed_and_rewound_trainings_equal_the_uninterrupted_one() {
    let (engine, config) = (engine(), config(|_| ()));
    let mut whole = Training::new(config.clone(), &engine);
    rounds(&mut whole, 5);
    let earlier = whole.state();
    rounds(&mut whole, 5);
    whole.look();
    let end = whole.state();

    let mut resumed = Training::resume(config, &earlier, &engine).unwrap();
    rounds(&mut resumed, 5);
    resumed.look();
    assert_eq!(resumed.state(), end);
    assert_eq!(resumed.latest_model(), whole.latest_model());

    whole.restore(&earlier).unwrap();
    assert_eq!((whole.rounds(), whole.state()), (5, earlier));
    rounds(&mut whole, 5);
    whole.look();
    assert_eq!(whole.state(), end);
}

#[test]
fn a_branch_continues_with_changed_settings() {
    let engine = engine();
    let mut training = Training::new(config(|_| ()), &engine);
    rounds(&mut training, 3);
    let state = training.state();

    let faster = config(|s| s.learning_rate = Some(0.01));
    assert!(matches!(Training::resume(faster.clone(), &state, &engine), Err(StateError::Settings)));
    let mut branch = Training::branch(faster.clone(), &state, &engine).unwrap();
    assert_eq!(branch.latest_model(), training.latest_model());
    rounds(&mut branch, 1);
    rounds(&mut training, 1);
    assert_eq!(branch.rounds(), 4);
    assert_ne!(branch.latest_model(), training.latest_model());
    // From here on, the branch is a training with the changed settings.
    assert!(Training::resume(faster, &branch.state(), &engine).is_ok());

    let longer = config(|s| s.bits = Some(8));
    assert!(matches!(Training::branch(longer, &state, &engine), Err(StateError::Bytes(_))));
    assert!(matches!(training.restore(&state[..100]), Err(StateError::Bytes(_))));
    assert_eq!(training.rounds(), 4, "an unreadable state changes nothing");
}

#[test]
fn only_the_players_whose_turn_it_is_train() {
    let engine = engine();
    for (turn, trained, waiting) in
        [(Turn::Eve, &["eve"][..], &["alice", "bob"][..]), (Turn::AliceAndBob, &["alice", "bob"], &["eve"])]
    {
        let mut training = Training::new(config(|_| ()), &engine);
        rounds(&mut training, 1);
        let before = training.latest_model();
        training.turn(turn);
        let after = training.latest_model();
        assert_eq!(training.rounds(), 2);
        let layout = before.note.layout();
        let changed = |network: &&str| {
            let range = layout.range(&[network]);
            before.parameters[range.clone()] != after.parameters[range]
        };
        assert!(trained.iter().all(changed), "{turn:?}");
        assert!(!waiting.iter().any(changed), "{turn:?}");
    }
}

#[test]
fn every_event_is_returned_once() {
    let engine = engine();
    let easy = config(|s| (s.bob_goal, s.eve_goal, s.confirm_steps) = (Some(8.0), Some(0.0), Some(0)));
    let mut training = Training::new(easy, &engine);
    // Bob may be as wrong as by guessing, but no worse.
    rounds(&mut training, 200);
    assert_eq!(training.look().events, [Event::GoalsMet]);
    assert!(training.is_trained());
    training.round();
    assert_eq!(training.look().events, []);

    let hopeless = config(|s| s.give_up = Some(1));
    let mut training = Training::new(hopeless, &engine);
    training.round();
    let look = training.look();
    assert!(matches!(&look.events[..], [Event::Restarted { reason }] if reason.contains("Bob")), "{look:?}");
    assert_eq!(training.restarts(), 1);
    assert_eq!(training.best(), Some(&look.evaluation), "the best of all starts is kept");
    assert_ne!(training.best_model(), training.latest_model());
}

#[test]
fn the_caller_counts_the_seconds() {
    let engine = engine();
    let mut training = Training::new(config(|_| ()), &engine);
    training.count_seconds(1.5);
    training.count_seconds(2.0);
    assert_eq!(Training::resume(config(|_| ()), &training.state(), &engine).unwrap().seconds(), 3.5);
}
