//! Runs the tests of the page in the browser, `web/test`, where the built page, Node and Chromium are there.
//!
//! Without them one line says that the page was not tested, and why. With EVESDROP_REQUIRE_PAGE=1 that is a failure.

use std::path::Path;
use std::process::{Command, ExitCode};

/// What is missing for the tests to run.
fn missing(web: &Path) -> Option<&'static str> {
    let answers = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|ran| ran.status.success());
    if !web.join("dist/index.html").exists() {
        Some("web/dist is not built (web/build builds it)")
    } else if !web.join("node_modules/playwright-core").exists() {
        Some("web/node_modules is missing (web/build installs it)")
    } else if !answers("node") {
        Some("there is no node")
    } else if !["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .iter()
        .any(|p| Path::new(p).exists())
    {
        Some("there is no Chromium in /usr/bin")
    } else {
        None
    }
}

fn main() -> ExitCode {
    // `cargo test -- --list` and filters for tests of other names.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = |argument: &String| argument.starts_with('-') || "page".contains(argument.as_str());
    if arguments.iter().any(|argument| argument == "--list") || !arguments.iter().all(named) {
        return ExitCode::SUCCESS;
    }
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    if let Some(reason) = missing(&web) {
        println!("page: NOT TESTED: {reason}");
        let required = std::env::var_os("EVESDROP_REQUIRE_PAGE").is_some();
        return if required { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    match Command::new(web.join("test")).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("page: web/test did not start: {error}");
            ExitCode::FAILURE
        }
    }
}
