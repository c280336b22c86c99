//! The examples run, and the pages show the current examples.
use std::path::Path;

#[path = "../examples/own_attack.rs"]
mod own_attack;
#[path = "../examples/own_cipher.rs"]
mod own_cipher;

#[test]
fn own_cipher_falls() {
    own_cipher::main().unwrap();
}

#[test]
fn own_attack_finds_the_twin_bit() {
    own_attack::main().unwrap();
}

#[test]
fn pages_show_the_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    for page in ["docs/extend/cipher.md", "docs/extend/attack.md", "docs/test-your-cipher.md"] {
        let text = read(page);
        let shown: Vec<&str> = text.split("<!-- example: ").skip(1).collect();
        assert!(!shown.is_empty(), "{page} shows no example");
        for part in shown {
            let (file, rest) = part.split_once(" -->\n```rust\n").unwrap();
            let (code, _) = rest.split_once("```\n<!-- end of example -->").unwrap();
            assert_eq!(code, read(file), "{page} shows an older {file}: copy it there");
        }
    }
}
