//! An engine for small networks. Programs are recorded once, differentiated per objective, and run over tiles of examples with
//! explicit SIMD.
//!
//! - A [`Recorder`] records a [`Program`]: sources, layers, arithmetic, objectives.
//! - A [`Plan`] is the part of a program that one purpose needs: [`Plan::forward`] for values, [`Plan::gradient`] to train some
//!   networks on one objective. Nothing else is computed.
//! - A [`Runner`] runs a plan on batches, with the threads and SIMD instructions of an [`Engine`].
//! - [`Layout`] names the parameters in one flat buffer; [`Adam`] updates that buffer.
//!
//! [`limits`], [`Plan::work`] and [`Runner::profile`] compare the speed with the machine's limit.
//!
//! The same seed gives the same bits for any number of threads and at every SIMD level.
//!
//! ```
//! use evesdrop_engine::{Adam, Engine, Init, Level, NoData, Plan, Recorder, Runner};
//!
//! // Learn the product of two bits.
//! let g = Recorder::new();
//! let x = g.bits("x", 2);
//! let hidden = g.dense("net.hidden", x, 8, Init::Xavier { fan_in: 2, fan_out: 8 }).tanh();
//! let y = g.dense("net.output", hidden, 1, Init::Xavier { fan_in: 8, fan_out: 1 });
//! let error = y - x.slice(0, 1) * x.slice(1, 1);
//! let loss = error.square().mean().id();
//! let program = g.finish();
//!
//! let engine = Engine::new(1, Level::from_environment()?)?;
//! let plan = Plan::gradient(&program, loss, &["net"], engine.level());
//! let mut runner = Runner::new(&engine, plan, 256, 7);
//! let mut parameters = program.layout().initialise(7);
//! let mut adam = Adam::new(parameters.len());
//! for step in 0..300 {
//!     runner.run(&parameters, step, &NoData);
//!     adam.step(&mut parameters, runner.gradient(), 0.02);
//! }
//! assert!(runner.objective() < 0.01);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adam;
mod kernels;
mod level;
pub mod limits;
mod objective;
mod parameters;
mod plan;
mod program;
mod random;
pub mod reference;
mod run;
mod work;

pub use adam::Adam;
pub use kernels::{Row, TILE};
pub use level::Level;
pub use parameters::{FileError, Init, Layout, Tensor, safetensors_file};
pub use plan::Plan;
pub use program::{Conv, Program, Recorder, Scalar, ScalarId, Var, VarId};
pub use random::{Numbers, Stream};
pub use run::{Array, Engine, Feed, NoData, Runner};
pub use work::{Kind, Profile, Work};
