//! Networks: functions from variables to variables, with named parameters.

mod eves;
mod mix_transform;

pub(crate) use eves::Net;
pub use mix_transform::{Initialisation, Network};
