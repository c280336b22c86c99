//! The values that a setting takes: listed, or drawn at random.

use evesdrop_engine::Stream;
use toml::{Table, Value};

/// How a setting of `[random]` is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Draw {
    /// Uniform whole numbers, both ends included; uniform in the logarithm, if so said.
    Whole { low: i64, high: i64, log: bool },
    /// Real numbers, likewise.
    Real { low: f64, high: f64, log: bool },
    /// One of these.
    Choice(Vec<Value>),
}

impl Draw {
    /// Reads `{ low = 1, high = 10 }`, with or without `log = true`, or `{ choice = [...] }`.
    ///
    /// # Errors
    /// In words.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let usage = "write { low = 1, high = 10 }, perhaps with log = true, or { choice = [1, 2] }";
        let table = value.as_table().ok_or(usage)?;
        if let Some(choice) = table.get("choice") {
            let values = choice.as_array().filter(|values| !values.is_empty() && table.len() == 1).ok_or(usage)?;
            return Ok(Self::Choice(values.clone()));
        }
        Self::range(table).ok_or(usage)?.checked()
    }

    fn range(table: &Table) -> Option<Self> {
        if table.keys().any(|key| !["low", "high", "log"].contains(&key.as_str())) {
            return None;
        }
        let log = table.get("log").map_or(Some(false), Value::as_bool)?;
        let (low, high) = (table.get("low")?, table.get("high")?);
        if let (Some(low), Some(high)) = (low.as_integer(), high.as_integer()) {
            return Some(Self::Whole { low, high, log });
        }
        let real = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
        Some(Self::Real { low: real(low)?, high: real(high)?, log })
    }

    fn checked(self) -> Result<Self, String> {
        let (low, high, log) = match self {
            Self::Whole { low, high, log } => (low as f64, high as f64, log),
            Self::Real { low, high, log } => (low, high, log),
            Self::Choice(_) => return Ok(self),
        };
        match () {
            () if !(low.is_finite() && high.is_finite() && low < high) => Err("low must be below high".into()),
            () if log && low <= 0.0 => Err("log = true needs low above 0".into()),
            () => Ok(self),
        }
    }

    /// Sample number `sample` of the setting `name`. Each setting has a stream of its own: another setting changes none of its draws.
    pub(super) fn draw(&self, seed: u64, name: &str, sample: u64) -> Value {
        let u = Stream::new(seed, &format!("sweep {name}")).at(sample, 0).uniform();
        let between = |low: f64, high: f64, log: bool| {
            if log {
                libm::exp(libm::log(low) + u * (libm::log(high) - libm::log(low)))
            } else {
                low + u * (high - low)
            }
        };
        match self {
            Self::Whole { low, high, log } => {
                let x = between(*low as f64, *high as f64 + 1.0, *log);
                Value::Integer((x as i64).clamp(*low, *high))
            }
            // Six digits: what a table shows is what was used.
            Self::Real { low, high, log } => {
                let x = format!("{:.5e}", between(*low, *high, *log)).parse::<f64>().expect("a number");
                Value::Float(x.clamp(*low, *high))
            }
            Self::Choice(values) => values[((u * values.len() as f64) as usize).min(values.len() - 1)].clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Draw, String> {
        Draw::read(&format!("x = {text}").parse::<Table>().unwrap()["x"])
    }

    #[test]
    fn draws_lie_in_their_range_and_reach_its_ends() {
        let draws = |text: &str| (0..2000).map(|i| read(text).unwrap().draw(1, "x", i)).collect::<Vec<_>>();
        let whole: Vec<i64> = draws("{ low = 4, high = 7 }").iter().map(|v| v.as_integer().unwrap()).collect();
        for value in 4..=7 {
            let count = whole.iter().filter(|x| **x == value).count();
            assert!((400..600).contains(&count), "{value}: {count}");
        }
        let real: Vec<f64> =
            draws("{ low = 1e-4, high = 1e-2, log = true }").iter().map(|v| v.as_float().unwrap()).collect();
        let below = real.iter().filter(|x| **x < 1e-3).count();
        assert!((900..1100).contains(&below), "half lie below the geometric middle: {below}");
        assert!(real.iter().all(|x| (1e-4..=1e-2).contains(x)));
        let words = draws("{ choice = [\"a\", \"b\"] }");
        assert!(words.contains(&Value::from("a")) && words.contains(&Value::from("b")));
        assert_ne!(
            read("{ low = 0, high = 1000 }").unwrap().draw(1, "x", 0),
            read("{ low = 0, high = 1000 }").unwrap().draw(2, "x", 0)
        );
    }

    #[test]
    fn what_is_no_range_is_said() {
        assert_eq!(read("{ low = 2, high = 1 }").unwrap_err(), "low must be below high");
        assert_eq!(read("{ low = 0, high = 1, log = true }").unwrap_err(), "log = true needs low above 0");
        for text in
            ["3", "{ low = 1 }", "{ choice = [] }", "{ low = 1, high = 2, step = 1 }", "{ low = \"a\", high = 2 }"]
        {
            assert!(read(text).unwrap_err().starts_with("write { low"), "{text}");
        }
    }
}
