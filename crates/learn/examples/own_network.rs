//! A network of your own: a function from variables to a variable, with named parameters.
//!
//! `cargo run --release -p evesdrop-learn --example own_network`

use evesdrop_engine::{Adam, Engine, Init, Level, NoData, Plan, Recorder, Runner, Var};

/// Two dense layers whose outputs are multiplied, h = (U x + a) * (V x + b), and a dense layer with tanh: `outputs` values in
/// (-1, 1). A product of bits coded -1 and +1 is their XOR, up to sign.
fn product<'g>(g: &'g Recorder, name: &str, x: Var<'g>, outputs: usize) -> Var<'g> {
    let (inputs, hidden) = (x.features(), 32);
    let init = Init::Xavier { fan_in: inputs, fan_out: hidden };
    let left = g.dense(&format!("{name}.left"), x, hidden, init);
    let right = g.dense(&format!("{name}.right"), x, hidden, init);
    let init = Init::Xavier { fan_in: hidden, fan_out: outputs };
    g.dense(&format!("{name}.output"), left * right, outputs, init).tanh()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Learn the XOR of two neighbouring bits, eight of them at once.
    let g = Recorder::new();
    let x = g.bits("x", 9);
    let wanted = x.slice(0, 8) * x.slice(1, 8);
    let wrong = ((product(&g, "net", x, 8) - wanted).abs() * 0.5).sum();
    let (wrong_bits, loss) = (wrong.id(), wrong.mean().id());
    let program = g.finish();

    let engine = Engine::new(1, Level::from_environment()?)?;
    let mut training = Runner::new(&engine, Plan::gradient(&program, loss, &["net"], engine.level()), 256, 1);
    let mut test = Runner::new(&engine, Plan::forward(&program, &[wrong_bits], &[], engine.level()), 4096, 2);
    let mut parameters = program.layout().initialise(1);
    let mut adam = Adam::new(parameters.len());
    for step in 0..2000 {
        training.run(&parameters, step, &NoData);
        adam.step(&mut parameters, training.gradient(), 0.01);
    }
    test.run(&parameters, 0, &NoData);
    let wrong = test.means()[0];
    println!("wrong bits after 2000 steps: {wrong:.3} of 8; guessing gives 4");
    assert!(wrong < 1.0);
    Ok(())
}
