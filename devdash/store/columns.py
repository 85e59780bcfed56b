"""What a table is made of: columns with a type, a unit in the name, and a reader's label."""

from dataclasses import dataclass

import pyarrow as pa

TEXT, INT, REAL, FLAG = "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"
MODEL = ("model", TEXT, "model", "")  # of a run that trains several
ARROW = {TEXT: pa.string(), INT: pa.int64(), REAL: pa.float64(), FLAG: pa.bool_()}


@dataclass(frozen=True)
class Column:
    """name: with its unit as a suffix; type: DuckDB's; label: what a reader sees on a page.

    default: what rows have that do not say, such as those of a run with one model; None: they must say.
    """

    name: str
    type: str
    label: str
    default: str | float | None = None


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]

    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def arrow(self) -> pa.Schema:
        return pa.schema([(column.name, ARROW[column.type]) for column in self.columns])


def table(name: str, *columns: tuple[str, ...]) -> Table:
    return Table(name, (Column("run", TEXT, "run"), *(Column(*column) for column in columns)))
