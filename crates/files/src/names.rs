//! Words quoted for a shell, and names made safe for a terminal.

use std::ffi::OsStr;

/// Quotes a word for a shell. A word that is safe without quotes is returned unchanged.
///
/// A word with control characters or invalid UTF-8 is written as `$'...'` with escapes, which bash, zsh and POSIX 2024 shells
/// read. So a printed command line never sends control characters to the terminal.
///
/// ```
/// use evesdrop_files::quoted;
/// assert_eq!(quoted("runs/a"), "runs/a");
/// assert_eq!(quoted("my runs"), "'my runs'");
/// assert_eq!(quoted("a\nb"), r"$'a\012b'");
/// ```
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let plain = word.to_str().filter(|text| !text.contains(char::is_control));
    match plain.map(shlex::try_quote) {
        Some(Ok(text)) => text.into_owned(),
        _ => escaped(word),
    }
}

/// `$'...'`: printable ASCII unchanged, every other byte as an escape.
fn escaped(word: &OsStr) -> String {
    let mut out = "$'".to_owned();
    for byte in word.as_encoded_bytes() {
        match byte {
            b'\'' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => out.push(char::from(*byte)),
            // Three octal digits are a complete escape. A hexadecimal escape would also take the digits that follow it.
            _ => out += &format!("\\{byte:03o}"),
        }
    }
    out.push('\'');
    out
}

/// Replaces each control character by `?`, so that a file name cannot control the terminal.
///
/// ```
/// assert_eq!(evesdrop_files::printable("red\u{1b}[31m.csv"), "red?[31m.csv");
/// ```
pub fn printable(name: impl AsRef<OsStr>) -> String {
    name.as_ref().to_string_lossy().replace(char::is_control, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell reads every quoted word back unchanged.
    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_word_back() {
        use std::os::unix::ffi::OsStrExt;
        let words: [&[u8]; 12] = [
            b"plain",
            b"",
            b"two words",
            b"it's",
            b"\"double\"",
            b"$HOME `id` \\",
            b"~",
            b"--flag=a,b",
            b"caf\xc3\xa9",
            b"line\nbreak",
            b"\x1b[31mred\x1b0",
            b"not \xff utf-8'",
        ];
        for word in words {
            let line = format!("printf %s {}", quoted(OsStr::from_bytes(word)));
            assert!(!line.contains(char::is_control), "{line:?}");
            let output = std::process::Command::new("bash").arg("-c").arg(&line).output().unwrap();
            assert_eq!(output.stdout, word, "{line}");
        }
    }

    #[test]
    fn plain_words_stay_plain() {
        for word in ["speck32/64:3", "runs/a", "/tmp/x.csv", "+1.5@b_c-d"] {
            assert_eq!(quoted(word), word);
        }
    }
}
