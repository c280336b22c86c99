//! The names of choices: those that files have for them serve the command line too.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, IntoDeserializer};

/// The choice called `name`. The error says which there are of its `kind`.
pub fn parse<T: DeserializeOwned>(kind: &str, name: &str) -> Result<T, String> {
    let unknown = |error: Error| error.to_string().replacen("unknown variant", &format!("no {kind}"), 1);
    T::deserialize(name.into_deserializer()).map_err(unknown)
}

#[cfg(test)]
mod tests {
    use crate::games::GameKind;

    #[test]
    fn an_unknown_name_is_answered_with_those_there_are() {
        assert_eq!("chosen-plaintext".parse(), Ok(GameKind::ChosenPlaintext));
        let error = "chess".parse::<GameKind>().unwrap_err();
        assert_eq!(
            error,
            "no game `chess`, expected one of `symmetric`, `asymmetric`, `chosen-plaintext`, `selective`"
        );
    }
}
