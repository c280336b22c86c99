//! Settings in TOML: read and checked, or refused in one line. Accepted settings survive their own file.
#![no_main]

use evesdrop::train::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Settings::from_toml(text).and_then(|settings| settings.check()) {
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
        Ok(config) => {
            let again = Settings::from_toml(&config.to_toml()).and_then(|settings| settings.check());
            assert_eq!(again, Ok(config));
        }
    }
});
