//! The text of a specification: where things stand in it, and changes from a command line.

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::SweepError;

/// The line of the entry at `path`, from 1; of the last part of the path that is there.
pub(super) fn line(text: &str, path: &[&str]) -> usize {
    let Ok(table) = DeTable::parse(text) else { return 1 };
    let (mut table, mut at) = (table.into_inner(), 0);
    for name in path {
        let Some((key, value)) = table.into_iter().find(|(key, _)| key.get_ref() == name) else { break };
        at = key.span().start;
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The values of `NAME=VALUE,VALUE...`, each as TOML; a bare word is a text.
pub(super) fn assignment(text: &str) -> Result<(String, Vec<Value>), SweepError> {
    let wrong = |why: &str| SweepError::Set(format!("--set {text}: {why}"));
    let (name, values) = text.split_once('=').ok_or_else(|| wrong("write NAME=VALUE or NAME=VALUE,VALUE,..."))?;
    let values: Vec<Value> = split(values).into_iter().map(value).collect();
    if values.iter().any(|value| value.as_str() == Some("")) {
        return Err(wrong("a value is missing"));
    }
    Ok((name.trim().to_owned(), values))
}

fn value(text: &str) -> Value {
    let text = text.trim();
    let table = format!("value = {text}").parse::<Table>().ok();
    table.and_then(|mut table| table.remove("value")).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Parts between commas that stand in no brackets and no quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut start, mut parts) = (0, None, 0, vec![]);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A value as labels and tables show it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join("+"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_have_values_of_every_kind() {
        let values = |text: &str| assignment(text).unwrap().1.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(values("a.b=1,2,3"), ["1", "2", "3"]);
        assert_eq!(values("a=fast,paper"), ["\"fast\"", "\"paper\""]);
        assert_eq!(values("a=0.5,1e-3,true"), ["0.5", "0.001", "true"]);
        assert_eq!(values("eves=[\"same\"],[\"same\",\"wide\"]"), ["[\"same\"]", "[\"same\", \"wide\"]"]);
        assert_eq!(assignment("x").unwrap_err().to_string(), "--set x: write NAME=VALUE or NAME=VALUE,VALUE,...");
        assert_eq!(assignment("x=1,").unwrap_err().to_string(), "--set x=1,: a value is missing");
    }

    #[test]
    fn lines_are_found_through_tables_and_dots() {
        let text = "seeds = 2\n\n[grid]\nbits = [8]\nselective.tolerance = [1]\n[settings.selective]\neve-weight = 1\n";
        assert_eq!(line(text, &["grid", "bits"]), 4);
        assert_eq!(line(text, &["grid", "selective", "tolerance"]), 5);
        assert_eq!(line(text, &["settings", "selective", "eve-weight"]), 7);
        assert_eq!(line(text, &["grid", "none"]), 3);
        assert_eq!(line(text, &["none"]), 1);
    }
}
