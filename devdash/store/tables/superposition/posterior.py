"""The posterior over n: phases, crossings, the sampler's populations."""

from devdash.store.columns import INT, POSITIVE, REAL, TEXT, table

TABLES = (
    table(
        "occupancy_sample",
        ("features", INT, "features c"),
        ("scale", REAL, "observation scale s"),
        ("n", INT, "examples n"),
        ("dataset", INT, "data set"),
        ("population", INT, "population"),
        ("kgon", TEXT, "phase"),
        ("share", REAL, "share of the posterior"),
    ),
    table(
        "occupancy",
        ("features", INT, "features c"),
        ("scale", REAL, "observation scale s"),
        ("n", INT, "examples n"),
        ("kgon", TEXT, "phase"),
        ("share", REAL, "share of the posterior"),
        ("low", REAL, "low (95 %)"),
        ("high", REAL, "high (95 %)"),
    ),
    table(
        "smc",
        ("features", INT, "features c"),
        ("scale", REAL, "observation scale s"),
        ("n", INT, "examples n"),
        ("dataset", INT, "data set"),
        ("population", INT, "population"),
        ("particles", INT, "particles"),
        ("temperatures", INT, "temperatures"),
        ("acceptance", REAL, "acceptance"),
        ("ess", REAL, "smallest effective share"),
        ("ancestors", INT, "surviving ancestors"),
        ("log_evidence", REAL, "log evidence"),
        key="features scale n dataset population",
    ),
    table(
        "crossing",
        ("features", INT, "features c"),
        ("scale", REAL, "observation scale s"),
        ("from_kgon", TEXT, "from"),
        ("to_kgon", TEXT, "to"),
        ("source", TEXT, "source"),
        ("n", REAL, "critical n", *POSITIVE),
        ("low", REAL, "low (95 %)"),
        ("high", REAL, "high (95 %)"),
    ),
)
