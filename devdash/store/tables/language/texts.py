"""Corpora, tokens, and texts that a model reads."""

from devdash.store.columns import INT, MODEL, REAL, TEXT, table

TABLES = (
    table(
        "corpus",
        ("distribution", TEXT, "data"),
        ("source", TEXT, "source"),
        ("licence", TEXT, "licence"),
        ("split", TEXT, "split"),
        ("documents", INT, "documents"),
        ("characters", INT, "characters"),
        ("tokens", INT, "tokens"),
        ("duplicates", INT, "duplicates left out"),
        key="distribution source split",
    ),
    table("token", ("token_id", INT, "token"), ("text", TEXT, "token"), key="token_id"),
    table(
        "text_token",
        ("text", INT, "text"),
        ("position", INT, "position"),
        ("token_id", INT, "token"),
        ("distribution", TEXT, "data"),
        ("source", TEXT, "source"),
        key="text position",
    ),
    table(
        "text_loss",
        MODEL,
        ("step", INT, "training step"),
        ("text", INT, "text"),
        ("position", INT, "position"),
        ("loss_nats", REAL, "loss (nats)"),
        ("guess_1", INT, "first guess"),
        ("guess_2", INT, "second guess"),
        ("guess_3", INT, "third guess"),
        ("chance_1", REAL, "its probability"),
        ("chance_2", REAL, "its probability"),
        ("chance_3", REAL, "its probability"),
        key="model step text position",
    ),
    table(
        "position_loss",
        MODEL,
        ("step", INT, "training step"),
        ("distribution", TEXT, "data"),
        ("position", INT, "position in the context (tokens)"),
        ("loss_nats", REAL, "loss (nats per token)"),
        ("std_err", REAL, "standard error"),
        key="model step distribution position",
    ),
)
