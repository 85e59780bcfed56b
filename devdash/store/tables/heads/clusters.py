"""Clusters of heads by their curves, of λ̂ or of the effect of their ablation."""

from devdash.store.columns import INT, REAL, TEXT, table

CURVE = ("curve", TEXT, "curves of", "λ̂")

TABLES = (
    table(
        "head_cluster",
        ("method", TEXT, "method"),
        ("normalisation", TEXT, "normalisation"),
        ("component", TEXT, "head"),
        ("cluster", INT, "cluster"),
        CURVE,
        key="curve method normalisation component",
    ),
    table(
        "head_agreement",
        ("method", TEXT, "method"),
        ("normalisation", TEXT, "normalisation"),
        ("clusters", INT, "clusters"),
        ("adjusted_rand", REAL, "adjusted Rand index with the types"),
        ("p_value", REAL, "p of a permutation"),
        ("stability", REAL, "adjusted Rand index under the errors of the curves"),
        CURVE,
        key="curve method normalisation clusters",
    ),
    table(
        "head_merge",
        ("normalisation", TEXT, "normalisation"),
        ("merge", INT, "merge"),
        ("first_part", TEXT, "first part"),
        ("second_part", TEXT, "second part"),
        ("height", REAL, "distance"),
        ("size", INT, "heads"),
        CURVE,
        key="curve normalisation merge",
    ),
)
