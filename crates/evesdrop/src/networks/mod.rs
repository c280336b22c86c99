//! Networks: functions from variables to variables, with named parameters.

mod mix_transform;

pub use mix_transform::{Initialisation, Network};
