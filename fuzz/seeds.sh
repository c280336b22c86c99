#!/bin/sh
# Creates fuzz/seeds/: small complete files for the targets to start from. Run it again when a format changes.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
evesdrop() { cargo run --quiet --release --manifest-path ../Cargo.toml --bin evesdrop -- "$@"; }

cat >"$work/easy.toml" <<'TOML'
preset = "released"
batch = 256
learning-rate = 0.004
eve-steps = 1
evaluate-every = 50
bob-goal = 0.4
eve-goal = 0.0
give-up = 1500
TOML
# The sizes that the targets know.
evesdrop train --out "$work/run" --config "$work/easy.toml" --bits 6 --key-bits 6
evesdrop keygen "$work/key"
printf 'attack at dawn' >"$work/plain"
evesdrop encrypt --model "$work/run" --key-file "$work/key" "$work/plain" "$work/secret"

rm -rf seeds
mkdir -p seeds/settings seeds/model seeds/checkpoint seeds/encrypted
cp "$work/easy.toml" "$work/run/config.toml" seeds/settings/
cp "$work/run/model.safetensors" seeds/model/
cp "$work/run/checkpoint.safetensors" seeds/checkpoint/
cp "$work/secret" seeds/encrypted/whole
# The precision, then the content between header and tag.
size=$(wc -c <"$work/secret")
{
    dd if="$work/secret" bs=1 skip=10 count=1
    dd if="$work/secret" bs=1 skip=68 count=$((size - 100))
} 2>/dev/null >seeds/encrypted/body
