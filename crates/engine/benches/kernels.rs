//! Benchmarks of single kernels, each through the smallest program that runs it: `cargo bench -p evesdrop-engine`.
//!
//! A run is eight tiles on one thread, at the fastest SIMD level or the one that EVESDROP_SIMD names. The time of a gradient
//! includes the forward half that it needs.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evesdrop_engine::{Adam, Conv, Engine, Init, Level, NoData, Plan, Program, Recorder, Runner, ScalarId, TILE, Var};

const BATCH: usize = 8 * TILE;
const INIT: Init = Init::Normal { deviation: 0.4 };

/// Pointwise.
type Function = for<'g> fn(Var<'g>) -> Var<'g>;

fn engine() -> Engine {
    Engine::new(1, Level::from_environment().expect("a level of this machine")).expect("no threads to start")
}

/// The program that `build` records from `inputs` random bits, and the mean square of its values.
fn program(inputs: usize, build: impl for<'g> Fn(&'g Recorder, Var<'g>) -> Var<'g>) -> (Program, ScalarId) {
    let g = Recorder::new();
    let objective = build(&g, g.bits("x", inputs)).square().sum().mean().id();
    (g.finish(), objective)
}

fn time(c: &mut Criterion, group: &str, name: String, program: &Program, plan: Plan) {
    let parameters = program.layout().initialise(1);
    let mut runner = Runner::new(&engine(), plan, BATCH, 1);
    let mut group = c.benchmark_group(group);
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
        let mut step = 0;
        bencher.iter(|| {
            runner.run(&parameters, step, &NoData);
            step += 1;
        });
    });
}

/// Times a forward plan of the program's value, and a gradient plan.
fn forward_and_gradient(
    c: &mut Criterion,
    group: &str,
    inputs: usize,
    build: impl for<'g> Fn(&'g Recorder, Var<'g>) -> Var<'g>,
) {
    let level = engine().level();
    let g = Recorder::new();
    let value = build(&g, g.bits("x", inputs)).sum().id();
    let forward = g.finish();
    time(c, group, "forward".into(), &forward, Plan::forward(&forward, &[value], &[], level));
    let (program, objective) = program(inputs, build);
    time(c, group, "gradient".into(), &program, Plan::gradient(&program, objective, &["net"], level));
}

fn layers(c: &mut Criterion) {
    for n in [16, 64] {
        forward_and_gradient(c, &format!("dense {n} to {n}, sigmoid"), n, |g, x| {
            g.dense("net.dense", x, n, INIT).sigmoid()
        });
        forward_and_gradient(c, &format!("two dense layers of {n}, sigmoid"), n, |g, x| {
            let h = g.dense("net.first", x, n, INIT).sigmoid();
            g.dense("net.second", h, n, INIT).sigmoid()
        });
    }
    for (window, in_channels, out_channels, stride) in [(4, 1, 2, 1), (2, 2, 4, 2), (1, 4, 4, 1), (3, 32, 32, 1)] {
        let name = format!("convolution, window {window}, {in_channels} to {out_channels} channels, stride {stride}");
        forward_and_gradient(c, &name, 8 * in_channels, |g, x| {
            g.conv("net.conv", x, Conv { window, in_channels, out_channels, stride }, INIT)
        });
    }
}

fn pointwise(c: &mut Criterion) {
    let level = engine().level();
    let functions: [(&str, Function); 5] = [
        ("nothing", |x| x),
        ("sigmoid", |x| x.sigmoid()),
        ("tanh", |x| x.tanh()),
        ("leaky relu", |x| x.leaky_relu(0.01)),
        ("square", |x| x.square()),
    ];
    for (name, function) in functions {
        let g = Recorder::new();
        let value = function(g.bits("x", 64)).sum().id();
        let program = g.finish();
        time(c, "64 rows of bits, then", name.into(), &program, Plan::forward(&program, &[value], &[], level));
    }
}

fn adam(c: &mut Criterion) {
    let (mut parameters, gradient) = (vec![0.1; 4096], vec![0.01; 4096]);
    let mut adam = Adam::new(4096);
    let mut group = c.benchmark_group("adam");
    group.throughput(Throughput::Elements(4096));
    group.bench_function("4096 parameters", |bencher| bencher.iter(|| adam.step(&mut parameters, &gradient, 1e-3)));
}

criterion_group!(benches, layers, pointwise, adam);
criterion_main!(benches);
