//! `evesdrop paper`: the parts that do not take minutes.

use std::fs;

use serde_json::Value;

use crate::support::say;

#[test]
fn experiments_are_listed_and_wrong_arguments_refused() {
    let listed = say("paper list").ok();
    let lines = || listed.text().lines().filter(|line| !line.starts_with(' '));
    let names: Vec<&str> = lines().filter_map(|line| line.split_whitespace().next()).collect();
    let all = "fig2 fig3 ablation lengths short-keys leaked-keys strong-eve fig4 fig6 cryptonet bits all";
    assert_eq!(names.join(" "), all);
    for name in names {
        say(&format!("paper {name} --help")).ok();
    }
    say("paper fig9").exits(2);
    say("paper fig3 --shard 3/2").exits(2);
    say("paper fig3 --scale huge").exits(2);
    let folder = tempfile::tempdir().unwrap();
    say(&format!("paper fig3 --runs 0 --out {}", folder.path().display())).refused("--runs 0: must be from 1");
    say(&format!("paper merge {0}/none --out {0}/all", folder.path().display())).refused("none/trials");
    assert!(!folder.path().join("all").exists(), "nothing is written for missing parts");
}

/// A part without trials of its own runs nothing, and shows what is finished.
#[test]
fn finished_trials_are_merged_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let empty = say(&format!("paper fig2 --shard 2/2 --json --out {}", path("a"))).ok();
    let object: Value = serde_json::from_str(empty.text().trim()).unwrap();
    assert_eq!((&object["experiment"], &object["done"], &object["trials"]), (&"fig2".into(), &0.into(), &1.into()));
    let id = "0123456789abcdef0123456789abcdef";
    let row = format!(
        "{{\"id\":\"{id}\",\"version\":\"0\",\"seed\":1,\"seconds\":1.0,\"outcome\":\"trained\",\"rounds\":1,\
         \"bob_wrong_bits\":0.0,\"eve_wrong_bits\":8.0,\"fresh_wrong_bits\":[],\"leakage\":[]}}"
    );
    fs::create_dir_all(path("a/trials")).unwrap();
    fs::write(path(&format!("a/trials/{id}.json")), &row).unwrap();
    let merge = format!("paper merge {} --out {}", path("a"), path("b"));
    assert!(say(&merge).ok().text().starts_with("1 new trial copied to "));
    assert!(say(&merge).ok().text().starts_with("0 new trials copied to "));
    assert_eq!(fs::read_to_string(path(&format!("b/trials/{id}.json"))).unwrap(), row);
    fs::write(path("a/trials/x.json"), "{}").unwrap();
    say(&merge).refused("not a trial's row");
    for end in ["md", "svg", "csv"] {
        assert!(fs::metadata(path(&format!("a/fig2-quick.{end}"))).unwrap().len() > 0);
    }
}
