//! Networks: functions from variables to variables, with named parameters.

mod crypto_net;
mod eves;
mod mix_transform;

pub use crypto_net::RoundedSums;
pub(crate) use crypto_net::normalise;
pub use eves::EveNetwork;
pub(crate) use eves::products_of_two;
pub use mix_transform::{Initialisation, Network};
