"""Every table of the store: columns, types, and what each means, with its unit.

Tidy: one row states one fact. `run` is the first column of every table and is added on writing.
An experiment adds its own tables here, below the common ones.
"""

from dataclasses import dataclass

import pyarrow as pa

TEXT, INT, REAL, FLAG = "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"
ARROW = {TEXT: pa.string(), INT: pa.int64(), REAL: pa.float64(), FLAG: pa.bool_()}


@dataclass(frozen=True)
class Column:
    """name: with its unit as a suffix; type: DuckDB's; label: what a reader sees on a page."""

    name: str
    type: str
    label: str


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]

    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def arrow(self) -> pa.Schema:
        return pa.schema([(column.name, ARROW[column.type]) for column in self.columns])


def _table(name: str, *columns: tuple[str, str, str]) -> Table:
    return Table(name, (Column("run", TEXT, "run"), *(Column(*column) for column in columns)))


COMMON = (
    _table(
        "run",
        ("experiment", TEXT, "experiment"),
        ("preset", TEXT, "preset"),
        ("title", TEXT, "title"),
        ("seed", INT, "seed"),
        ("parameters", INT, "weights of the model"),
        ("config", TEXT, "configuration (JSON)"),
        ("created_at", TEXT, "started (UTC)"),
        ("finished_at", TEXT, "finished (UTC)"),
        ("status", TEXT, "status"),
        ("provenance", TEXT, "commit, versions, machine (JSON)"),
    ),
    _table(
        "checkpoint",
        ("step", INT, "training step"),
        ("examples", INT, "examples seen"),
        ("train_loss", REAL, "training loss"),
        ("test_loss", REAL, "test loss"),
        ("learning_rate", REAL, "learning rate"),
        ("wall_s", REAL, "time (s)"),
    ),
    _table(
        "metric",
        ("step", INT, "training step"),
        ("name", TEXT, "metric"),
        ("component", TEXT, "component"),
        ("distribution", TEXT, "data"),
        ("value", REAL, "value"),
        ("std_err", REAL, "standard error"),
    ),
    _table(
        "llc",
        ("step", INT, "training step"),
        ("component", TEXT, "component"),
        ("distribution", TEXT, "data"),
        ("target", TEXT, "target"),
        ("llc", REAL, "λ̂"),
        ("std_err", REAL, "standard error"),
        ("init_loss", REAL, "loss at w*"),
        ("mean_loss", REAL, "mean loss of the draws"),
        ("sampler", TEXT, "sampler"),
        ("nbeta", REAL, "nβ"),
        ("epsilon", REAL, "ε"),
        ("gamma", REAL, "γ"),
        ("chains", INT, "chains"),
        ("draws", INT, "draws per chain"),
        ("burn_in", INT, "burn-in (steps)"),
        ("batch_size", INT, "batch size (empty: all data)"),
        ("rhat", REAL, "R̂"),
        ("ess", REAL, "ESS"),
        ("acceptance", REAL, "acceptance"),
        ("verdict", TEXT, "verdict"),
        ("message", TEXT, "message"),
        ("wall_s", REAL, "time (s)"),
    ),
    _table(
        "llc_draw",
        ("step", INT, "training step"),
        ("component", TEXT, "component"),
        ("distribution", TEXT, "data"),
        ("target", TEXT, "target"),
        ("chain", INT, "chain"),
        ("draw", INT, "draw"),
        ("loss", REAL, "loss"),
    ),
    _table(
        "trajectory",
        ("step", INT, "training step"),
        ("axis", INT, "principal component"),
        ("value", REAL, "score"),
        ("smoothed", REAL, "smoothed score"),
        ("curvature", REAL, "curvature"),
        ("radius", REAL, "radius of curvature"),
    ),
    _table(
        "trajectory_axis",
        ("axis", INT, "principal component"),
        ("explained", REAL, "share of variance"),
    ),
    _table(
        "stage",
        ("method", TEXT, "method"),
        ("stage", INT, "stage"),
        ("label", TEXT, "label"),
        ("start_step", INT, "first step"),
        ("end_step", INT, "last step"),
        ("end_low", REAL, "end, low"),
        ("end_high", REAL, "end, high"),
        ("loss_start", REAL, "loss at the start"),
        ("loss_end", REAL, "loss at the end"),
        ("llc_start", REAL, "λ̂ at the start"),
        ("llc_end", REAL, "λ̂ at the end"),
    ),
    _table(
        "head",
        ("head", TEXT, "head"),
        ("kind", TEXT, "kind"),
        ("cluster", INT, "cluster"),
        ("evidence", TEXT, "evidence"),
    ),
    _table(
        "claim",
        ("claim", TEXT, "claim"),
        ("paper", TEXT, "paper"),
        ("statement", TEXT, "statement"),
        ("published", TEXT, "published"),
        ("measured", TEXT, "measured"),
        ("low", REAL, "low"),
        ("high", REAL, "high"),
        ("verdict", TEXT, "verdict"),
        ("how", TEXT, "how it was checked"),
        ("figure", TEXT, "figure behind it"),
    ),
    _table(
        "failure",
        ("task", TEXT, "task"),
        ("message", TEXT, "message"),
    ),
)

SUPERPOSITION = (
    _table(
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
        ("llc_population_verdict", TEXT, "verdict"),
        ("llc_sample", REAL, "λ̂, n = 5000"),
        ("llc_sample_sd", REAL, "spread over samples"),
        ("llc_sample_reliable", REAL, "share of reliable estimates"),
        ("llc_paper", REAL, "λ̂, paper"),
        ("llc_paper_sd", REAL, "spread, paper"),
    ),
    _table(
        "kgon_column",
        ("features", INT, "features c"),
        ("kgon", TEXT, "k-gon"),
        ("feature", INT, "feature"),
        ("x", REAL, "first coordinate"),
        ("y", REAL, "second coordinate"),
        ("bias", REAL, "bias"),
    ),
    _table(
        "sgd_step",
        ("features", INT, "features c"),
        ("path", TEXT, "SGD run"),
        ("start", TEXT, "start"),
        ("step", INT, "epoch"),
        ("train_loss", REAL, "training loss Lₙ"),
        ("test_loss", REAL, "population loss L"),
        ("kgon", TEXT, "k-gon"),
        ("level", TEXT, "nearest loss level"),
        ("level_gap", REAL, "distance to that level"),
    ),
    _table(
        "polygon",
        ("path", TEXT, "SGD run"),
        ("step", INT, "epoch"),
        ("feature", INT, "feature"),
        ("x", REAL, "first coordinate"),
        ("y", REAL, "second coordinate"),
        ("bias", REAL, "bias"),
    ),
    _table(
        "occupancy_sample",
        ("features", INT, "features c"),
        ("scale", REAL, "observation scale s"),
        ("n", INT, "examples n"),
        ("dataset", INT, "data set"),
        ("population", INT, "population"),
        ("kgon", TEXT, "phase"),
        ("share", REAL, "share of the posterior"),
    ),
    _table(
        "occupancy",
        ("features", INT, "features c"),
        ("scale", REAL, "observation scale s"),
        ("n", INT, "examples n"),
        ("kgon", TEXT, "phase"),
        ("share", REAL, "share of the posterior"),
        ("low", REAL, "low (95 %)"),
        ("high", REAL, "high (95 %)"),
    ),
    _table(
        "smc",
        ("features", INT, "features c"),
        ("scale", REAL, "observation scale s"),
        ("n", INT, "examples n"),
        ("dataset", INT, "data set"),
        ("population", INT, "population"),
        ("particles", INT, "particles"),
        ("temperatures", INT, "temperatures"),
        ("acceptance", REAL, "acceptance"),
        ("ess", REAL, "smallest effective share"),
        ("ancestors", INT, "surviving ancestors"),
        ("log_evidence", REAL, "log evidence"),
    ),
    _table(
        "crossing",
        ("features", INT, "features c"),
        ("scale", REAL, "observation scale s"),
        ("from_kgon", TEXT, "from"),
        ("to_kgon", TEXT, "to"),
        ("source", TEXT, "source"),
        ("n", REAL, "critical n"),
        ("low", REAL, "low (95 %)"),
        ("high", REAL, "high (95 %)"),
    ),
    _table(
        "transition",
        ("features", INT, "features c"),
        ("path", TEXT, "SGD run"),
        ("from_kgon", TEXT, "from"),
        ("to_kgon", TEXT, "to"),
        ("start_step", INT, "last epoch before"),
        ("end_step", INT, "first epoch after"),
        ("loss_before", REAL, "L before"),
        ("loss_after", REAL, "L after"),
        ("llc_before", REAL, "λ̂ before"),
        ("llc_before_err", REAL, "standard error"),
        ("llc_after", REAL, "λ̂ after"),
        ("llc_after_err", REAL, "standard error"),
    ),
)

TABLES = {table.name: table for table in (*COMMON, *SUPERPOSITION)}
VERDICTS = ("reliable", "not converged", "not a minimum", "diverged")


DERIVED = {
    "moves": "SGD runs",
    "loss_change": "change of L",
    "llc_change": "change of λ̂",
    "critical_n_theory": "critical n, free energy",
    "critical_n_measured": "critical n, measured λ̂",
    "critical_n_observed": "critical n, posterior (polygons)",
}


def label(column: str) -> str:
    """What a reader sees for a column name; the same name means the same thing in every table."""
    for table in TABLES.values():
        for known in table.columns:
            if known.name == column:
                return known.label
    return DERIVED.get(column, column.replace("_", " "))
