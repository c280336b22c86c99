//! Runs the tests of the Python package in a virtual environment of its own, `target/python-tests`.
//!
//! Where there is no Python, or its packages cannot be installed, it says so in a line, unless `EVESDROP_REQUIRE_PYTHON` is set,
//! as `.ci/run` does. `python/requirements.txt` holds what every run takes, `python/requirements-ci.txt` also what is large: then
//! no test may be skipped.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// Runs a command in silence; its output, if it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let said = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = || String::from_utf8_lossy(&[said.stdout.clone(), said.stderr.clone()].concat()).into_owned();
    if said.status.success() { Ok(()) } else { Err(format!("{command:?}:\n{}", text())) }
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
            // Not with a macro, whose output the harness keeps when a test passes.
            let line = format!("NOT TESTED: the Python package, for its environment could not be made: {reason}\n");
            io::stderr().write_all(line.as_bytes()).expect("standard error");
            return;
        }
    };
    let site = folder.join("package");
    package(&site);
    let here = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        command.args(arguments).current_dir(root()).env("PYTHONPATH", &site).env_remove("EVESDROP_SIMD");
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        run(&mut command).unwrap_or_else(|error| panic!("{error}"));
    };
    here(&["-m", "mypy", "--cache-dir", &folder.join("mypy").display().to_string()]);
    here(&["-m", "pytest", "-q", "-p", "evesdrop.pytest_plugin", "-p", "no:cacheprovider"]);
}
