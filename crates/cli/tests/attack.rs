//! Black-box tests of `evesdrop attack`.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// The command with its own cache.
fn attack(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("evesdrop"));
    command.env("XDG_CACHE_HOME", cache).env_remove("NO_COLOR").arg("attack").args(arguments);
    command
}

/// Its output, given this exit code.
fn printed(cache: &Path, arguments: &[&str], code: i32) -> String {
    let output = attack(cache, arguments).assert().code(code).get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap()
}

fn error(cache: &Path, arguments: &[&str]) -> String {
    let output = attack(cache, arguments).assert().code(2).get_output().clone();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.stdout.is_empty(), "{text}");
    text
}

#[test]
fn a_weak_cipher_is_broken_and_the_report_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report");
    let arguments = ["xor", "--only", "linear,correlation", "--json", "--out", out.to_str().unwrap()];
    let report = json(&printed(folder.path(), &arguments, 0));
    assert_eq!((&report["verdict"], &report["target"]), (&Value::from("BROKEN"), &Value::from("xor")));
    let controls = report["controls"].as_array().unwrap();
    assert_eq!(controls.len(), 4);
    assert!(controls.iter().any(|control| control["target"] == "aes-128" && control["verdict"] == "NOTHING_FOUND"));
    assert_eq!(report, serde_json::from_slice::<Value>(&fs::read(out.join("report.json")).unwrap()).unwrap());
    for file in ["report.html", "report.md", "junit.xml", "breaks/linear/replay.sh", "breaks/linear/recovered.txt"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    // A second run has the same findings, apart from their durations.
    let again = json(&printed(folder.path(), &arguments, 0));
    let kept = |report: &Value| report["controls"].as_array().unwrap().iter().all(|control| control["cached"] == true);
    assert_eq!((kept(&report), kept(&again)), (false, true), "the report says which controls were not run again");
    let facts = |report: &Value| -> Vec<Value> {
        report["findings"].as_array().unwrap().iter().map(|f| f["summary"].clone()).collect()
    };
    assert_eq!(facts(&report), facts(&again));
}

/// Findings from before a program's failure are kept. A program that fails at once leaves nothing.
#[cfg(unix)]
#[test]
fn a_program_that_fails_late_leaves_a_partial_report() {
    let folder = tempfile::tempdir().unwrap();
    let fails_after = |batches: u32| {
        let count = folder.path().join("count");
        fs::write(&count, "").unwrap();
        let (out, file) = (folder.path().join(format!("report{batches}")), count.display());
        let program = format!(
            "exec:test $(wc -c < {file}) -lt {batches} || {{ printf '\\033[31mboom' >&2; exit 9; }}; printf x >> {file}; cut -d' ' -f2"
        );
        let only = "self-test,linear,avalanche";
        let arguments = [&program, "--block-bits", "16", "--key-bits", "16", "--only", only, "--json", "--out"];
        let output = attack(folder.path(), &arguments).arg(&out).assert().code(2).get_output().clone();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("failed (exit status: 9)") && error.contains(r"\u{1b}[31mboom"), "{error}");
        (String::from_utf8(output.stdout).unwrap(), out)
    };
    let (said, out) = fails_after(20);
    let report = json(&said);
    assert_eq!(report["verdict"], "BROKEN");
    assert!(report["failure"].as_str().unwrap().contains("boom"));
    assert!(out.join("report.html").is_file());
    let (said, out) = fails_after(1);
    assert!(said.is_empty() && !out.exists(), "{said}");
}

#[test]
fn fail_on_decides_the_exit_code() {
    let cache = tempfile::tempdir().unwrap();
    printed(cache.path(), &["xor", "--only", "linear", "--fail-on", "broken"], 3);
    printed(cache.path(), &["biased-pad", "--only", "correlation", "--fail-on", "weakness"], 3);
    printed(cache.path(), &["biased-pad", "--only", "correlation", "--fail-on", "broken"], 0);
    printed(cache.path(), &["one-time-pad", "--only", "correlation,linear", "--fail-on", "weakness"], 0);
}

#[test]
fn output_in_a_pipe_is_plain_and_shows_the_controls() {
    let cache = tempfile::tempdir().unwrap();
    let text = printed(cache.path(), &["one-time-pad", "--only", "correlation,linear"], 0);
    assert!(text.starts_with("NOTHING FOUND WITHIN THIS BUDGET  one-time-pad"), "{text}");
    assert!(text.contains("MISUSE") && text.contains("Controls: one-time-pad right") && !text.contains('\u{1b}'));
    assert!(!text.to_lowercase().contains("secure"));
}

#[test]
fn controls_are_cached_a_damaged_cache_is_ignored_and_a_wrong_control_comes_first() {
    let cache = tempfile::tempdir().unwrap();
    let run = || printed(cache.path(), &["xor", "--only", "linear", "--fail-on", "broken"], 3);
    assert!(run().starts_with("BROKEN"));
    let files: Vec<_> = fs::read_dir(cache.path().join("evesdrop")).unwrap().map(|f| f.unwrap().path()).collect();
    assert_eq!(files.len(), 4);
    let aes = files.iter().find(|file| fs::read_to_string(file).unwrap().contains("aes-128")).unwrap();
    let kept = fs::read_to_string(aes).unwrap();
    // The findings without their durations.
    let findings = |text: &str| {
        let mut cached: Value = serde_json::from_str(text).unwrap();
        cached["findings"].as_array_mut().unwrap().iter_mut().for_each(|finding| finding["seconds"] = 0.into());
        cached
    };
    // The cache is trusted: a finding against AES makes the report invalid.
    fs::write(aes, kept.replace("\"NOTHING_FOUND\"", "\"BROKEN\"")).unwrap();
    let text = run();
    assert!(text.starts_with("INVALID") && text.contains("Control aes-128 has the wrong result"), "{text}");
    for damage in ["", "{", "{\"key\":1}"] {
        fs::write(aes, damage).unwrap();
        assert!(run().starts_with("BROKEN"));
    }
    assert_eq!(findings(&fs::read_to_string(aes).unwrap()), findings(&kept));
    // If no cache can be written, the controls run each time.
    fs::remove_dir_all(cache.path().join("evesdrop")).unwrap();
    fs::write(cache.path().join("evesdrop"), "a file in the way").unwrap();
    assert!(run().starts_with("BROKEN"));
}

#[test]
fn usage_errors_are_one_line_and_exit_with_2() {
    let cache = tempfile::tempdir().unwrap();
    let one_line = |arguments: &[&str], word: &str| {
        let text = error(cache.path(), arguments);
        assert!(text.starts_with("evesdrop: ") && text.lines().count() == 1 && text.contains(word), "{text}");
    };
    one_line(&["rot13"], "speck32/64[:R]");
    one_line(&["speck32/46:7"], "did you mean `speck32/64:7`?");
    one_line(&["exce:./it now", "--block-bits", "16"], "attack 'exec:./it now'?");
    one_line(&["xor", "--only", "magic"], "`magic`");
    one_line(&["xor", "--only", "linear, magic"], "no attack `magic`");
    one_line(&["xor", "--only", "leekage"], "no attack `leekage`: did you mean `leakage`?");
    one_line(&["exec:cat"], "--block-bits N --key-bits K");
    one_line(&["csv:/no/such/file"], "/no/such/file");
    one_line(&["xor", "--block-bits", "16"], "--block-bits");
    one_line(&[cache.path().to_str().unwrap()], "model.safetensors");
    let file = cache.path().join("file");
    fs::write(&file, "").unwrap();
    one_line(&["xor", "--only", "linear", "--out", file.join("x").to_str().unwrap()], "file/x");
    one_line(&["xor", "--only", "linear", "--out", file.to_str().unwrap()], "is a file");
    one_line(&["xor", "--only", "linear", "--out", cache.path().to_str().unwrap()], "other than an earlier report");
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1);
    one_line(&["csv:"], "needs a file");
    one_line(&["xor", "--decrypt", "cat"], "--decrypt goes with exec: targets");
    #[cfg(unix)]
    one_line(&["csv:/dev/zero"], "longer than");
    one_line(&["exec:cat", "--block-bits", "many", "--key-bits", "8"], "--block-bits");
    assert!(error(cache.path(), &["xor", "--budget", "huge"]).contains("[possible values: quick, standard, thorough]"));
    one_line(&[], "name a TARGET: the folder of a training run, a built-in cipher");
    one_line(&["--budget", "quick"], "name a TARGET");
}

#[test]
fn a_forgotten_exec_or_csv_gives_the_corrected_command() {
    let cache = tempfile::tempdir().unwrap();
    let program = evesdrop_files::quoted(assert_cmd::cargo::cargo_bin!("evesdrop"));
    let says = |arguments: &[&str], command: &str| {
        let text = error(cache.path(), arguments);
        assert!(text.contains(&format!("{program} attack {command}\n")), "{text}");
    };
    let exec = "'exec:python3 it.py' --block-bits N --key-bits K";
    says(&["python3 it.py"], exec);
    says(&["python3 it.py", "--block-bits", "64"], &exec.replace('N', "64"));
    says(&["/no/such/file.csv"], "csv:/no/such/file.csv");
    let script = cache.path().join("cipher.py");
    fs::write(&script, "").unwrap();
    let script = script.to_str().unwrap();
    says(&[script], &format!("exec:{script} --block-bits N --key-bits K"));
    // A misspelt name is neither.
    assert!(error(cache.path(), &["speck32/64:x "]).contains("is no number of rounds"));
    assert!(error(cache.path(), &["spek32/64"]).contains("no target `spek32/64`"));
}

#[test]
fn the_list_names_attacks_and_targets() {
    let cache = tempfile::tempdir().unwrap();
    let text = printed(cache.path(), &["--list"], 0);
    for word in ["key-search", "leakage", "speck32/64[:R]", "biased-pad", "exec:COMMAND"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn a_trained_cipher_leaks_every_message() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut train = Command::new(assert_cmd::cargo::cargo_bin!("evesdrop"));
    train.args(["train", "--bits", "8", "--seed", "2", "--out"]).arg(&run).assert().code(0);
    let output = attack(folder.path(), &[run.to_str().unwrap(), "--only", "key-search", "--json"]).assert().code(0);
    let (text, screen) = (&output.get_output().stdout, &output.get_output().stderr);
    let report = json(&String::from_utf8_lossy(text));
    let finding = &report["findings"][0];
    assert_eq!((&report["verdict"], &report["key_use"]), (&Value::from("BROKEN"), &Value::from("one-time")));
    assert_eq!((&finding["threat_model"], &finding["misuse"]), (&Value::from("known-algorithm"), &Value::from(false)));
    assert_eq!(finding["recovered"].as_array().unwrap().len(), 32);
    assert_eq!(String::from_utf8_lossy(screen).matches("learned ciphers protect nothing").count(), 1);
    // For the pad every key stays consistent.
    let pad = json(&printed(folder.path(), &["one-time-pad:8", "--only", "key-search", "--json"], 0));
    let details = pad["findings"].as_array().unwrap().iter().find(|finding| finding["misuse"] == false).unwrap();
    assert!(details["summary"].as_str().unwrap().starts_with("all 256 keys stay consistent"), "{details}");
}

#[test]
fn recorded_rows_are_attacked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let row = |i: u32| format!("{:04x},{:04x}\n", i * 40_503 % 65_536, (i * 40_503 % 65_536) ^ 0xa5c3);
    fs::write(&file, format!("plaintext,ciphertext\n{}", (0..400).map(row).collect::<String>())).unwrap();
    let target = format!("csv:{}", file.display());
    let report = json(&printed(folder.path(), &[&target, "--only", "linear,key-search", "--json"], 0));
    assert_eq!(report["verdict"], "BROKEN");
    assert_eq!(report["not_run"][0]["attack"], "key-search");
}

/// Programs as targets, and stopping them.
#[cfg(unix)]
mod programs {
    use super::*;
    use std::process::{Command as Plain, Stdio};
    use std::time::{Duration, Instant};

    /// Repeating-key XOR in shell arithmetic.
    const SHELL: &str = "while read k p; do printf '%04x\\n' $((0x$p ^ 0x${k}${k})); done";

    #[test]
    fn a_program_is_attacked() {
        let cache = tempfile::tempdir().unwrap();
        let target = format!("exec:{SHELL}");
        let arguments = [&target, "--block-bits", "16", "--key-bits", "8", "--only", "linear", "--json"];
        let report = json(&printed(cache.path(), &arguments, 0));
        assert_eq!((&report["verdict"], &report["key_use"]), (&Value::from("BROKEN"), &Value::from("reusable")));
        assert!(report["allowance"].as_u64().unwrap() > 0);
        let text = error(cache.path(), &["exec:echo zz", "--block-bits", "16", "--key-bits", "8"]);
        assert!(text.contains("`zz`") && text.lines().count() == 1, "{text}");
    }

    #[test]
    fn a_second_program_decrypts() {
        let cache = tempfile::tempdir().unwrap();
        let target = format!("exec:{SHELL}");
        let sizes = ["--block-bits", "16", "--key-bits", "8", "--only", "self-test", "--json"];
        let report = json(&printed(cache.path(), &[&[&target[..], "--decrypt", SHELL], &sizes[..]].concat(), 0));
        let finding = &report["findings"][0];
        let details = finding["details"].to_string();
        assert!(details.contains("yes, every message") && details.contains("16 of 16: anyone can change"), "{details}");
        assert!(finding["replay"].as_str().unwrap().contains(" --decrypt "), "{}", finding["replay"]);
    }

    #[test]
    fn an_interrupted_run_reports_what_did_not_run() {
        // The program is killed both while it answers and while it hangs.
        for work in [&format!("sleep 0.05; {SHELL}"), "sleep 600 & sleep 600"] {
            interrupt(work);
        }
    }

    fn interrupt(work: &str) {
        let folder = tempfile::tempdir().unwrap();
        let (started, out) = (folder.path().join("started"), folder.path().join("report"));
        let target = format!("exec:touch '{}'; {work}", started.display());
        let mut child = Plain::new(assert_cmd::cargo::cargo_bin!("evesdrop"))
            .args(["attack", &target, "--block-bits", "16", "--key-bits", "8", "--out"])
            .arg(&out)
            .env("XDG_CACHE_HOME", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !started.exists() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        Plain::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
        let not_run = report["not_run"].as_array().unwrap();
        for name in ["structure", "controls"] {
            assert!(not_run.iter().any(|n| n["attack"] == name && n["kind"] == "interrupted"), "{not_run:?}");
        }
        assert_eq!(report["verdict"], "INCONCLUSIVE");
        assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("stopped early"));
    }
}

/// docs/verdicts.md has one line for each attack, and for nothing else.
#[test]
fn every_attack_is_described() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verdicts.md")).unwrap();
    let table = page.split("## What each attack does").nth(1).unwrap().split("\n## ").next().unwrap();
    let described: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let listed = evesdrop::attacks::all();
    let mut names: Vec<&str> = listed.iter().map(|attack| attack.name()).collect();
    names.sort_unstable();
    let mut sorted = described.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, names);
}
