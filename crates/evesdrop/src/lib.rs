//! Evesdrop trains learned ciphers and attacks them, or any cipher that you bring.
pub use evesdrop_attack::{attacks, battery, ciphers, report};
pub use evesdrop_chart as chart;
pub use evesdrop_engine as engine;
pub use evesdrop_files::abandon_unfinished_files;
pub use evesdrop_lab::{bench, demo, paper};
pub use evesdrop_learn::{envelope, games, inspect, learned, model, networks, run, train};
