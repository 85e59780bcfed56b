"""Trials of the estimator on systems whose value is known (benchmarks/coverage)."""

from devdash.store.columns import FLAG, REAL, TEXT, VERDICT, table

TABLES = (
    table(
        "coverage",
        ("sampler", TEXT, "sampler"),
        ("family", TEXT, "family of systems"),
        ("system", TEXT, "system"),
        ("part", TEXT, "half of the systems"),
        ("setting", TEXT, "chains"),
        ("good", FLAG, "good setting"),
        ("llc_theory", REAL, "λ, theory"),
        ("llc_exact", REAL, "exact value at this n, nβ and γ"),
        ("exact_error", REAL, "error of the exact value"),
        ("llc", REAL, "λ̂"),
        ("std_err", REAL, "error that covers step, minibatch and Monte Carlo"),
        VERDICT,
        key="sampler system setting",
    ),
)
