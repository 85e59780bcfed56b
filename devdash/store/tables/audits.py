"""Checkpoints as they are stored, before anything is measured of them."""

from devdash.store.columns import FLAG, INT, MODEL, REAL, TEXT, table

TABLES = (
    table(
        "checkpoint_audit",
        MODEL,
        ("step", INT, "training step"),
        ("name", TEXT, "checkpoint"),
        ("hash", TEXT, "hash of the weights"),
        ("finite", FLAG, "all weights are finite"),
        ("previous", INT, "checkpoint before (step)"),
        ("norm", REAL, "norm of the weights"),
        ("distance", REAL, "distance from the checkpoint before"),
        ("distance_two", REAL, "distance from the last but one"),
    ),
    table(
        "checkpoint_flag",
        MODEL,
        ("step", INT, "training step"),
        ("flag", TEXT, "what is odd"),
        ("message", TEXT, "message"),
    ),
)
