"""What the ablation of a head, or of the path between two, does to losses.

text: a sequence of the evaluation set, numbered from 0; position: of a token in it, from 0, [BOS] left out.
"""

from devdash.store.columns import INT, REAL, TEXT, table

TABLES = (
    table(
        "ablation",
        ("step", INT, "training step"),
        ("component", TEXT, "head"),
        ("method", TEXT, "ablation"),
        ("distribution", TEXT, "data"),
        ("tag", TEXT, "tokens"),
        ("effect_nats", REAL, "rise in loss (nats per token)"),
        ("std_err", REAL, "standard error"),
        ("tokens", INT, "tokens"),
        key="step component method distribution tag",
    ),
    table(
        "head_profile",
        ("step", INT, "training step"),
        ("component", TEXT, "head"),
        ("method", TEXT, "ablation"),
        ("tokens", TEXT, "tokens"),
        ("share", REAL, "share of the head's effect"),
        ("low", REAL, "share, low"),
        ("high", REAL, "share, high"),
        ("effect_nats", REAL, "rise in loss (nats per token)"),
        ("std_err", REAL, "standard error"),
        ("count", INT, "number of tokens"),
        key="step component method tokens",
    ),
    table(
        "head_kind",
        ("step", INT, "training step"),
        ("head", TEXT, "head"),
        ("kind", TEXT, "kind"),
        ("sure", REAL, "sureness (share of redrawn texts)"),
        key="step head",
    ),
    table(
        "path_effect",
        ("step", INT, "training step"),
        ("source", TEXT, "from head"),
        ("reader", TEXT, "to head"),
        ("tag", TEXT, "tokens"),
        ("effect_nats", REAL, "rise in loss (nats per token)"),
        ("std_err", REAL, "standard error"),
        key="step source reader tag",
    ),
    table(
        "top_token",
        ("step", INT, "training step"),
        ("component", TEXT, "head"),
        ("rank", INT, "rank"),
        ("text", INT, "text"),
        ("position", INT, "position"),
        ("effect_nats", REAL, "rise in loss (nats)"),
        key="step component rank",
    ),
    table(
        "text_effect",
        ("step", INT, "training step"),
        ("component", TEXT, "head"),
        ("text", INT, "text"),
        ("position", INT, "position"),
        ("effect_nats", REAL, "rise in loss (nats)"),
        key="step component text position",
    ),
)
