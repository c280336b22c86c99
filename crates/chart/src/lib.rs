//! Charts as SVG: lines, points, strips of points and heat maps, written without a plotting library.
//!
//! Every chart is one self-contained document. It has its own background, follows the reader's light or dark setting, uses
//! colours that colour-blind readers can tell apart, and is byte-identical for the same data. Values that cannot be shown (NaN,
//! infinities, zero on a logarithmic axis) leave a gap. A chart without data is an empty frame with a note. Nothing here
//! panics.
//!
//! ```
//! use evesdrop_chart::{Axis, Chart, Series};
//!
//! let svg = Chart::new("Learning to protect a message", Axis::linear("rounds"), Axis::linear("wrong bits"))
//!     .series(Series::line("Bob", vec![(0.0, 8.0), (1000.0, 2.1), (2000.0, 0.04)]))
//!     .series(Series::line("Eve", vec![(0.0, 8.0), (1000.0, 6.3), (2000.0, 7.6)]))
//!     .level(8.0, "chance")
//!     .to_svg();
//! assert!(svg.starts_with("<svg "));
//! ```
mod axis;
mod frame;
mod heat;
mod learning;
mod strip;
mod svg;
mod xy;

pub use axis::{Axis, Scale};
pub use heat::{HeatMap, Shades};
pub use learning::{EstimatePoint, LearningPoint, estimate_curve, learning_curve};
pub use strip::{Strip, StripPlot};
pub use xy::{Chart, Series};

#[cfg(test)]
mod tests;
