"""Every table of the store: columns, types, and what each means, with its unit.

Tidy: one row states one fact. `run` is the first column of every table and is added on writing.
Each file of devdash/store/tables holds the tables of one experiment.
"""

from devdash.discovery import by_name, modules
from devdash.store import tables
from devdash.store.columns import Table

FILES = sorted(modules(tables), key=lambda module: module.__name__ != f"{tables.__name__}.common")
TABLES: dict[str, Table] = by_name(
    ((table.name, module, table) for module in FILES for table in module.TABLES), "tables"
)

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
