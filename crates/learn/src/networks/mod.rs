//! Networks: functions from variables to variables, with named parameters.

mod crypto_net;
mod eves;
mod mix_transform;
mod product;

pub use crypto_net::RoundedSums;
pub(crate) use crypto_net::normalise;
pub use eves::EveNetwork;
pub(crate) use eves::products_of_two;
pub use mix_transform::{Initialisation, Network};
pub use product::Xor;
pub(crate) use product::xors;
