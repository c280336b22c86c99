"""Golden p-values of SP 800-22's tests from other implementations.

    pip install sp80022suite==0.0.8 nistrng==1.2.3 numpy scipy "setuptools<80" cython
    python tools/oracles/sp80022.py > crates/attack/src/tools/statistics/golden.tsv

sp80022suite is NIST's own C program as a Python extension, nistrng an independent rewrite in Python. The sequences come
from splitmix64 (G. Steele, D. Lea & C. Flood, OOPSLA 2014), most significant bit first, so any language can reproduce
them. `biased` is the OR of two such sequences in every 64th bit.
"""

import importlib.metadata
import sys

import numpy
import sp80022suite as nist
from nistrng import SP800_22R1A_BATTERY, run_by_name_battery

MASK = (1 << 64) - 1


def splitmix64(seed, count):
    bits = []
    while len(bits) < count:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        bits.extend(z >> (63 - i) & 1 for i in range(64))
    return bits[:count]


def sequence(kind, seed, count):
    bits = splitmix64(seed, count)
    if kind == "biased":
        other = splitmix64(seed + 1000, count)
        bits = [a | b if i % 64 == 0 else a for i, (a, b) in enumerate(zip(bits, other))]
    return bits


def serial_length(n):
    return min(16, max(2, n.bit_length() - 1 - 3))


def entropy_length(n):
    return min(10, max(1, n.bit_length() - 1 - 6))


def row(*fields):
    print("\t".join(str(f) if not isinstance(f, float) else f"{f:.9g}" for f in fields))


def by_nist(name, n, bits):
    data = bytes(bits)
    row(*name, "nist", "frequency", nist.frequency(data))
    row(*name, "nist", "block frequency", nist.block_frequency(128, data))
    row(*name, "nist", "runs", nist.runs(data))
    row(*name, "nist", "longest run of ones", nist.longest_run_of_ones(data))
    row(*name, "nist", "spectral", nist.discrete_fourier_transform(data))
    # These three functions return the smallest of their p-values.
    row(*name, "nist", "cumulative sums", nist.cumulative_sums(data))
    row(*name, "nist", "serial", nist.serial(serial_length(n), data))
    row(*name, "nist", "approximate entropy", nist.approximate_entropy(entropy_length(n), data))
    if n >= 38912:
        row(*name, "nist", "matrix rank", nist.rank(data))
    if n >= 387840:
        row(*name, "nist", "universal", nist.universal(data))
    if n >= 1_000_000:
        row(*name, "nist", "overlapping template", nist.overlapping_template_matchings(9, data))
        row(*name, "nist", "linear complexity", nist.linear_complexity(500, data))
        # These reject a walk that rarely returns to zero, such as the biased one.
        if name[0] == "fair":
            row(*name, "nist", "random excursions", nist.random_excursions(data))
            row(*name, "nist", "random excursions variant", nist.random_excursions_variant(data))


OTHER = {
    "monobit": "frequency",
    "runs": "runs",
    "longest_run_ones_in_a_block": "longest run of ones",
    "binary_matrix_rank": "matrix rank",
    "dft": "spectral",
    "maurers_universal": "universal",
    "cumulative sums": "cumulative sums",
    "random_excursion": "random excursions",
    "random_excursion_variant": "random excursions variant",
}


def by_nistrng(name, bits):
    array = numpy.array(bits, dtype=numpy.int8)
    for theirs, ours in OTHER.items():
        try:
            done = run_by_name_battery(theirs, array, SP800_22R1A_BATTERY)
            row(*name, "nistrng", ours, "-" if done is None else float(done[0].score))
        except Exception as error:  # a failure of the library is a result to record
            row(*name, "nistrng", ours, f"{type(error).__name__}")


def main():
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("sp80022suite", "nistrng", "numpy", "scipy"))
    print(f"# made by tools/oracles/sp80022.py with {versions}, Python {sys.version.split()[0]}")
    print("# sequence\tseed\tbits\timplementation\ttest\tp-value (the smallest, where a test has several)")
    for kind, seed, n in [
        ("fair", 1, 1000),
        ("fair", 2, 10_007),
        ("fair", 3, 131_072),
        ("biased", 4, 131_072),
        ("fair", 5, 1_048_576),
        ("fair", 6, 1_048_576),
        ("biased", 7, 1_000_000),
    ]:
        bits = sequence(kind, seed, n)
        by_nist((kind, seed, n), n, bits)
        # nistrng takes minutes for a million bits.
        if n <= 131_072:
            by_nistrng((kind, seed, n), bits)


if __name__ == "__main__":
    main()
