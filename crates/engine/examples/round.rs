//! Times a round of the symmetric game: `cargo run --release -p evesdrop-engine --example round [N] [BATCH] [ROUNDS] [THREADS]`.
use evesdrop_engine::{Adam, Conv, Engine, Init, Level, NoData, Plan, Recorder, Runner, Var};
use std::time::Instant;

fn network<'g>(g: &'g Recorder, name: &str, x: Var<'g>, n: usize) -> Var<'g> {
    let conv = |layer: &str, x, window, in_channels, out_channels, stride| {
        let init = Init::Xavier { fan_in: window * in_channels, fan_out: window * out_channels };
        g.conv(&format!("{name}.{layer}"), x, Conv { window, in_channels, out_channels, stride }, init)
    };
    let f = x.features();
    let h = g.dense(&format!("{name}.dense"), x, 2 * n, Init::Xavier { fan_in: f, fan_out: 2 * n }).sigmoid();
    let h = conv("conv1", h, 4, 1, 2, 1).sigmoid();
    let h = conv("conv2", h, 2, 2, 4, 2).sigmoid();
    let h = conv("conv3", h, 1, 4, 4, 1).sigmoid();
    conv("conv4", h, 1, 4, 1, 1).tanh()
}

fn main() {
    let arg = |i, default: usize| std::env::args().nth(i).map_or(default, |s| s.parse().unwrap());
    let (n, batch, rounds, threads) = (arg(1, 16), arg(2, 4096), arg(3, 300), arg(4, 1));
    let g = Recorder::new();
    let (p, k) = (g.bits("p", n), g.bits("k", n));
    let c = network(&g, "alice", g.concat(&[p, k]), n);
    let b = network(&g, "bob", g.concat(&[c, k]), n);
    let e = network(&g, "eve", c, n);
    let bob = (p - b).abs().sum() * 0.5;
    let eve = (p - e).abs().sum() * 0.5;
    let half = n as f32 / 2.0;
    let ab = (bob * (1.0 / n as f32) + (eve * (-1.0 / half) + 1.0).square()).mean().id();
    let el = eve.mean().id();
    let (bob, eve) = (bob.id(), eve.id());
    let program = g.finish();
    let engine = Engine::new(threads, Level::from_environment().unwrap()).unwrap();
    let plan_ab = Plan::gradient(&program, ab, &["alice", "bob"], engine.level());
    let plan_e = Plan::gradient(&program, el, &["eve"], engine.level());
    println!("rows {} {}", plan_ab.rows(), plan_e.rows());
    let (ra, re) = (plan_ab.trained(), plan_e.trained());
    let mut ab = Runner::new(&engine, plan_ab, batch, 1);
    let mut ev = Runner::new(&engine, plan_e, batch, 1);
    let mut eval = Runner::new(&engine, Plan::forward(&program, &[bob, eve], &[], engine.level()), batch, 2);
    let mut w = program.layout().initialise(1);
    let (mut oa, mut oe) = (Adam::new(ra.len()), Adam::new(re.len()));
    let (mut times, mut fw) = (vec![], vec![]);
    engine.clone().enter(|| {
        for r in 0..rounds as u64 {
            let t = Instant::now();
            ab.run(&w, 3 * r, &NoData);
            oa.step(&mut w[ra.clone()], ab.gradient(), 8e-4);
            for i in 1..3 {
                ev.run(&w, 3 * r + i, &NoData);
                oe.step(&mut w[re.clone()], ev.gradient(), 8e-4);
            }
            times.push(t.elapsed().as_secs_f64() * 1e3);
            if r % 500 == 0 || r + 1 == rounds as u64 {
                let t = Instant::now();
                eval.run(&w, r, &NoData);
                fw.push(t.elapsed().as_secs_f64() * 1e3);
                println!("{r} {:?}", eval.means());
            }
        }
    });
    times.sort_by(f64::total_cmp);
    println!(
        "round median {:.3} ms min {:.3}; forward of all three {:.3}",
        times[times.len() / 2],
        times[0],
        fw[fw.len() / 2]
    );
}
