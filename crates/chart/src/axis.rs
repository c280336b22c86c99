//! Axes: mapping from values to pixels, and ticks at round numbers.

/// How an axis maps values to positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Scale {
    /// Equal distances for equal differences.
    #[default]
    Linear,
    /// Equal distances for equal ratios. Values of zero and below cannot be shown and leave a gap.
    Log,
}

/// One axis of a chart: its title, its scale, and its range unless that follows from the data.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Axis {
    pub(crate) title: String,
    pub(crate) scale: Scale,
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) ticks: Vec<f64>,
}

impl Axis {
    /// A linear axis whose range follows the data.
    pub fn linear(title: impl Into<String>) -> Self {
        Self { title: title.into(), scale: Scale::Linear, range: None, ticks: Vec::new() }
    }

    /// A logarithmic axis whose range follows the data.
    pub fn log(title: impl Into<String>) -> Self {
        Self { title: title.into(), scale: Scale::Log, range: None, ticks: Vec::new() }
    }

    /// Fixes the range instead of taking it from the data. The call has no effect if the range is empty, not finite, or not
    /// positive on a logarithmic axis.
    pub fn range(mut self, low: f64, high: f64) -> Self {
        let placeable = self.scale == Scale::Linear || low > 0.0;
        self.range = (low.is_finite() && high.is_finite() && low < high && placeable).then_some((low, high));
        self
    }

    /// Puts ticks at these values only, which suits data with few distinct values. The range covers them. Values that the axis
    /// cannot show are ignored; if none is left, ticks are at round numbers.
    pub fn ticks(mut self, values: impl IntoIterator<Item = f64>) -> Self {
        let placeable = |v: &f64| v.is_finite() && v.abs() < 1e15 && (self.scale == Scale::Linear || *v > 0.0);
        self.ticks = values.into_iter().filter(placeable).collect();
        self.ticks.sort_by(f64::total_cmp);
        self.ticks.dedup();
        self
    }
}

/// A tick: a position on the axis and its label (none for a minor tick).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: Option<String>,
}

/// An axis with its data range and its position in pixels.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    scale: Scale,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    pub(crate) ticks: Vec<Tick>,
}

impl Placed {
    /// Places `axis` between the pixels `from` and `to`, covering `values`. `wanted` is the approximate number of ticks.
    pub(crate) fn new(axis: &Axis, values: impl Iterator<Item = f64>, from: f64, to: f64, wanted: usize) -> Self {
        let values = values.chain(axis.ticks.iter().copied());
        let (low, high) = axis.range.unwrap_or_else(|| data_range(axis.scale, values));
        let (low, high, ticks) = match axis.scale {
            _ if !axis.ticks.is_empty() => (low, high, given_ticks(&axis.ticks)),
            Scale::Linear => linear_ticks(low, high, wanted.max(2), axis.range.is_some()),
            Scale::Log => log_ticks(low, high, wanted.max(2)),
        };
        Self { scale: axis.scale, low, high, from, to, ticks }
    }

    /// The pixel of a value; `None` if the axis cannot show it.
    pub(crate) fn at(&self, value: f64) -> Option<f64> {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log if value > 0.0 => (value / self.low).ln() / (self.high / self.low).ln(),
            Scale::Log => return None,
        };
        share.is_finite().then(|| self.from + share.clamp(-1e3, 1e3) * (self.to - self.from))
    }

    /// The value nearest to `value` within the axis' range.
    pub(crate) fn clamp(&self, value: f64) -> f64 {
        value.clamp(self.low, self.high)
    }

    /// As [`Placed::at`], but only for values within the axis' range.
    pub(crate) fn inside(&self, value: f64) -> Option<f64> {
        let slack = 1e-9 * (self.high - self.low);
        (value >= self.low - slack && value <= self.high + slack).then(|| self.at(value)).flatten()
    }
}

/// Smallest and largest value that can be shown, widened if there are fewer than two.
fn data_range(scale: Scale, values: impl Iterator<Item = f64>) -> (f64, f64) {
    let usable = values.filter(|v| v.is_finite() && v.abs() < 1e300 && (scale == Scale::Linear || *v > 0.0));
    let (low, high) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    match scale {
        _ if low < high && (high - low) > 1e-12 * high.abs() => (low, high),
        Scale::Linear if low.is_finite() && low != 0.0 => (low - low.abs() / 2.0, low + low.abs() / 2.0),
        Scale::Log if low.is_finite() => (low / 2.0, low * 2.0),
        Scale::Linear => (0.0, 1.0),
        Scale::Log => (1.0, 10.0),
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let lead = rough / power;
    // The slack keeps a step of exactly 2 from becoming 5 through rounding.
    let nice = [1.0, 2.0, 5.0, 10.0].into_iter().find(|n| lead <= n * (1.0 + 1e-9)).unwrap_or(10.0);
    nice * power
}

/// Ticks at multiples of 1, 2 or 5 times a power of ten. The range is widened to whole ticks unless it is `fixed`.
fn linear_ticks(low: f64, high: f64, wanted: usize, fixed: bool) -> (f64, f64, Vec<Tick>) {
    let step = round_step((high - low) / wanted as f64);
    let (mut first, mut last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
    let (low, high) = if fixed {
        (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        (low, high)
    } else {
        (first * step, last * step)
    };
    let count = (last - first).clamp(0.0, 1000.0) as usize;
    let largest = low.abs().max(high.abs());
    let ticks = (0..=count)
        .map(|i| {
            let value = (first + i as f64) * step;
            Tick { value, label: Some(number(value, step, largest)) }
        })
        .collect();
    (low, high, ticks)
}

/// Ticks at given values, with as many decimals as needed to tell neighbours apart.
fn given_ticks(values: &[f64]) -> Vec<Tick> {
    let step = values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let whole = values.iter().all(|v| v.fract() == 0.0);
    let step = if whole { 1.0 } else { step.min(1.0) / 10.0 };
    let unit = |value: f64| if value.abs() < 1e6 { value.abs().min(9999.0) } else { value.abs() };
    let label = |&value: &f64| Tick { value, label: Some(number(value, step, unit(value))) };
    values.iter().map(label).collect()
}

/// Ticks at powers of ten, also at 1, 2 and 5 if the range is short, with unlabelled ticks in between.
fn log_ticks(low: f64, high: f64, wanted: usize) -> (f64, f64, Vec<Tick>) {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let decades = (high / low).log10();
    let every = ((decades / wanted as f64).ceil() as i32).max(1);
    // All labels of an axis use one notation.
    let label = |value| {
        if low < 1e-4 || high >= 1e15 { power(value) } else { number(value, value, value) }
    };
    let mut ticks = Vec::new();
    for exponent in first..=last {
        for lead in 1..10 {
            let value = f64::from(lead) * 10f64.powi(exponent);
            if value < low * (1.0 - 1e-9) || value > high * (1.0 + 1e-9) {
                continue;
            }
            let labelled = match lead {
                1 => exponent.rem_euclid(every) == 0,
                2 | 5 => decades * 3.0 <= wanted as f64,
                _ => decades < 0.7,
            };
            if labelled || every == 1 {
                ticks.push(Tick { value, label: labelled.then(|| label(value)) });
            }
        }
    }
    (low, high, ticks)
}

/// A number as printed on an axis: `step` sets the decimals, `largest` sets the unit (ones, thousands or millions).
pub(crate) fn number(value: f64, step: f64, largest: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let (unit, suffix) = match largest {
        l if !(1e-4..1e15).contains(&l) => return power(value),
        l if l >= 1e12 => (1e12, "T"),
        l if l >= 1e9 => (1e9, "G"),
        l if l >= 1e6 => (1e6, "M"),
        l if l >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let decimals = (-((step / unit).log10() + 1e-9).floor()).clamp(0.0, 8.0) as usize;
    let text = format!("{:.decimals$}", value / unit).replace('-', "−");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match text.len().checked_sub(3) {
        Some(thousands @ 1..=3) if unit == 1.0 && decimals == 0 && value > 0.0 => {
            format!("{},{}", &text[..thousands], &text[thousands..])
        }
        _ => text.to_owned() + suffix,
    }
}

/// Scientific notation with raised digits, for numbers too large or too small to write out.
fn power(value: f64) -> String {
    let exponent = (value.abs().log10() + 1e-9).floor();
    let lead = value / 10f64.powf(exponent);
    let raised: String = format!("{exponent}")
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            d => char::from_u32('⁰' as u32 + d.to_digit(10).unwrap_or(0)).unwrap_or(d),
        })
        .collect();
    if (lead - 1.0).abs() < 1e-9 {
        format!("10{raised}")
    } else {
        format!("{lead:.1}·10{raised}").replace(".0·", "·")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, values: &[f64]) -> Vec<String> {
        let placed = Placed::new(axis, values.iter().copied(), 0.0, 100.0, 6);
        placed.ticks.into_iter().filter_map(|t| t.label).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(labels(&Axis::linear(""), &[0.0, 7.94]), ["0", "2", "4", "6", "8"]);
        assert_eq!(labels(&Axis::linear(""), &[-0.03, 0.11]), ["−0.05", "0", "0.05", "0.1", "0.15"]);
        assert_eq!(labels(&Axis::linear(""), &[0.0, 14_700.0]), ["0", "5k", "10k", "15k"]);
        assert_eq!(labels(&Axis::linear(""), &[0.0, 6000.0])[1], "1,000");
        assert_eq!(labels(&Axis::linear(""), &[0.0, 2.4e6]), ["0", "0.5M", "1M", "1.5M", "2M", "2.5M"]);
    }

    #[test]
    fn log_ticks_are_powers_of_ten() {
        let axis = Axis::log("");
        assert_eq!(labels(&axis, &[1024.0, 1_048_576.0]), ["10k", "100k", "1M"]);
        assert_eq!(labels(&axis, &[1.0, 1000.0]), ["1", "10", "100", "1,000"]);
        assert_eq!(labels(&axis, &[3.0, 60.0]), ["5", "10", "20", "50"]);
        assert_eq!(labels(&axis, &[1e-6, 1e-2]), ["10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²"]);
        assert!(labels(&axis, &[1e-30, 1e30]).len() <= 7);
    }

    #[test]
    fn an_axis_without_data_has_a_range() {
        for axis in [Axis::linear(""), Axis::log("")] {
            for values in [&[][..], &[f64::NAN], &[f64::INFINITY, -1.0], &[0.0], &[5.0], &[5.0, 5.0], &[1e-320, 1e299]]
            {
                let placed = Placed::new(&axis, values.iter().copied(), 0.0, 100.0, 6);
                assert!(placed.ticks.len() < 200, "{values:?}");
                assert!(placed.at(1.0).is_none_or(f64::is_finite));
            }
        }
    }

    #[test]
    fn pixels_are_in_proportion() {
        let linear = Placed::new(&Axis::linear("").range(0.0, 10.0), std::iter::empty(), 0.0, 100.0, 6);
        assert_eq!(linear.at(5.0), Some(50.0));
        assert_eq!(linear.inside(11.0), None);
        let log = Placed::new(&Axis::log("").range(1.0, 100.0), std::iter::empty(), 0.0, 100.0, 6);
        assert!((log.at(10.0).unwrap_or(0.0) - 50.0).abs() < 1e-9);
        assert_eq!(log.at(0.0), None);
    }
}
