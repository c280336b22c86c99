//! Runs the tests of the Python package in a virtual environment of its own, `target/python-tests`.
//!
//! Where there is no Python, or its packages cannot be installed, it says so in a line, unless `EVESDROP_REQUIRE_PYTHON` is set,
//! as `.ci/run` does. `python/requirements.txt` holds what every run takes, `python/requirements-ci.txt` also what is large: then
//! no test may be skipped, except those of PyTorch, which is larger than everything else together.

use std::collections::BTreeSet;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// Runs a command in silence; its output, as an error if it fails.
fn run(command: &mut Command) -> Result<String, String> {
    let said = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    if said.status.success() { Ok(text) } else { Err(format!("{command:?}:\n{text}")) }
}

/// Says in a line what was not tested. A macro would not do: the harness keeps its output when a test passes.
fn not_tested(what: &str) {
    io::stderr().write_all(format!("NOT TESTED: {what}\n").as_bytes()).expect("standard error");
}

/// The environment's interpreter, with the packages of `requirements` installed once.
fn environment(folder: &Path, requirements: &Path) -> Result<PathBuf, String> {
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = fs::read_to_string(requirements).expect("requirements");
    let installed = folder.join(requirements.file_name().expect("a file"));
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements))?;
    fs::write(&installed, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

/// The package with the module that was just built, which lies beside this test's program.
fn package(folder: &Path) {
    let built = std::env::current_exe().expect("this program has a path");
    let built = built.with_file_name(format!("{DLL_PREFIX}evesdrop_python{DLL_SUFFIX}"));
    let package = folder.join("evesdrop");
    let _ = fs::remove_dir_all(&package);
    fs::create_dir_all(&package).expect("a folder");
    for entry in fs::read_dir(root().join("python/evesdrop")).expect("the package") {
        let path = entry.expect("an entry").path();
        if path.is_file() && path.extension().is_some_and(|end| end != "so") {
            fs::copy(&path, package.join(path.file_name().expect("a file"))).expect("copied");
        }
    }
    let module = package.join(if cfg!(windows) { "_evesdrop.pyd" } else { "_evesdrop.abi3.so" });
    fs::copy(&built, module).expect("the module was built");
}

#[test]
fn the_python_package_passes_its_tests() {
    let required = std::env::var_os("EVESDROP_REQUIRE_PYTHON").is_some_and(|value| !value.is_empty());
    let requirements = root().join("python").join(if required { "requirements-ci.txt" } else { "requirements.txt" });
    let folder = std::env::current_exe().expect("a path").ancestors().nth(3).expect("target").join("python-tests");
    let python = match environment(&folder, &requirements) {
        Ok(python) => python,
        Err(error) if required => panic!("{error}"),
        Err(error) => {
            let reason = error.lines().last().unwrap_or_default();
            return not_tested(&format!("the Python package, for its environment could not be made: {reason}"));
        }
    };
    let site = folder.join("package");
    package(&site);
    let here = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        command.args(arguments).current_dir(root()).env("PYTHONPATH", &site).env_remove("EVESDROP_SIMD");
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        run(&mut command).unwrap_or_else(|error| panic!("{error}"))
    };
    let types = folder.join("mypy").display().to_string();
    let said = thread::scope(|scope| {
        let tests =
            scope.spawn(|| here(&["-m", "pytest", "-q", "-p", "evesdrop.pytest_plugin", "-p", "no:cacheprovider"]));
        here(&["-m", "mypy", "--cache-dir", &types]);
        tests.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let skipped = said.lines().filter(|line| line.starts_with("SKIPPED"));
    let reasons: BTreeSet<&str> = skipped.filter_map(|line| line.rsplit(": ").next()).collect();
    if !reasons.is_empty() {
        not_tested(&format!("parts of the Python package: {}", Vec::from_iter(reasons).join("; ")));
    }
}
