//! Names of enum values, shared by files and the command line.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, IntoDeserializer};

/// Parses a choice of a `kind`, such as "game", by name.
///
/// # Errors
/// If no choice has this name. The message lists the names of this kind.
pub fn parse<T: DeserializeOwned>(kind: &str, name: &str) -> Result<T, String> {
    let unknown = |error: Error| error.to_string().replacen("unknown variant", &format!("no {kind}"), 1);
    T::deserialize(name.into_deserializer()).map_err(unknown)
}

#[cfg(test)]
mod tests {
    use crate::games::GameKind;

    #[test]
    fn the_error_for_an_unknown_name_lists_the_known_ones() {
        assert_eq!("chosen-plaintext".parse(), Ok(GameKind::ChosenPlaintext));
        let error = "chess".parse::<GameKind>().unwrap_err();
        assert_eq!(
            error,
            "no game `chess`, expected one of `symmetric`, `asymmetric`, `chosen-plaintext`, `selective`"
        );
    }
}
