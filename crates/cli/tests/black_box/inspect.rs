//! `evesdrop inspect`.

use std::fs;

use crate::support::{eight, no_leftovers, say};

#[test]
fn inspect_prints_a_table_a_picture_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let model = eight().model();
    let picture = folder.path().join("alice.svg");
    let line = format!("inspect {} --samples 500 --out {}", model.display(), picture.display());
    let table = say(&line).ok();
    assert_eq!(table.stderr.matches("warning: learned ciphers protect nothing").count(), 1);
    assert!(table.text().contains("8 plaintext bits and 8 key bits"), "{table:?}");
    assert!(table.text().lines().all(|line| line.chars().count() <= 100 || line.starts_with("Heat maps: ")));
    let svg = fs::read_to_string(&picture).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    let json = say(&format!("{line} --json")).ok();
    let json: serde_json::Value = serde_json::from_str(json.text()).unwrap();
    assert_eq!(json["moves"]["key"]["mean_change"].as_array().unwrap().len(), 8);
    assert_eq!(fs::read_to_string(&picture).unwrap(), svg);
    no_leftovers(folder.path());
}

#[test]
fn bad_input_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let model = eight().model();
    let model = model.display();
    say(&format!("inspect {path}/none")).refused("none: No such file");
    say(&format!("inspect {path}")).refused("no model.safetensors");
    fs::write(folder.path().join("model.safetensors"), b"damaged").unwrap();
    say(&format!("inspect {path}")).refused(&path.to_string());
    say(&format!("inspect {model} --samples 127")).refused("samples 127: must be from 128 to 65536");
    say(&format!("inspect {model} --samples 65537")).refused("samples 65537");
    say(&format!("inspect {model} --out {model}/model.safetensors")).refused("must end in .svg");
    // The figures are printed even if the picture cannot be written.
    fs::create_dir(folder.path().join("x.svg")).unwrap();
    for picture in ["no/x.svg", "x.svg"] {
        let ran = say(&format!("inspect {model} --samples 128 --out {path}/{picture}"));
        assert!(ran.text().contains("8 plaintext bits and 8 key bits"), "{ran:?}");
        ran.refused("the picture cannot be written");
        let ran = say(&format!("inspect {model} --samples 128 --json --out {path}/{picture}"));
        serde_json::from_str::<serde_json::Value>(ran.text()).unwrap();
        ran.refused("the picture cannot be written");
    }
    no_leftovers(folder.path());
}
