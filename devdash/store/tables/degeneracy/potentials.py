"""Potentials of two weights: level sets and draws."""

from devdash.store.columns import INT, REAL, TEXT, table

TABLES = (
    table(
        "potential_draw",
        ("name", TEXT, "system"),
        ("chain", INT, "chain"),
        ("draw", INT, "draw"),
        ("x", REAL, "x"),
        ("y", REAL, "y"),
        ("loss", REAL, "potential K"),
        key="name chain draw",
    ),
    table(
        "potential_level",
        ("name", TEXT, "system"),
        ("x", REAL, "x"),
        ("y", REAL, "y"),
        ("loss", REAL, "potential K"),
        key="name x y",
    ),
)
