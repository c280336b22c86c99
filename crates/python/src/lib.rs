//! The native half of the Python package `evesdrop`.
//!
//! It holds what must be fast or must not be written twice: training, ciphers, attacks and sweeps, on arrays of one type each. The Python
//! half (`python/evesdrop`) turns what users give into those types and gives results their form. While Rust works, the
//! interpreter's lock is released, and Ctrl-C is looked for every `watch::LOOK`.
mod arrays;
mod attack;
mod cipher;
mod errors;
mod events;
mod function;
mod sweep;
mod training;
mod watch;

use pyo3::prelude::*;

#[pymodule]
mod _evesdrop {
    use super::*;

    #[pymodule_export]
    use super::attack::{Report, attack};
    #[pymodule_export]
    use super::cipher::Target;
    #[pymodule_export]
    use super::events::EventFile;
    #[pymodule_export]
    use super::sweep::{Sweep, run_trial};
    #[pymodule_export]
    use super::training::Training;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
