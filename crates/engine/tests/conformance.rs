//! Checks every operation at every SIMD level of the machine: values and gradients against the naive f64 reference, and equal
//! bits for every level and number of threads.

use evesdrop_engine::{
    Array, Conv, Engine, Feed, Init, Level, Plan, Program, Recorder, Runner, Scalar, ScalarId, Var, VarId, reference,
};

const SEED: u64 = 5;
const NORMAL: Init = Init::Normal { deviation: 0.4 };

struct Case {
    name: &'static str,
    program: Program,
    objective: ScalarId,
    value: VarId,
    batch: usize,
}

/// Records a case. The objective weights every feature of the value differently, so that errors in gradients cannot cancel.
fn case(name: &'static str, batch: usize, build: impl for<'g> Fn(&'g Recorder) -> Var<'g>) -> Case {
    let g = Recorder::new();
    let value = build(&g);
    let weights = g.normals("objective", value.features());
    let objective = (value * weights).sum().mean();
    let (value, objective) = (value.id(), objective.id());
    Case { name, program: g.finish(), objective, value, batch }
}

fn scalar_case(name: &'static str, build: impl for<'g> Fn(&'g Recorder) -> (Var<'g>, Scalar<'g>)) -> Case {
    let g = Recorder::new();
    let (value, objective) = build(&g);
    let (value, objective) = (value.id(), objective.id());
    Case { name, program: g.finish(), objective, value, batch: 300 }
}

fn conv(window: usize, in_channels: usize, out_channels: usize, stride: usize) -> Conv {
    Conv { window, in_channels, out_channels, stride }
}

fn dense<'g>(g: &'g Recorder, features: usize, outputs: usize) -> Var<'g> {
    g.dense("net.dense", g.normals("x", features), outputs, NORMAL)
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("dense", 256, |g| dense(g, 5, 7)),
        case("dense, one output", 130, |g| dense(g, 3, 1)),
        case("dense, wide", 200, |g| dense(g, 33, 35)),
        case("dense on bits, part of a tile", 77, |g| g.dense("net.dense", g.bits("x", 9), 6, NORMAL)),
        case("dense on bits, wide", 300, |g| g.dense("net.dense", g.bits("x", 37), 35, NORMAL).sigmoid()),
        case("bits among others", 200, |g| {
            let x = g.concat(&[g.bits("a", 3), g.normals("b", 5), g.bits("c", 7), g.normals("d", 2).sign()]);
            g.dense("net.dense", x, 11, NORMAL).tanh()
        }),
        case("a slice of bits, twice", 128, |g| {
            let x = g.bits("x", 12);
            let y = g.dense("net.dense", x.slice(2, 9), 6, NORMAL).leaky_relu(0.3);
            y * g.dense("net.second", g.concat(&[x.slice(5, 4), x.slice(5, 4)]), 6, NORMAL)
        }),
        case("data that are bits, part of a tile", 130, |g| {
            g.dense("net.dense", g.data_bits("b", 9), 6, NORMAL).tanh()
        }),
        case("signs", 128, |g| g.dense("net.dense", g.normals("x", 9).sign(), 5, NORMAL)),
        case("dense on data", 140, |g| g.dense("net.dense", g.data("d", 4), 6, NORMAL)),
        case("dense, fused sigmoid", 128, |g| dense(g, 6, 10).sigmoid()),
        case("dense, fused tanh", 128, |g| dense(g, 6, 10).tanh()),
        case("bits, fused sigmoid", 128, |g| g.dense("net.dense", g.bits("x", 6), 10, NORMAL).sigmoid()),
        case("bits, fused tanh", 128, |g| g.dense("net.dense", g.bits("x", 6), 10, NORMAL).tanh()),
        case("relu", 128, |g| dense(g, 6, 10).relu()),
        case("leaky relu", 128, |g| dense(g, 6, 10).leaky_relu(0.2)),
        case("absolute", 128, |g| dense(g, 4, 3).abs()),
        case("square", 128, |g| dense(g, 4, 3).square()),
        case("cosine", 256, |g| dense(g, 4, 3).cos()),
        case("cosine of many turns", 128, |g| (dense(g, 4, 3) * 8.0).cos()),
        case("arccosine", 256, |g| dense(g, 4, 3).tanh().acos()),
        case("angles and back", 128, |g| {
            let angles = (-dense(g, 4, 5).tanh()).acos();
            -g.dense("net.second", angles, 4, NORMAL).cos()
        }),
        case("affine", 128, |g| dense(g, 4, 3) * 1.5 + 0.25),
        case("negative", 128, |g| -dense(g, 4, 3)),
        case("sum", 128, |g| dense(g, 4, 9).sum()),
        case("slice", 128, |g| dense(g, 4, 9).slice(2, 5)),
        case("unfused activation", 128, |g| {
            let x = dense(g, 4, 5);
            x.sigmoid() + x
        }),
        case("used twice", 128, |g| {
            let x = dense(g, 4, 5).tanh();
            g.dense("net.second", g.concat(&[x, x]), 4, NORMAL) + g.dense("net.third", x, 4, NORMAL)
        }),
        case("sliced twice, overlapping", 128, |g| {
            let x = dense(g, 4, 6).tanh();
            let y = g.dense("net.second", x.slice(0, 4), 3, NORMAL);
            y + g.dense("net.third", g.concat(&[x.slice(2, 4), x.slice(0, 1)]), 3, NORMAL)
        }),
        case("activation of a slice", 128, |g| dense(g, 4, 6).slice(1, 3).sigmoid()),
        case("add, subtract, multiply", 128, |g| {
            let (x, y) = (dense(g, 4, 5), g.dense("net.second", g.bits("y", 3), 5, NORMAL));
            (x + y) * (x - y)
        }),
        case("product with itself", 128, |g| {
            let x = dense(g, 4, 5);
            x * x
        }),
        case("one feature meets many", 128, |g| {
            let (x, y) = (dense(g, 4, 5), g.dense("net.second", g.bits("y", 3), 1, NORMAL));
            x * y + (y - x) + y.sigmoid()
        }),
        case("three layers", 256, |g| {
            let h = dense(g, 8, 16).sigmoid();
            let h = g.conv("net.conv", h, conv(4, 1, 2, 1), NORMAL).sigmoid();
            g.conv("net.conv2", h, conv(2, 2, 4, 2), NORMAL).tanh()
        }),
        scalar_case("covariance: two passes", |g| {
            let (x, y) = (dense(g, 3, 1), g.normals("y", 1) + g.bits("z", 1));
            let x = x + y * 0.5;
            (x, ((x * y).mean() - x.mean() * y.mean()).abs() + x.square().mean() * 0.3)
        }),
        scalar_case("one mean twice", |g| {
            let x = dense(g, 3, 1);
            (x, x.mean() * x.mean() - g.constant(2.0) * x.mean())
        }),
    ];
    for (name, length, c) in [
        ("conv 4, 1 -> 2", 16, conv(4, 1, 2, 1)),
        ("conv 2, 2 -> 4, stride 2", 16, conv(2, 2, 4, 2)),
        ("conv 1, 4 -> 4", 9, conv(1, 4, 4, 1)),
        ("conv 1, 4 -> 1", 9, conv(1, 4, 1, 1)),
        ("conv 3, 3 -> 5, stride 2, odd length", 7, conv(3, 3, 5, 2)),
        ("conv 5, 2 -> 3, longer than the input", 3, conv(5, 2, 3, 1)),
        ("conv 2, 1 -> 2, stride 3", 10, conv(2, 1, 2, 3)),
        ("conv 3, 9 -> 17", 4, conv(3, 9, 17, 1)),
    ] {
        cases.push(case(name, 150, move |g| {
            let x = g.dense("net.before", g.normals("x", 3), length * c.in_channels, NORMAL);
            g.conv("net.conv", x, c, NORMAL)
        }));
    }
    cases
}

/// Values for the data source `d`, and bits for `b`.
fn data() -> [Vec<f32>; 2] {
    let mut numbers = evesdrop_engine::Stream::new(9, "test data").at(0, 0);
    let normals = (0..4 * 140).map(|_| numbers.normal() as f32).collect();
    [normals, (0..9 * 140).map(|_| numbers.normal().signum() as f32).collect()]
}

fn feed(data: &[Vec<f32>; 2]) -> [Array<'_>; 2] {
    [Array { name: "d", features: 4, values: &data[0] }, Array { name: "b", features: 9, values: &data[1] }]
}

fn run(case: &Case, level: Level, threads: usize, feed: &dyn Feed) -> (Vec<Vec<f32>>, f64, Vec<f32>) {
    let engine = Engine::new(threads, level).expect("threads start");
    let parameters = parameters(&case.program);
    let forward = Plan::forward(&case.program, &[], &[case.value], level);
    let mut forward = Runner::new(&engine, forward, case.batch, SEED);
    forward.run(&parameters, 3, feed);
    let values =
        (0..case.batch).map(|e| forward.output(0, e / 128).iter().map(|row| row.values()[e % 128]).collect()).collect();
    let mut gradient =
        Runner::new(&engine, Plan::gradient(&case.program, case.objective, &["net"], level), case.batch, SEED);
    gradient.run(&parameters, 3, feed);
    (values, gradient.objective(), gradient.gradient().to_vec())
}

/// Biases start at zero. Here they get random values, so that their positions matter.
fn parameters(program: &Program) -> Vec<f32> {
    let mut parameters = program.layout().initialise(1);
    let mut numbers = evesdrop_engine::Stream::new(2, "biases").at(0, 0);
    parameters.iter_mut().filter(|p| **p == 0.0).for_each(|p| *p = 0.3 * numbers.normal() as f32);
    parameters
}

#[test]
fn values_and_gradients_agree_with_the_reference_at_every_level() {
    let data = data();
    let feed = feed(&data);
    for case in cases() {
        let parameters: Vec<f64> = parameters(&case.program).iter().map(|p| f64::from(*p)).collect();
        let evaluate = |p: &[f64]| reference::evaluate(&case.program, p, case.batch, SEED, 3, &feed);
        let expected = evaluate(&parameters);
        let differences: Vec<f64> = (0..parameters.len())
            .map(|i| {
                let at = |h: f64| {
                    let mut moved = parameters.clone();
                    moved[i] += h;
                    evaluate(&moved).scalar(case.objective)
                };
                (at(1e-5) - at(-1e-5)) / 2e-5
            })
            .collect();
        let norm = differences.iter().map(|d| d * d).sum::<f64>().sqrt();
        assert!(norm > 1e-3, "{}: a gradient of zero shows nothing", case.name);
        for level in Level::available() {
            let (values, objective, gradient) = run(&case, level, 1, &feed);
            for (e, value) in values.iter().enumerate() {
                for (got, want) in value.iter().zip(expected.value(case.value, e)) {
                    let error = (f64::from(*got) - want).abs();
                    assert!(error < 3e-6 * want.abs().max(1.0), "{}, {level}: value {got}, expected {want}", case.name);
                }
            }
            let want = expected.scalar(case.objective);
            assert!(
                (objective - want).abs() < 1e-5 * want.abs().max(1.0),
                "{}, {level}: {objective} {want}",
                case.name
            );
            for (i, (got, want)) in gradient.iter().zip(&differences).enumerate() {
                // The second term allows for finite differences across the corner of relu or abs for a few examples.
                let error = (f64::from(*got) - want).abs();
                assert!(
                    error < 3e-4 * norm,
                    "{}, {level}: gradient {i} is {got}, finite differences say {want}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn bits_are_the_same_at_every_level_and_number_of_threads() {
    // WebAssembly as it is tested here has one thread.
    let threads: &[usize] = if cfg!(target_family = "wasm") { &[1] } else { &[1, 2, 3] };
    let data = data();
    let feed = feed(&data);
    for case in cases() {
        let bits = |level, threads| {
            let (values, objective, gradient) = run(&case, level, threads, &feed);
            let values: Vec<u32> = values.into_iter().flatten().map(f32::to_bits).collect();
            (values, objective.to_bits(), gradient.into_iter().map(f32::to_bits).collect::<Vec<_>>())
        };
        let expected = bits(Level::available()[0], 1);
        // Plain simd128 is the one level that does not fuse.
        for level in Level::available().into_iter().filter(|level| level.fuses()) {
            for &threads in threads {
                assert!(bits(level, threads) == expected, "{}: {level}, {threads} threads", case.name);
            }
        }
    }
}

#[test]
fn products_are_fused_into_sums_wherever_there_is_an_instruction() {
    let unfused = cfg!(all(target_feature = "simd128", not(target_feature = "relaxed-simd")));
    for level in Level::available() {
        assert_eq!(level.fuses(), !(unfused && level.to_string() == "simd128"), "{level}");
    }
}

#[test]
fn sign_is_hard_forward_and_passes_gradients_straight_through() {
    let g = Recorder::new();
    let x = g.dense("net.dense", g.normals("x", 3), 4, NORMAL);
    let (hard, soft) = (x.sign(), x.affine(1.0, 0.0));
    let weights = g.normals("objective", 4);
    let hard_loss = (hard * weights).sum().mean().id();
    let soft_loss = (soft * weights).sum().mean().id();
    let value = hard.id();
    let program = g.finish();
    for level in Level::available() {
        let engine = Engine::new(1, level).expect("one thread");
        let parameters = program.layout().initialise(1);
        let gradient = |loss| {
            let mut runner = Runner::new(&engine, Plan::gradient(&program, loss, &["net"], level), 128, SEED);
            runner.run(&parameters, 0, &evesdrop_engine::NoData);
            runner.gradient().to_vec()
        };
        assert_eq!(gradient(hard_loss), gradient(soft_loss));
        let mut forward = Runner::new(&engine, Plan::forward(&program, &[], &[value], level), 128, SEED);
        forward.run(&parameters, 0, &evesdrop_engine::NoData);
        let rows = forward.output(0, 0);
        assert!(rows.iter().all(|row| row.values().iter().all(|v| v.abs() == 1.0)));
        assert!(
            rows.iter().any(|row| row.values().contains(&-1.0)) && rows.iter().any(|row| row.values().contains(&1.0))
        );
    }
}

#[test]
fn plans_omit_what_the_objective_does_not_need() {
    // Eve's step neither runs Bob nor differentiates Alice, so adding them to the program changes nothing in her plan.
    let eve = |with_bob: bool| {
        let g = Recorder::new();
        let p = g.bits("p", 8);
        let c = g.dense("alice.dense", p, 8, NORMAL).tanh();
        if with_bob {
            let _ = g.dense("bob.dense", c, 64, NORMAL).tanh();
        }
        let loss = (p - g.dense("eve.dense", c, 8, NORMAL).tanh()).abs().sum().mean().id();
        let program = g.finish();
        Plan::gradient(&program, loss, &["eve"], Level::available()[0])
    };
    assert_eq!(eve(true).rows(), eve(false).rows());
    assert_eq!(eve(true).trained().len(), 8 * 8 + 8);
}

#[test]
fn sources_are_balanced_and_of_the_right_distribution() {
    let g = Recorder::new();
    let (bits, normals) = (g.bits("bits", 3), g.normals("normals", 3));
    let means = [
        bits.sum().id(),
        bits.square().sum().id(),
        normals.sum().id(),
        normals.square().sum().id(),
        (bits.slice(0, 1) * bits.slice(1, 1)).id(),
        normals.slice(0, 1).square().square().id(),
    ];
    let program = g.finish();
    let level = Level::available()[0];
    let engine = Engine::new(1, level).expect("one thread");
    let mut runner = Runner::new(&engine, Plan::forward(&program, &means, &[], level), 100_000, 1);
    runner.run(&[], 0, &evesdrop_engine::NoData);
    let expected = [0.0, 3.0, 0.0, 3.0, 0.0, 3.0];
    // Five standard errors of the widest moment (the fourth, with deviation sqrt(96)).
    for (mean, expected) in runner.means().iter().zip(expected) {
        assert!((mean - expected).abs() < 5.0 * (96.0f64 / 100_000.0).sqrt(), "{:?}", runner.means());
    }
}

/// For bit inputs and small weights, activations are computed without a clamp. The result must equal that of a program in which
/// one input is data, so that the engine knows no bound. Sums beyond any bound must still be clamped.
#[test]
fn activations_without_a_clamp_are_the_same() {
    const LOOKED_UP: usize = 8;
    let last: Vec<f32> = (0..128).map(|example| if example % 3 == 0 { -1.0 } else { 1.0 }).collect();
    let deviations = [0.4, 4.0, 8.0, 11.0, 1e3, 1e30];
    let levels = Level::available().into_iter();
    for (level, deviation) in levels.flat_map(|level| deviations.map(|deviation| (level, deviation))) {
        let engine = Engine::new(1, level).expect("threads start");
        let build = |known: bool| {
            let g = Recorder::new();
            let last = if known { g.data_bits("d", 1) } else { g.data("d", 1) };
            let x = g.concat(&[g.bits("x", LOOKED_UP), last]);
            let init = Init::Normal { deviation };
            let y = g.dense("net.dense", x, 6, init);
            let values = [y.sigmoid().id(), g.dense("net.second", x, 6, init).tanh().id()];
            (g.finish(), values)
        };
        let run = |known: bool| -> [Vec<f32>; 2] {
            let (program, values) = build(known);
            let parameters = program.layout().initialise(1);
            let mut runner = Runner::new(&engine, Plan::forward(&program, &[], &values, engine.level()), 128, SEED);
            runner.run(&parameters, 0, &[Array { name: "d", features: 1, values: &last }]);
            [0, 1].map(|slot| {
                let rows = runner.output(slot, 0);
                (0..128).flat_map(|e| rows.iter().map(move |row| row.values()[e])).collect()
            })
        };
        let known = run(true);
        assert_eq!(run(false), known, "deviation {deviation}");
        assert!(known[0].iter().all(|y| (0.0..=1.0).contains(y)) && known[1].iter().all(|y| y.abs() <= 1.0));
        assert!(deviation < 1e30 || known[1].iter().all(|y| y.abs() == 1.0), "{:?}", known[1]);
    }
}
