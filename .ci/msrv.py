"""Checks that no dependency asks for a newer Rust than the workspace promises (`rust-version` in Cargo.toml)."""

import json
import subprocess
import sys


def version(text):
    return tuple(int(part) for part in (text + ".0.0").split(".")[:3])


metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version=1", "--locked"]))
promised = {package["rust_version"] for package in metadata["packages"] if package["id"] in metadata["workspace_members"]}
assert len(promised) == 1, f"the crates of the workspace promise different versions: {promised}"
promised = promised.pop()
newer = [
    f"{package['name']} {package['version']} needs Rust {package['rust_version']}"
    for package in metadata["packages"]
    if package["rust_version"] and version(package["rust_version"]) > version(promised)
]
print(f"{len(metadata['packages'])} packages; the workspace promises Rust {promised}")
sys.exit("\n".join(newer) or 0)
