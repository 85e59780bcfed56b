"""Checkpoints as they are stored, before anything is measured of them."""

from devdash.store.columns import EMPTY_TEXT, FLAG, INT, MAY_BE_EMPTY, MODEL, REAL, TEXT, table

TABLES = (
    table(
        "checkpoint_audit",
        MODEL,
        ("step", INT, "training step"),
        ("name", TEXT, "checkpoint"),
        ("hash", TEXT, "hash of the weights"),
        ("finite", FLAG, "all weights are finite"),
        ("previous", INT, "checkpoint before (step)", *MAY_BE_EMPTY),
        ("norm", REAL, "norm of the weights"),
        ("distance", REAL, "distance from the checkpoint before"),
        ("distance_two", REAL, "distance from the last but one"),
        key="model step",
    ),
    table(
        "checkpoint_flag",
        MODEL,
        ("step", INT, "training step"),
        ("flag", TEXT, "what is odd"),
        ("message", TEXT, "message", *EMPTY_TEXT),
        key="model step flag",
    ),
)
