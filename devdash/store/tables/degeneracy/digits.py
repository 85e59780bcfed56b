"""Optimisers on digits."""

from devdash.store.columns import FLAG, INT, POSITIVE, REAL, TEXT, VERDICT, table

TABLES = (
    table(
        "digits_step",
        ("setting", TEXT, "optimiser and settings"),
        ("optimiser", TEXT, "optimiser"),
        ("learning_rate", REAL, "learning rate"),
        ("batch_size", INT, "batch size"),
        ("seed", INT, "seed"),
        ("step", INT, "gradient step"),
        ("epoch", REAL, "epoch"),
        ("train_loss", REAL, "training loss (nats)"),
        ("test_loss", REAL, "test loss (nats)"),
        ("test_error", REAL, "share of test digits that are wrong"),
        ("matched", FLAG, "at the matched training loss"),
        ("level", REAL, "matched training loss (nats)", *POSITIVE),
        ("llc", REAL, "λ̂"),
        ("std_err", REAL, "standard error"),
        VERDICT,
        key="setting seed step level",
    ),
)
