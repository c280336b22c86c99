//! The book's pages show the compiled examples.

#[test]
fn the_pages_show_the_examples() {
    for (page, example) in [
        (include_str!("../../../docs/extend/game.md"), include_str!("../examples/own_game.rs")),
        (include_str!("../../../docs/extend/network.md"), include_str!("../examples/own_network.rs")),
    ] {
        assert!(page.contains(example), "copy the example to the page:\n{example}");
    }
}
