"""Susceptibilities of tokens to heads: principal components, and the map of tokens; influence between tokens.

text: a sequence of the evaluation set, numbered from 0; position: of a token in it, from 0, [BOS] left out.
"""

from devdash.store.columns import INT, REAL, TEXT, table

TABLES = (
    table(
        "susceptibility_axis",
        ("step", INT, "training step"),
        ("nbeta", REAL, "nβ"),
        ("axis", INT, "principal component"),
        ("explained", REAL, "share of variance"),
        ("component", TEXT, "head"),
        ("loading", REAL, "loading"),
        key="step nbeta axis component",
    ),
    table(
        "embryo",
        ("step", INT, "training step"),
        ("text", INT, "text"),
        ("position", INT, "position"),
        ("x", REAL, "UMAP 1"),
        ("y", REAL, "UMAP 2"),
        ("pc_1", REAL, "PC 1"),
        ("pc_2", REAL, "PC 2"),
        key="step text position",
    ),
    table(
        "influence",
        ("step", INT, "training step"),
        ("text", INT, "text"),
        ("position", INT, "position"),
        ("other_text", INT, "text of the other token"),
        ("other_position", INT, "position of the other token"),
        ("rank", INT, "rank"),
        ("influence", REAL, "influence (−correlation of the losses)"),
        ("low", REAL, "influence, lower replicate"),
        ("high", REAL, "influence, higher replicate"),
        key="step text position rank",
    ),
    table(
        "loss_kernel",
        ("step", INT, "training step"),
        ("text", INT, "text"),
        ("position", INT, "position"),
        ("other_position", INT, "position of the other token"),
        ("correlation", REAL, "correlation of the losses"),
        key="step text position other_position",
    ),
)
