//! A folder as a cache of findings on controls.
use super::controls::{ControlCache, ControlKey};
use crate::report::Finding;
use evesdrop_files::{read_at_most, write_atomically};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Maximum size of a cached file in bytes.
const LARGEST: u64 = 1 << 22;

/// Findings on controls, one file each in a folder. The size and modification time of the running program are part of the key,
/// to detect changes without a new version.
#[derive(Clone, Debug)]
pub struct FolderCache(pub PathBuf);

/// A file of the cache.
#[derive(Serialize, Deserialize)]
struct Cached {
    key: ControlKey,
    program: Option<(u64, u64)>,
    findings: Vec<Finding>,
}

impl FolderCache {
    /// The user's cache: `evesdrop` in `XDG_CACHE_HOME`, or in `.cache` of the home folder; `None` if neither is set.
    pub fn of_user() -> Option<Self> {
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
        cache.map(|cache| Self(cache.join("evesdrop")))
    }

    /// The file for this key.
    fn file(&self, key: &ControlKey) -> Option<PathBuf> {
        let name = blake3::hash(&serde_json::to_vec(&(key, program())).ok()?).to_hex();
        Some(self.0.join(format!("control-{}.json", &name[..32])))
    }
}

impl ControlCache for FolderCache {
    /// A file that is damaged or belongs to another key is ignored.
    fn get(&self, key: &ControlKey) -> Option<Vec<Finding>> {
        let bytes = read_at_most(&self.file(key)?, LARGEST).ok()?;
        let cached: Cached = serde_json::from_slice(&bytes).ok()?;
        (cached.key == *key && cached.program == program()).then_some(cached.findings)
    }

    fn put(&self, key: &ControlKey, findings: &[Finding]) {
        let cached = Cached { key: key.clone(), program: program(), findings: findings.to_vec() };
        if let (Some(file), Ok(text)) = (self.file(key), serde_json::to_vec(&cached)) {
            let _ = std::fs::create_dir_all(&self.0).and_then(|()| write_atomically(&file, &text));
        }
    }
}

/// Size and modification time of the running program, the latter in seconds.
fn program() -> Option<(u64, u64)> {
    let data = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let changed = data.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((data.len(), changed.as_secs()))
}
