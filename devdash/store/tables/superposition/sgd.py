"""SGD runs: losses, polygons, transitions."""

from devdash.store.columns import INT, POSITIVE, REAL, TEXT, table

TABLES = (
    table(
        "sgd_step",
        ("features", INT, "features c"),
        ("path", TEXT, "SGD run"),
        ("start", TEXT, "start"),
        ("step", INT, "epoch"),
        ("train_loss", REAL, "training loss Lₙ", *POSITIVE),
        ("test_loss", REAL, "population loss L", *POSITIVE),
        ("kgon", TEXT, "k-gon"),
        ("level", TEXT, "nearest loss level"),
        ("level_gap", REAL, "distance to that level"),
        key="path step",
    ),
    table(
        "polygon",
        ("path", TEXT, "SGD run"),
        ("step", INT, "epoch"),
        ("feature", INT, "feature"),
        ("x", REAL, "first coordinate"),
        ("y", REAL, "second coordinate"),
        ("bias", REAL, "bias"),
        key="path step feature",
    ),
    table(
        "transition",
        ("features", INT, "features c"),
        ("path", TEXT, "SGD run"),
        ("from_kgon", TEXT, "from"),
        ("to_kgon", TEXT, "to"),
        ("start_step", INT, "last epoch before"),
        ("end_step", INT, "first epoch after"),
        ("loss_before", REAL, "L before"),
        ("loss_after", REAL, "L after"),
        ("llc_before", REAL, "λ̂ before"),
        ("llc_before_err", REAL, "standard error"),
        ("llc_after", REAL, "λ̂ after"),
        ("llc_after_err", REAL, "standard error"),
        key="path start_step end_step",
    ),
)
