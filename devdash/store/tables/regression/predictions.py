"""Tables of the regression experiment: predictions example by example."""

from devdash.store.columns import INT, MODEL, REAL, table

TABLES = (
    table(
        "regression_guess",
        MODEL,
        ("step", INT, "training step"),
        ("sequence", INT, "sequence"),
        ("example", INT, "example"),
        ("said", REAL, "prediction"),
        ("truth", REAL, "truth"),
        ("ridge", REAL, "ridge prediction"),
        ("discrete_optimum", REAL, "best prediction for the tasks of training"),
        key="model step sequence example",
    ),
)
