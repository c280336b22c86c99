//! Options with a fixed set of names. Help and completions list them, and errors suggest the nearest.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Parses one of `names` as a `T`.
pub(super) fn choice<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::fmt::Debug> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).map(|name| name.parse().expect("the names are those that the type parses"))
}

pub(super) const PRESETS: [&str; 4] = ["fast", "paper", "released", "bits"];
pub(super) const GAMES: [&str; 4] = ["symmetric", "asymmetric", "chosen-plaintext", "selective"];
pub(super) const NETWORKS: [&str; 5] = ["paper", "released", "dense", "product", "cryptonet"];
pub(super) const EVES: [&str; 7] = ["same", "wide", "deep", "residual", "product", "quadratic", "angles"];
pub(super) const BUDGETS: [&str; 3] = ["quick", "standard", "thorough"];
pub(super) const FORMATS: [&str; 3] = ["onnx", "safetensors", "npz"];
pub(super) const SCALES: [&str; 2] = ["quick", "full"];

#[cfg(test)]
mod tests {
    use evesdrop::battery::Budget;
    use evesdrop::formats::Format;
    use evesdrop::games::{EveKind, GameKind};
    use evesdrop::networks::Network;
    use evesdrop::paper::Scale;
    use evesdrop::train::Preset;

    use super::*;

    /// The names are exactly those in the type's own error message.
    fn agree<T: FromStr<Err = String>>(names: &[&str]) {
        let error = T::from_str("?").err().expect("no name");
        let listed: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(listed, names, "{error}");
    }

    #[test]
    fn the_names_are_those_of_the_library() {
        agree::<Preset>(&PRESETS);
        agree::<GameKind>(&GAMES);
        agree::<Network>(&NETWORKS);
        agree::<EveKind>(&EVES);
        agree::<Budget>(&BUDGETS);
        agree::<Scale>(&SCALES);
        agree::<Format>(&FORMATS);
    }
}
