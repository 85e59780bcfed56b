"""Which rows of a file can be shown, column by column: the kind, what may be empty, words, finite numbers."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from devdash.discovery import near
from devdash.store.columns import ARROW, FLAG, INT, REAL, TEXT, Column, Table
from devdash.store.errors import StoreError
from devdash.store.parquet import written_out

WORDS = {TEXT: "text", INT: "whole numbers", REAL: "numbers", FLAG: "true or false"}
FITS = {
    TEXT: (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
    INT: (pa.types.is_integer, pa.types.is_floating),  # with a fraction in none of them
    REAL: (pa.types.is_floating, pa.types.is_integer),
    FLAG: (pa.types.is_boolean,),
}
LONGEST = 100_000  # bytes of a text
NAMED = 5  # rows
SAID = 9  # columns of a repeated row, at most
EMPTY = pa.scalar(None, pa.float64())


def leading(table: Table) -> tuple[Column, ...]:
    """The columns without which a row says nothing: what it is about, up to its first number.

    An older version may have written fewer columns than there are today, never without these.
    """
    first = next((place for place, column in enumerate(table.columns) if column.type == REAL), 1)
    return table.columns[1 : first + 1]


def misfits(table: Table, schema: pa.Schema, wanted: tuple[Column, ...]) -> list[str]:
    """Columns that a file has twice, lacks of those that are wanted, has too many, or of another kind."""
    needed = [column for column in wanted if column.default is None]
    columns = {column.name: column for column in table.columns}
    odd = [
        f"column {column.name!r} is missing ({column.label}: {WORDS[column.type]})"
        for column in needed
        if column.name not in schema.names
    ]
    for field in schema:
        name = str(field.name)[:80]
        if schema.names.count(field.name) > 1:
            odd.append(f"column {name!r} is there twice")
        elif field.name not in columns:
            odd.append(f"column {name!r} belongs to no column of {table.name}; {near(name, columns)}")
        elif field.name != "run" and not _fits(columns[field.name], kind := written_out(field.type)):
            wanted, label = WORDS[columns[field.name].type], columns[field.name].label
            odd.append(f"column {name!r} is {str(kind)[:80]}, expected {wanted} ({label})")
    return odd


def _fits(column: Column, kind: pa.DataType) -> bool:
    return any(fits(kind) for fits in (*FITS[column.type], pa.types.is_null))


def repeated(count: int, example: dict, times: int) -> str:
    """A sentence on so many rows that repeat others. example: what so many rows have in common."""
    said = list(example.items())[:SAID]
    key = ", ".join(f"{name} {str(value)[:40]!r}" for name, value in said)
    return f"{count:,} rows left out: they repeat others, such as {times:,} rows of {key}"


class Sieve:
    """Keeps the rows of a file that can be shown, batch by batch, and notes why others cannot.

    faults(): one sentence for each column and reason, with the first rows, counted from 0.
    """

    def __init__(self, table: Table):
        self.table, self._passed = table, 0
        self._faults: dict[tuple[str, str], list] = {}

    def rows(self, batch: pa.RecordBatch) -> pa.Table:
        """Rows that can be shown, with the columns of the table that the batch has, in the table's types."""
        kept, keep = {}, pa.repeat(pa.scalar(True), batch.num_rows)
        for column in self.table.columns[1:]:
            if column.name in batch.schema.names:
                values, good = self._column(column, batch.column(column.name))
                kept[column.name], keep = values, pc.and_(keep, good)
        self._passed += batch.num_rows
        return pa.table(kept).filter(keep)

    def _column(self, column: Column, values: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Values in the column's type, and for which rows they can be shown."""
        values = self._cast(column, values)
        if column.type == REAL:
            infinite = pc.fill_null(pc.is_inf(values), False)
            self._note(column, infinite, "not finite, taken as empty", values)
            values = pc.if_else(infinite, EMPTY, values)
            if column.positive:
                low = pc.fill_null(pc.less_equal(values, 0.0), False)
                self._note(column, low, "not above 0, taken as empty", values)
                values = pc.if_else(low, EMPTY, values)
            return values, pa.repeat(pa.scalar(True), len(values))
        if column.default is not None:
            values = pc.fill_null(values, pa.scalar(column.default, values.type))
        return values, pc.and_(*self._judged(column, values))

    def _judged(self, column: Column, values: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Which rows have a value where there must be one, and a right one where there is one."""
        empty = pc.is_null(values) if not column.empty else pa.repeat(pa.scalar(False), len(values))
        self._note(column, empty, "left out: empty", None)
        if column.words:
            foreign = pc.invert(pc.is_in(values, pa.array([*column.words, None], pa.string())))
            words = ", ".join(repr(word) for word in column.words)
            self._note(column, foreign, f"left out: expected {words}", values)
        elif column.type == TEXT:
            foreign = pc.fill_null(pc.greater(pc.binary_length(values), LONGEST), False)
            self._note(column, foreign, f"left out: longer than {LONGEST:,} bytes", None)
        elif column.name.endswith("step"):
            foreign = pc.fill_null(pc.less(values, 0), False)
            self._note(column, foreign, "left out: below 0", values)
        else:
            foreign = pa.repeat(pa.scalar(False), len(values))
        return pc.invert(empty), pc.invert(foreign)

    def _cast(self, column: Column, values: pa.Array) -> pa.Array:
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        if column.type == INT and pa.types.is_floating(values.type):
            values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        try:
            return pc.cast(values, ARROW[column.type], safe=column.type != REAL)
        except pa.ArrowInvalid:
            wanted = WORDS[column.type]
            raise StoreError(
                f"column {column.name!r} ({column.label}): {values.type} with values that are no {wanted}"
            ) from None

    def _note(self, column: Column, odd: pa.Array, why: str, values: pa.Array | None) -> None:
        count = odd.true_count
        if not count:
            return
        places = pc.indices_nonzero(odd)
        example = "" if values is None else f", such as {str(values[places[0].as_py()].as_py())[:40]!r}"
        note = self._faults.setdefault((column.name, why), [column, example, 0, []])
        note[2] += count
        note[3] += [self._passed + place.as_py() for place in places[: NAMED - len(note[3])]]

    def faults(self) -> Iterator[str]:
        for (name, why), (column, example, count, places) in self._faults.items():
            more = ", …" if count > len(places) else ""
            rows = f"{count:,} {'row' if count == 1 else 'rows'} ({', '.join(map(str, places))}{more})"
            yield f"column {name!r} ({column.label}): {rows} {why}{example}"
