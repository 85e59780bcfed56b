"""What a table is made of: columns with a type, a unit in the name, and a reader's label."""

from dataclasses import dataclass

import pyarrow as pa

from devdash.verdicts import VERDICTS

TEXT, INT, REAL, FLAG = "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"
MODEL = ("model", TEXT, "model", "")  # of a run that trains several
ARROW = {TEXT: pa.string(), INT: pa.int64(), REAL: pa.float64(), FLAG: pa.bool_()}


MAY_BE_EMPTY = (None, True)  # ends a column that has nothing to say in some rows
POSITIVE = (None, False, (), True)  # ends a number that is shown on a logarithmic axis
EMPTY_TEXT = ("",)  # ends a text that may be left out, or have nothing to say


@dataclass(frozen=True)
class Column:
    """name: with its unit as a suffix; type: DuckDB's; label: what a reader sees on a page.

    default: what rows have that do not say, such as those of a run with one model; None: they must say,
    unless empty is set. Numbers with a fraction may always be empty: what was not measured. words: the only
    ones that may stand in the column; none: any. positive: a number at or below 0 is taken as empty.
    """

    name: str
    type: str
    label: str
    default: str | float | None = None
    empty: bool = False
    words: tuple[str, ...] = ()
    positive: bool = False


@dataclass(frozen=True)
class Table:
    """key: the columns that no two rows of a run have in common; none where the same may be there twice."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def told_apart_by(self) -> tuple[str, ...]:
        """The columns in which rows are compared: the key, else all of them."""
        return self.key or tuple(self.names()[1:])

    def arrow(self) -> pa.Schema:
        return pa.schema([(column.name, ARROW[column.type]) for column in self.columns])


VERDICT = ("verdict", TEXT, "verdict", None, False, VERDICTS)


def table(name: str, *columns: tuple, key: str = "") -> Table:
    """key: names of columns, with blanks between them."""
    parts = (Column("run", TEXT, "run"), *(Column(*column) for column in columns))
    return Table(name, parts, tuple(key.split()))
