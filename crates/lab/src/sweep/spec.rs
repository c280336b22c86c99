//! The specification of a sweep, and the trials that follow from it.

use evesdrop_learn::train::{Config, ConfigError, Settings};
use toml::{Table, Value};

use super::text::{assignment, line, shown};
use super::values::Draw;
use crate::paper::{Group, Trial};

/// Trials of a sweep at most.
const MOST: usize = 1_000_000;

/// Why a specification cannot be used; one line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SweepError {
    /// A line of the file.
    #[error("line {line}: {message}")]
    Spec {
        /// From 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A `--set` of the command line.
    #[error("{0}")]
    Set(String),
    /// A combination of values that makes no game.
    #[error("{label}: {error}")]
    Config {
        /// The group.
        label: String,
        /// What is wrong.
        error: ConfigError,
    },
}

/// A sweep: every combination of the values of its grid and of its random samples, each with every seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    axes: Vec<String>,
    values: Vec<Vec<String>>,
    groups: Vec<Group>,
}

/// What a file says, with the changes of the command line.
struct Spec<'a> {
    text: &'a str,
    seeds: Vec<u64>,
    keep_going: bool,
    settings: Table,
    grid: Vec<(String, Vec<Value>)>,
    random: Vec<(String, Draw)>,
    samples: u64,
    random_seed: u64,
}

impl Sweep {
    /// Reads a specification in TOML, with changes as `--set` takes them: `NAME=VALUE` fixes a setting, `NAME=VALUE,VALUE,...` makes it
    /// part of the grid; `seeds` and `keep-going` are names too.
    ///
    /// # Errors
    /// With the line, for what is not TOML, not a setting, or a value that a setting cannot have.
    pub fn parse(text: &str, set: &[String]) -> Result<Self, SweepError> {
        let mut spec = Spec::read(text)?;
        for change in set {
            spec.set(change)?;
        }
        spec.sweep()
    }

    /// The settings that differ between groups: those of the grid, then the random ones.
    pub fn axes(&self) -> &[String] {
        &self.axes
    }

    /// For each group the values of the [axes](Self::axes), as tables show them.
    pub fn values(&self) -> &[Vec<String>] {
        &self.values
    }

    /// The groups, as [`crate::paper::run`] takes them.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// All trials, group after group.
    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.groups.iter().flat_map(|group| &group.trials)
    }
}

impl<'a> Spec<'a> {
    fn read(text: &'a str) -> Result<Self, SweepError> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            SweepError::Spec { line, message: error.message().lines().collect::<Vec<_>>().join(" ") }
        })?;
        let mut spec = Self {
            text,
            seeds: vec![1],
            keep_going: false,
            settings: Table::new(),
            grid: vec![],
            random: vec![],
            samples: 0,
            random_seed: 1,
        };
        for (name, value) in &table {
            match (name.as_str(), value) {
                ("seeds", value) => spec.seeds = seeds(value).map_err(|why| spec.at(&[name], why))?,
                ("keep-going", Value::Boolean(keep_going)) => spec.keep_going = *keep_going,
                ("settings", Value::Table(settings)) => {
                    for (path, value) in flat(settings, &|_| false) {
                        spec.check("settings", &path, &value)?;
                        insert(&mut spec.settings, &path, value);
                    }
                }
                ("grid", Value::Table(grid)) => spec.read_grid(grid)?,
                ("random", Value::Table(random)) => spec.read_random(random)?,
                ("keep-going", _) => return Err(spec.at(&[name], "write keep-going = true or false")),
                ("settings" | "grid" | "random", _) => {
                    return Err(spec.at(&[name], format!("write [{name}] as a table")));
                }
                _ => {
                    let message =
                        format!("unknown name `{name}`: there are seeds, keep-going, [settings], [grid], [random]");
                    return Err(spec.at(&[name], message));
                }
            }
        }
        spec.refuse_repeated()?;
        Ok(spec)
    }

    /// A setting stands in one of `[settings]`, `[grid]` and `[random]`.
    fn refuse_repeated(&self) -> Result<(), SweepError> {
        let settings = flat(&self.settings, &|_| false);
        let fixed = |path: &str| settings.iter().any(|(name, _)| name == path).then_some("settings");
        let in_grid = |path: &str| self.grid.iter().any(|(name, _)| name == path).then_some("grid");
        let grid = self.grid.iter().map(|(path, _)| ("grid", path, fixed(path)));
        let random = self.random.iter().map(|(path, _)| ("random", path, fixed(path).or_else(|| in_grid(path))));
        for (part, path, other) in grid.chain(random) {
            if let Some(other) = other {
                return Err(self.at(&places(part, path), format!("{path} also stands in [{other}]: write it once")));
            }
        }
        Ok(())
    }

    fn read_grid(&mut self, grid: &Table) -> Result<(), SweepError> {
        for (path, value) in flat(grid, &|_| false) {
            let values = value.as_array().filter(|values| !values.is_empty()).cloned();
            let values = values.ok_or_else(|| self.at(&places("grid", &path), "write the values as a list: [1, 2]"))?;
            for value in &values {
                self.check("grid", &path, value)?;
            }
            self.grid.push((path, values));
        }
        Ok(())
    }

    fn read_random(&mut self, random: &Table) -> Result<(), SweepError> {
        let draws = |table: &Table| table.contains_key("low") || table.contains_key("choice");
        for (path, value) in flat(random, &draws) {
            let here = |why: String| self.at(&places("random", &path), why);
            match path.as_str() {
                "samples" | "seed" => {
                    let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
                    let number = number.filter(|number| path == "seed" || (1..=MOST as u64).contains(number));
                    let number =
                        number.ok_or_else(|| here(format!("{path} = {value}: must be a whole number above 0")))?;
                    if path == "seed" { self.random_seed = number } else { self.samples = number }
                }
                _ => {
                    let draw = Draw::read(&value).map_err(here)?;
                    for sample in 0..3 {
                        self.check("random", &path, &draw.draw(1, &path, sample))?;
                    }
                    self.random.push((path, draw));
                }
            }
        }
        if self.random.is_empty() == (self.samples > 0) {
            let why = "[random] needs both samples = N and settings with ranges";
            return Err(self.at(&["random"], why));
        }
        Ok(())
    }

    fn set(&mut self, change: &str) -> Result<(), SweepError> {
        let (name, values) = assignment(change)?;
        let wrong = |why: String| SweepError::Set(format!("--set {change}: {why}"));
        match (name.as_str(), &values[..]) {
            ("seeds", [one]) => self.seeds = seeds(one).map_err(wrong)?,
            ("seeds", _) => self.seeds = seeds(&Value::Array(values)).map_err(wrong)?,
            ("keep-going", [Value::Boolean(keep_going)]) => self.keep_going = *keep_going,
            ("keep-going", _) => return Err(wrong("write true or false".into())),
            _ => {
                for value in &values {
                    setting(&name, value).map_err(wrong)?;
                }
                self.grid.retain(|(other, _)| *other != name);
                self.random.retain(|(other, _)| *other != name);
                if let [value] = &values[..] {
                    insert(&mut self.settings, &name, value.clone());
                } else {
                    self.grid.push((name, values));
                }
            }
        }
        Ok(())
    }

    /// Whether the setting at `path` exists and takes a value of this kind.
    fn check(&self, part: &str, path: &str, value: &Value) -> Result<(), SweepError> {
        setting(path, value).map_err(|why| self.at(&places(part, path), why))
    }

    fn at(&self, path: &[&str], message: impl Into<String>) -> SweepError {
        SweepError::Spec { line: line(self.text, path), message: message.into() }
    }

    fn sweep(self) -> Result<Sweep, SweepError> {
        let samples = if self.random.is_empty() { 1 } else { self.samples };
        let sizes = self.grid.iter().map(|(_, values)| values.len());
        let points = sizes.chain([samples as usize]).try_fold(1usize, usize::checked_mul);
        let Some(points) = points.filter(|points| points.saturating_mul(self.seeds.len()) <= MOST) else {
            return Err(self.at(&[], format!("more than {MOST} trials")));
        };
        let axes = self.grid.iter().map(|(name, _)| name).chain(self.random.iter().map(|(name, _)| name));
        let mut sweep = Sweep { axes: axes.cloned().collect(), values: vec![], groups: vec![] };
        for point in 0..points {
            // The last axis changes fastest.
            let (sample, mut rest) = (point as u64 % samples, point / samples as usize);
            let mut chosen: Vec<Value> = vec![];
            for (_, values) in self.grid.iter().rev() {
                chosen.insert(0, values[rest % values.len()].clone());
                rest /= values.len();
            }
            chosen.extend(self.random.iter().map(|(name, draw)| draw.draw(self.random_seed, name, sample)));
            let mut settings = self.settings.clone();
            let named: Vec<String> = sweep.axes.iter().zip(&chosen).map(|(n, v)| format!("{n}={}", shown(v))).collect();
            sweep.axes.iter().zip(&chosen).for_each(|(name, value)| insert(&mut settings, name, value.clone()));
            let label = if named.is_empty() { "all".into() } else { named.join(" ") };
            let trials = self.trials(&settings).map_err(|error| SweepError::Config { label: label.clone(), error })?;
            sweep.values.push(chosen.iter().map(shown).collect());
            sweep.groups.push(Group { label, x: point as f64, trials });
        }
        Ok(sweep)
    }

    fn trials(&self, settings: &Table) -> Result<Vec<Trial>, ConfigError> {
        let settings = Settings::from_toml(&settings.to_string())?;
        let seeded = |seed: &u64| Settings { seed: Some(*seed), ..settings.clone() }.check();
        self.seeds.iter().map(seeded).map(|config: Result<Config, _>| Ok(trial(config?, self.keep_going))).collect()
    }
}

/// The trial of a sweep with this configuration.
pub(super) fn trial(config: Config, keep_going: bool) -> Trial {
    Trial::new(config, |specification| specification.keep_going = keep_going)
}

/// `5`: the seeds 1 to 5; a list: those.
fn seeds(value: &Value) -> Result<Vec<u64>, String> {
    let one = |value: &Value| value.as_integer().and_then(|seed| u64::try_from(seed).ok());
    let seeds = match value {
        Value::Integer(count) => (1..=u64::try_from(*count).unwrap_or(0)).take(MOST + 1).collect(),
        Value::Array(values) => values.iter().map(one).collect::<Option<Vec<u64>>>().unwrap_or_default(),
        _ => vec![],
    };
    if seeds.is_empty() { Err(format!("seeds = {value}: write how many, or a list of them")) } else { Ok(seeds) }
}

/// Entries with their dotted paths; inner tables are walked unless `whole` says that they are values.
fn flat(table: &Table, whole: &dyn Fn(&Table) -> bool) -> Vec<(String, Value)> {
    let mut entries = vec![];
    for (name, value) in table {
        match value {
            Value::Table(inner) if !whole(inner) => {
                let inner = flat(inner, whole).into_iter();
                entries.extend(inner.map(|(rest, value)| (format!("{name}.{rest}"), value)));
            }
            _ => entries.push((name.clone(), value.clone())),
        }
    }
    entries
}

fn places<'p>(part: &'p str, path: &'p str) -> Vec<&'p str> {
    [part].into_iter().chain(path.split('.')).collect()
}

/// Puts a value at a dotted path.
fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(table.insert(path.to_owned(), value)),
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// Whether there is such a setting with a value of such a kind.
fn setting(path: &str, value: &Value) -> Result<(), String> {
    if path == "seed" {
        return Err("seed: write seeds = N, or a list of seeds, at the top".into());
    }
    let mut table = Table::new();
    insert(&mut table, path, value.clone());
    match Settings::from_toml(&table.to_string()) {
        Err(ConfigError::Toml { message, .. }) => Err(message),
        Err(other) => Err(other.to_string()),
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str, set: &[&str]) -> Vec<String> {
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        Sweep::parse(text, &set).unwrap().groups.into_iter().map(|group| group.label).collect()
    }

    const GRID: &str =
        "seeds = [3, 5]\n[settings]\nmax-rounds = 10\n[grid]\nbits = [8, 16]\npreset = [\"fast\", \"paper\"]\n";

    #[test]
    fn a_grid_has_every_combination() {
        let all = ["bits=8 preset=fast", "bits=8 preset=paper", "bits=16 preset=fast", "bits=16 preset=paper"];
        assert_eq!(labels(GRID, &[]), all);
        let sweep = Sweep::parse(GRID, &[]).unwrap();
        assert_eq!((sweep.trials().count(), sweep.axes()), (8, &["bits".to_owned(), "preset".to_owned()][..]));
        let settings = &sweep.groups[1].trials[1].specification.settings;
        assert_eq!((settings.seed, settings.bits, settings.max_rounds), (Some(5), Some(8), Some(10)));
        let mut ids: Vec<&str> = sweep.trials().map(|trial| trial.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 8);
        assert_eq!(labels("", &[]), ["all"]);
    }

    #[test]
    fn the_command_line_changes_what_the_file_says() {
        assert_eq!(labels(GRID, &["bits=4"]), ["preset=fast", "preset=paper"]);
        assert_eq!(labels(GRID, &["preset=paper", "key-bits=1,2", "bits=4"]), ["key-bits=1", "key-bits=2"]);
        let sweep = Sweep::parse(GRID, &["seeds=4".into(), "keep-going=true".into()]).unwrap();
        assert_eq!(sweep.trials().count(), 16);
        assert!(sweep.trials().all(|trial| trial.specification.keep_going));
        let selective = "[settings]\ngame = \"selective\"\n";
        assert_eq!(labels(selective, &["selective.tolerance=0.1,0.2"]).len(), 2);
    }

    #[test]
    fn random_settings_follow_from_their_seed() {
        let text = "[random]\nsamples = 5\nbatch = { low = 64, high = 4096, log = true }\nlearning-rate = { low = 0.001, high = 0.01 }\n";
        let first = labels(text, &[]);
        assert_eq!((first.len(), labels(text, &[])), (5, first.clone()));
        assert_ne!(labels(&text.replace("samples", "seed = 2\nsamples"), &[]), first);
        let more = labels(&text.replace("samples = 5", "samples = 9"), &[]);
        assert_eq!(more[..5], first, "more samples leave the first as they were");
        assert_eq!(labels(text, &["bits=8,16"]).len(), 10, "every sample in every cell of the grid");
    }

    #[test]
    fn errors_name_the_line() {
        let said = |text: &str| Sweep::parse(text, &[]).unwrap_err().to_string();
        assert!(said("seeds = 2\n[settings]\nbitz = 8").starts_with("line 3: unknown field `bitz`"));
        assert_eq!(said("[settings]\n\nkey_bits = 8"), "line 3: unknown field `key_bits`: did you mean `key-bits`?");
        assert!(said("[grid]\nbits = [8, \"many\"]").starts_with("line 2: invalid type: string"));
        assert_eq!(said("[grid]\nbits = 8"), "line 2: write the values as a list: [1, 2]");
        assert_eq!(said("[grid]\nbits = [3]"), "bits=3: bits = 3: must be from 4 to 256");
        assert!(said("seed = 8").starts_with("line 1: unknown name `seed`: there are seeds"));
        assert!(said("[settings]\nseed = 8").starts_with("line 2: seed: write seeds"));
        assert!(said("seeds = 0").starts_with("line 1: seeds = 0"));
        assert!(said("seeds =").starts_with("line 1: "));
        assert!(said("[random]\nsamples = 3").starts_with("line 1: [random] needs both"));
        assert!(said("\n[random]\nbatch = { low = 2, high = 1 }\nsamples = 1").starts_with("line 3: low must"));
        assert!(said("[random]\nsamples = 0\nbatch = { low = 1, high = 2 }").starts_with("line 2: samples = 0"));
        assert!(said("[settings.selective]\nwrong = 1").starts_with("line 2: unknown field `wrong`"));
        assert_eq!(said("seeds = 1000001"), "line 1: more than 1000000 trials");
        let set = |text: &str| Sweep::parse("", &[text.to_owned()]).unwrap_err().to_string();
        assert!(set("bitz=8").starts_with("--set bitz=8: unknown field `bitz`"));
        assert!(set("bits=many").starts_with("--set bits=many: invalid type"));
        assert!(set("seed=8").contains("write seeds"));
        assert_eq!(set("keep-going=1"), "--set keep-going=1: write true or false");
        let twice = said("[settings]\nbits = 8\n[grid]\nbits = [4, 8]");
        assert_eq!(twice, "line 4: bits also stands in [settings]: write it once");
        let drawn = "[grid]\nbatch = [1, 2]\n[random]\nsamples = 1\nbatch = { low = 1, high = 2 }";
        assert_eq!(said(drawn), "line 5: batch also stands in [grid]: write it once");
    }
}
