"""Critical points of the loss: k-gons."""

from devdash.store.columns import FLAG, INT, REAL, TEXT, table
from devdash.verdicts import VERDICTS

TABLES = (
    table(
        "kgon_point",
        ("features", INT, "features c"),
        ("kgon", TEXT, "k-gon"),
        ("loss", REAL, "loss L"),
        ("half_norm", REAL, "½‖w*‖²"),
        ("gradient_norm", REAL, "‖∇L‖"),
        ("hessian_rank", INT, "Hessian rank"),
        ("negative_eigenvalues", INT, "negative eigenvalues"),
        ("minimum", FLAG, "local minimum"),
        ("llc_theory", REAL, "λ, theory"),
        ("llc_volume", REAL, "λ, volume scaling"),
        ("llc_hessian", REAL, "λ, Hessian rank / 2"),
        ("llc_population", REAL, "λ̂, population loss"),
        ("llc_population_err", REAL, "standard error"),
        ("llc_population_verdict", TEXT, "verdict", None, False, VERDICTS),
        ("llc_sample", REAL, "λ̂, n = 5000"),
        ("llc_sample_sd", REAL, "spread over samples"),
        ("llc_sample_reliable", REAL, "share of reliable estimates"),
        ("llc_paper", REAL, "λ̂, paper"),
        ("llc_paper_sd", REAL, "spread, paper"),
        key="features kgon",
    ),
    table(
        "kgon_column",
        ("features", INT, "features c"),
        ("kgon", TEXT, "k-gon"),
        ("feature", INT, "feature"),
        ("x", REAL, "first coordinate"),
        ("y", REAL, "second coordinate"),
        ("bias", REAL, "bias"),
        key="features kgon feature",
    ),
)
