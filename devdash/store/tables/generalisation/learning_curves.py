"""Generalisation errors and their fits of c/n."""

from devdash.store.columns import INT, POSITIVE, REAL, TEXT, table

TABLES = (
    table(
        "generalisation_error",
        ("family", TEXT, "kind of system"),
        ("name", TEXT, "system"),
        ("method", TEXT, "predictive"),
        ("n", REAL, "examples n", *POSITIVE),
        ("repeat", INT, "data set"),
        ("value", REAL, "G (nats; empty: not finite)"),
        ("rhat", REAL, "R̂"),
        key="family name method n repeat",
    ),
    table(
        "generalisation_fit",
        ("family", TEXT, "kind of system"),
        ("name", TEXT, "system"),
        ("method", TEXT, "predictive"),
        ("weights", INT, "weights"),
        ("llc_theory", REAL, "λ, theory"),
        ("coefficient", REAL, "coefficient of 1/n"),
        ("std_err", REAL, "standard error"),
        ("reported", REAL, "the authors' coefficient, reported (unverified)"),
        key="name method",
    ),
)
