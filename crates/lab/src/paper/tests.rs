use std::path::Path;

use super::*;
use evesdrop_learn::games::{EveKind, GameKind, Selective};
use evesdrop_learn::networks::Network;
use evesdrop_learn::train::Settings;

/// A very short training, two fresh Eves, and the exact leakage.
fn small(seed: u64) -> Trial {
    let settings = Settings {
        bits: Some(4),
        batch: Some(64),
        max_rounds: Some(30),
        evaluate_every: Some(10),
        seed: Some(seed),
        ..Settings::default()
    };
    Trial::new(settings.check().unwrap(), |specification| {
        let kinds = vec![EveKind::Same, EveKind::Wide];
        specification.fresh = Some(FreshEves { kinds, steps: 20, batch: 128, rate: 0.01 });
        specification.leakage = Some(4);
    })
}

fn group(seeds: std::ops::RangeInclusive<u64>) -> Group {
    Group { label: "small".into(), x: 4.0, trials: seeds.map(small).collect() }
}

fn all(folder: &Path, group: &Group) -> Vec<Row> {
    group.trials.iter().map(|trial| trial.row(folder).unwrap().expect("done")).collect()
}

#[test]
fn a_trial_is_deterministic_and_runs_once() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let rows = folders.each_ref().map(|folder| {
        let row = small(3).run(folder.path(), &false.into()).unwrap().unwrap();
        assert!(row.leakage.len() == 2 && row.fresh_wrong_bits.len() == 2 && row.fresh_wrong_bits[0] < 4.0);
        Row { seconds: 0.0, ..row }
    });
    assert_eq!(rows[0], rows[1]);
    let again = small(3).run(folders[0].path(), &false.into()).unwrap().unwrap();
    assert_eq!(small(3).row(folders[0].path()).unwrap().unwrap(), again, "it reads the file and does not run again");
    assert_ne!(small(3).id, small(4).id);
}

#[test]
fn merged_parts_equal_the_whole_experiment() {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let group = group(1..=3);
    let groups = std::slice::from_ref(&group);
    run(groups, whole.path(), Shard::WHOLE, &false.into(), &|_| ()).unwrap();
    for part in 1..=2 {
        run(groups, parts.path(), Shard { part, of: 2 }, &false.into(), &|_| ()).unwrap();
        let done = group.trials.iter().filter(|trial| trial.row(parts.path()).unwrap().is_some()).count();
        assert_eq!(done, if part == 1 { 2 } else { 3 });
    }
    let plain = |folder| all(folder, &group).into_iter().map(|row| Row { seconds: 0.0, ..row }).collect::<Vec<_>>();
    assert_eq!(plain(whole.path()), plain(parts.path()));
    let summary = Summary::of(Experiment::Fig3, Scale::Quick, groups, whole.path()).unwrap();
    assert_eq!(summary.done, (3, 3));
    assert_eq!(summary.csv.lines().count(), 4);
    assert!(summary.markdown.contains("| training failures | 6 of 20 | 3 of 3"), "{}", summary.markdown);
}

#[test]
fn trials_of_other_games_have_their_own_measures() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |game, network| Settings {
        game: Some(game),
        network: Some(network),
        bits: Some(4),
        batch: Some(64),
        max_rounds: Some(300),
        ..Settings::default()
    };
    // Nothing is protected: the estimate of D reveals much about C.
    let selective = Some(Selective { eve_weight: 0.0, ..Selective::default() });
    let config = Settings { selective, ..settings(GameKind::Selective, Network::Released) }.check().unwrap();
    let trial = Trial::new(config, |specification| {
        let kinds = vec![EveKind::Wide, EveKind::Same];
        specification.fresh = Some(FreshEves { kinds, steps: 400, batch: 256, rate: 0.01 });
    });
    let row = trial.run(folder.path(), &false.into()).unwrap().unwrap();
    assert_eq!(row.fresh_explained.len(), 2 * 3, "C, |C| and C^2 by each kind");
    assert!(row.fresh_explained[0] > 0.3 && row.squared.is_some() && row.bob_wrong_bits.is_none(), "{row:?}");
    let group = Group { label: "values".into(), x: 0.0, trials: vec![trial] };
    let summary = Summary::of(Experiment::Fig4, Scale::Quick, std::slice::from_ref(&group), folder.path()).unwrap();
    assert!(summary.markdown.contains("| Bob's squared error | the best possible | 0.625 |"), "{}", summary.markdown);
    assert!(summary.svg.contains("Blind Eve"), "the training's own curve");

    let config = settings(GameKind::ChosenPlaintext, Network::CryptoNet).check().unwrap();
    let row = Trial::new(config, |_| {}).run(folder.path(), &false.into()).unwrap().unwrap();
    assert_eq!((row.pad, row.squared), (Some(false), None), "300 rounds find no pad");

    let angles = settings(GameKind::ChosenPlaintext, Network::CryptoNet);
    let trial = Trial::new(Settings { normalised: Some(true), ..angles }.check().unwrap(), |_| {});
    trial.run(folder.path(), &false.into()).unwrap().unwrap();
    let model = evesdrop_learn::model::Model::load(&folder.path().join("runs").join(trial.training_id())).unwrap();
    let layout = model.note.layout();
    let weights = layout.tensors().iter().find(|tensor| tensor.name == "alice.dense.weight").unwrap();
    for half in model.parameters[weights.range()].chunks(4 * 4) {
        for output in 0..4 {
            let turns: f32 = half.iter().skip(output).step_by(4).map(|weight| weight.abs()).sum();
            assert!((turns - 1.0).abs() < 1e-5, "{turns}");
        }
    }
}

/// An experiment in which only the trials of the given groups are done. `change` sets their results.
fn done<T: Copy>(experiment: Experiment, results: &[(&str, &[T])], change: impl Fn(&mut Row, T)) -> String {
    done_rows(experiment, results, change).markdown
}

/// The same, with all that its summary contains.
fn done_rows<T: Copy>(experiment: Experiment, results: &[(&str, &[T])], change: impl Fn(&mut Row, T)) -> Summary {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("trials")).unwrap();
    let groups = experiment.groups(Scale::Quick, None);
    let model = small(1).run(folder.path(), &false.into()).unwrap().unwrap();
    for (label, results) in results {
        let group = groups.iter().find(|group| group.label == *label).unwrap();
        for (trial, result) in group.trials.iter().zip(*results) {
            let mut row = Row { id: trial.id.clone(), outcome: evesdrop_learn::run::Outcome::Trained, ..model.clone() };
            change(&mut row, *result);
            let file = folder.path().join("trials").join(format!("{}.json", trial.id));
            std::fs::write(file, serde_json::to_vec(&row).unwrap()).unwrap();
        }
    }
    Summary::of(experiment, Scale::Quick, &groups, folder.path()).unwrap()
}

#[test]
fn known_figures_are_compared_with_measured_ones() {
    let expect = |experiment, wrong: &[(&str, &[f64])], lines: &[&str]| {
        let text = done(experiment, wrong, |row, wrong| row.fresh_wrong_bits = vec![wrong, 40.0]);
        lines.iter().for_each(|line| assert!(text.contains(line), "{line}\n{text}"));
    };
    let lengths: [(&str, &[f64]); 3] =
        [("N = 16", &[6.5, 6.6]), ("N = 64", &[24.1, 23.9]), ("N = 16, batch 512", &[5.9, 6.1])];
    let small = "6 bits wrong | 1 of 3 | 1 of 2 (0.01 to 0.99) | yes |";
    expect(Experiment::Lengths, &lengths, &[small, "1 of 2 (0.01 to 0.99); N = 16 2 of 2 (0.16 to 1.00) | **no** |"]);
    // A one-time pad with 8 of 16 key bits leaked leaves 4 bits wrong.
    let leaked: [(&str, &[f64]); 2] = [("0 key bits leaked", &[7.9]), ("8 key bits leaked", &[4.5, 3.0])];
    expect(Experiment::LeakedKeys, &leaked, &["| 0 or more | -1.000 | **no** |"]);
    expect(Experiment::StrongEve, &[("wide, 4000 steps", &[8.0, 4.0])], &["(arXiv 2407.08831) | 75 % |"]);
    let unchanged = "mean (in the paper: the best of five) | 6.1 | 6.000, 6.200 | yes |";
    expect(Experiment::Ablation, &[("as fig3, but for one fresh Eve", &[6.0, 6.2])], &[unchanged]);

    // Weights that round to a pad, and Bob's wrong bits. Runs with more than one bit in twenty wrong do not count.
    let pads: [(&str, &[(bool, f64)]); 3] = [
        ("normalised, n = 4, plain Eve", &[(false, 0.0), (true, 1.0)]),
        ("normalised, n = 4, chosen-plaintext Eve", &[(true, 0.0), (true, 0.1), (false, 0.0)]),
        ("n = 4, chosen-plaintext Eve", &[(false, 0.0)]),
    ];
    let text = done(Experiment::CryptoNet, &pads, |row, (pad, bob_wrong)| {
        (row.pad, row.bob_wrong_bits) = (Some(pad), Some(bob_wrong));
    });
    for line in [
        "| n = 4, chosen-plaintext Eve, normalised: permuted pads | learned | 2 of 3 (0.09 to 0.99) | yes |",
        "| the same, weights free | learned | 0 of 1 (0.00 to 0.97) | **no** |",
        "no Eve 0 of 0 (0.00 to 1.00); plain Eve 0 of 2 (0.00 to 0.84); chosen-plaintext Eve 2 of 3 (0.09 to 0.99) | yes |",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn the_documented_example_is_a_trial() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pad.toml");
    let settings = evesdrop_learn::run::read_settings(&file).unwrap();
    let groups = Experiment::CryptoNet.groups(Scale::Quick, None);
    let group = groups.iter().find(|group| group.label == "normalised, n = 4, chosen-plaintext Eve").unwrap();
    assert_eq!(settings.check().unwrap().canonical_settings(), group.trials[0].specification.settings);
}

/// The published rows: rows of this version belong to trials that this program would run, so they are not run again; they are
/// unchanged after reading and writing; and every picture shows them.
#[test]
fn published_rows_are_found_and_drawn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/paper");
    let mut found = 0;
    for experiment in Experiment::ALL {
        for scale in [Scale::Quick, Scale::Full] {
            let Ok(text) = std::fs::read_to_string(folder.join(format!("{}-{scale}.csv", experiment.name()))) else {
                continue;
            };
            let summary = Summary::from_csv(experiment, scale, &text).unwrap();
            assert!(summary.done.0 == text.lines().count() - 1 && !summary.svg.contains("no data"), "{experiment:?}");
            let again = Summary::from_csv(experiment, scale, &summary.csv).unwrap();
            assert_eq!((&again.csv, &again.svg, &again.markdown), (&summary.csv, &summary.svg, &summary.markdown));
            let groups = experiment.groups(scale, Some(20));
            let ids: Vec<&str> = groups.iter().flat_map(|group| &group.trials).map(|trial| trial.id.as_str()).collect();
            for (label, row) in tables::from_csv(&text).unwrap().iter().filter(|(_, row)| row.version == "0.2.0") {
                assert!(ids.contains(&row.id.as_str()), "{experiment:?}, {label}, seed {}", row.seed);
                found += 1;
            }
        }
    }
    assert!(found > 200, "{found}");
}

#[test]
fn files_that_hold_no_rows_are_refused() {
    let rows = done_rows(Experiment::Fig3, &[("N = 16", &[6.0])], |row, wrong| row.fresh_wrong_bits = vec![wrong]);
    for (experiment, text) in [
        (Experiment::Fig3, "a,b\n1,2\n".to_owned()),
        (Experiment::Fig3, rows.csv.replacen(",6.0,", ",six,", 1).replacen(",6,", ",six,", 1)),
        (Experiment::Ablation, rows.csv.clone()),
    ] {
        let refused = Summary::from_csv(experiment, Scale::Quick, &text).unwrap_err();
        assert!(matches!(refused, PaperError::Csv(_)), "{refused}");
    }
    assert_eq!(Summary::from_csv(Experiment::Fig3, Scale::Quick, &rows.csv).unwrap().csv, rows.csv);
}

#[test]
fn the_lower_bound_counts_bits_that_bob_reads_beyond_the_key() {
    let config = Settings { bits: Some(16), key_bits: Some(4), ..Settings::default() }.check().unwrap();
    let trial = Trial::new(config, |_| {});
    assert_eq!(trial.least_leak(16, 0.0), 12.0);
    assert_eq!(trial.least_leak(3, 0.0), 0.0, "the key covers them");
    assert_eq!(trial.least_leak(16, 8.0), 0.0, "Bob reads nothing");
    // h(1/8) = 0.5436.
    assert!((trial.least_leak(16, 2.0) - (12.0 - 16.0 * 0.543_564)).abs() < 1e-4);
}

#[test]
fn a_stopped_trial_leaves_no_row_and_can_continue() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(small(1).run(folder.path(), &true.into()).unwrap(), None);
    assert_eq!(small(1).row(folder.path()).unwrap(), None);
    assert!(small(1).run(folder.path(), &false.into()).unwrap().is_some());
}

#[test]
fn every_trial_of_every_experiment_has_a_unique_id() {
    for experiment in Experiment::ALL {
        for scale in [Scale::Quick, Scale::Full] {
            let groups = experiment.groups(scale, None);
            let mut ids: Vec<&str> = groups.iter().flat_map(|g| &g.trials).map(|trial| trial.id.as_str()).collect();
            let count = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert!(count > 0 && ids.len() == count, "{}", experiment.name());
        }
        assert_eq!(experiment.name().parse(), Ok(experiment));
    }
    assert_eq!(Experiment::Fig3.groups(Scale::Full, None)[0].trials.len(), 20);
    assert_eq!("2/3".parse(), Ok(Shard { part: 2, of: 3 }));
    for bad in ["0/3", "4/3", "3", "a/b", ""] {
        assert!(bad.parse::<Shard>().is_err(), "{bad}");
    }
}
