"""Tempered posteriors and the slopes of their energies."""

from devdash.store.columns import INT, MAY_BE_EMPTY, POSITIVE, REAL, TEXT, VERDICT, table

TABLES = (
    table(
        "tempered",
        ("family", TEXT, "kind of system"),
        ("name", TEXT, "system"),
        ("n", REAL, "examples n", *POSITIVE),
        ("dataset", INT, "data set"),
        ("sampler", TEXT, "sampler"),
        ("chain", INT, "chain (empty: all together)", *MAY_BE_EMPTY),
        ("temperature", REAL, "temperature 1/β", *POSITIVE),
        ("energy", REAL, "E^β[nLₙ] − nLₙ(w₀) (nats)"),
        ("rhat", REAL, "R̂"),
        ("acceptance", REAL, "acceptance"),
        key="family name n dataset sampler chain temperature",
    ),
    table(
        "tempered_slope",
        ("family", TEXT, "kind of system"),
        ("name", TEXT, "system"),
        ("n", REAL, "examples n", *POSITIVE),
        ("weights", INT, "weights"),
        ("llc_theory", REAL, "λ, theory", *POSITIVE),
        ("multiplicity", INT, "multiplicity m", *MAY_BE_EMPTY),
        ("slope", REAL, "slope of E^β[nLₙ] on 1/β"),
        ("std_err", REAL, "standard error"),
        ("datasets", INT, "data sets"),
        ("rhat", REAL, "R̂"),
        VERDICT,
        key="family name n",
    ),
)
