//! Trials: their specification, how one runs, its row, and how many run together.

mod error;
mod fresh_eves;
mod group;
mod measure;
mod row;
mod run;
mod trial;

pub use error::PaperError;
pub use fresh_eves::{FreshEves, fresh_eves};
pub use group::Group;
pub(super) use group::Rows;
pub use row::Row;
pub(super) use row::{DEPTHS, Leaked};
pub use run::{Progress, Shard, merge, run};
pub use trial::{Specification, Trial};
