//! Names of enum values, shared by files and the command line.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, IntoDeserializer};

/// Parses a choice of a `kind`, such as "game", by name.
///
/// # Errors
/// If no choice has this name. The message suggests the nearest name of this kind, or lists all.
pub fn parse<T: DeserializeOwned>(kind: &str, name: &str) -> Result<T, String> {
    let unknown = |error: Error| suggesting(&error.to_string()).replacen("unknown variant", &format!("no {kind}"), 1);
    T::deserialize(name.into_deserializer()).map_err(unknown)
}

/// The most similar of `names`, if it is similar enough to be a misspelling.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    // One slip counts whatever the length. Jaro's limit is that of the command line's parser for options.
    let slip = |name: &str| strsim::osa_distance(&typed, name) <= 1;
    let similarity = |name: &str| if slip(name) { 1.0 } else { strsim::jaro(&typed, name) };
    let similar = names.into_iter().map(|name| (similarity(name), name)).filter(|(similarity, _)| *similarity > 0.7);
    similar.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// Serde's message about an unknown name, with the nearest of the names that it lists instead of all of them.
pub(crate) fn suggesting(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next().filter(|_| message.starts_with("unknown "));
    match unknown.and_then(|name| nearest(name, quoted)) {
        Some(meant) => {
            let (what, _) = message.split_once("`, expected").unwrap_or((message, ""));
            format!("{what}`: did you mean `{meant}`?")
        }
        None => message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;
    use crate::games::GameKind;

    #[test]
    fn the_error_for_an_unknown_name_suggests_the_nearest_or_lists_all() {
        assert_eq!("chosen-plaintext".parse(), Ok(GameKind::ChosenPlaintext));
        let error = |name: &str| name.parse::<GameKind>().unwrap_err();
        assert_eq!(
            error("chess"),
            "no game `chess`, expected one of `symmetric`, `asymmetric`, `chosen-plaintext`, `selective`"
        );
        assert_eq!(error("chosen_plaintxt"), "no game `chosen_plaintxt`: did you mean `chosen-plaintext`?");
        assert_eq!(error("Asymmetric"), "no game `Asymmetric`: did you mean `asymmetric`?");
    }

    #[test]
    fn only_similar_names_are_near() {
        let names = ["one-time-pad", "xor", "aes-128", "chacha20"];
        for (typed, meant) in [("one-time-pda", "one-time-pad"), ("aes128", "aes-128"), ("XOR", "xor"), ("xro", "xor")]
        {
            assert_eq!(nearest(typed, names), Some(meant));
        }
        for typed in ["", "des", "rot13", "caesar", "runs/a"] {
            assert_eq!(nearest(typed, names), None, "{typed}");
        }
    }
}
