"""Tokens of the evaluation set with their tags, and attention on them.

text: a sequence of the evaluation set, numbered from 0; position: of a token in it, from 0, [BOS] left out.
"""

from devdash.store.columns import FLAG, INT, MAY_BE_EMPTY, REAL, TEXT, table

TABLES = (
    table(
        "eval_token",
        ("text", INT, "text"),
        ("position", INT, "position"),
        ("token_id", INT, "token"),
        ("distribution", TEXT, "data"),
        ("pattern", TEXT, "kind of token"),
        ("induction", FLAG, "induction"),
        ("bracket", INT, "depth of the bracket it closes (0: none)"),
        ("ngram", INT, "length of the n-gram it ends (0: none)"),
        ("skip", INT, "gap of the skip n-gram it ends (0: none)"),
        ("multigram", INT, "multigram", *MAY_BE_EMPTY),
        key="text position",
    ),
    table(
        "attention",
        ("step", INT, "training step"),
        ("component", TEXT, "head"),
        ("text", INT, "text"),
        ("query", INT, "position that looks"),
        ("key", INT, "position looked at"),
        ("weight", REAL, "attention"),
        key="step component text query key",
    ),
)
