"""Every table of the store: columns, types, and what each means, with its unit.

Tidy: one row states one fact. `run` is the first column of every table and is added on writing.
Each file of devdash/store/tables holds tables of one experiment, or such as several fill.
"""

from devdash.discovery import by_name, modules, near
from devdash.store import tables
from devdash.store.columns import Table
from devdash.store.runs import StoreError

TABLES: dict[str, Table] = by_name(
    ((table.name, module, table) for module in modules(tables) for table in module.TABLES), "tables"
)


def table_named(name: str) -> Table:
    """The table of a name. Raises StoreError with the near names where there is none."""
    if name not in TABLES:
        raise StoreError(f"table {name!r} is unknown; {near(name, TABLES)}")
    return TABLES[name]


def label(table: str, column: str) -> str:
    """What a reader sees for a column of a table: a name may mean different things in different tables.

    >>> label("program_order", "steps"), label("truth", "steps")
    ('steps t', 'steps per chain')
    """
    labels = {part.name: part.label for part in table_named(table).columns}
    if column not in labels:
        raise StoreError(f"table {table} has no column {column!r}; {near(column, labels)}")
    return labels[column]
