"""Multigrams, what heads do for each, and which migrate between layers."""

from devdash.store.columns import INT, REAL, TEXT, table

TABLES = (
    table(
        "multigram",
        ("multigram", INT, "multigram"),
        ("kind", TEXT, "kind"),
        ("text", TEXT, "multigram"),
        ("length", INT, "tokens"),
        ("gap", INT, "gap (tokens)"),
        ("count", INT, "count in the training text"),
        ("probability", REAL, "probability of its last token"),
        ("occurrences", INT, "occurrences in the evaluation set"),
        key="multigram",
    ),
    table(
        "multigram_effect",
        ("step", INT, "training step"),
        ("component", TEXT, "head"),
        ("multigram", INT, "multigram"),
        ("effect_nats", REAL, "rise in loss of its last token (nats)"),
        ("std_err", REAL, "standard error"),
        key="step component multigram",
    ),
    table(
        "migration",
        ("multigram", INT, "multigram"),
        ("source", TEXT, "head of layer 0"),
        ("reader", TEXT, "head of layer 1"),
        ("peak_step", INT, "step of the peak in layer 0"),
        ("peak_nats", REAL, "rise in loss at the peak (nats)"),
        ("end_nats", REAL, "the same at the end (nats)"),
        ("gain_nats", REAL, "rise of the effect in layer 1 since the peak (nats)"),
        ("std_err", REAL, "standard error of that rise"),
        key="multigram",
    ),
)
