"""Rows of a snapshot that stand more than once: about the same thing, by their table's key.

Of a table without a key a row may be there twice for good reason, such as a metric that was logged twice
with one value; that every row is there twice, a file that was written twice, is not one.
"""

from devdash.store.columns import Table
from devdash.store.validate import repeated


def drop(connection, run: str, table: Table, last: int | None) -> str:
    """Keep the first of rows that repeat one another; a sentence on the others, "" where there are none.

    last: the number of the last row of a run in progress that was looked at before; None: all are new. What
    a run adds to a table without a key is not compared: it may be a single value that was logged twice.
    """
    key, rows = ", ".join(table.told_apart_by()), f"out.{table.name} WHERE run = ?"
    if not _some(connection, run, table, last):
        return ""
    first = connection.execute(
        f"SELECT {key}, count(*) FROM {rows} GROUP BY {key} HAVING count(*) > 1 LIMIT 1", [run]
    ).fetchone()
    if first is None:  # two hashes were the same by chance
        return ""
    (count,) = connection.execute(
        f"DELETE FROM {rows} AND rowid NOT IN (SELECT min(rowid) FROM {rows} GROUP BY {key})", [run, run]
    ).fetchone()
    return repeated(count, dict(zip(table.told_apart_by(), first, strict=False)), first[-1])


def _some(connection, run: str, table: Table, last: int | None) -> bool:
    """Whether there are any, by hashes of the rows: far less to hold than the rows."""
    hashes = f"SELECT hash({', '.join(table.told_apart_by())}) AS hash FROM out.{table.name} WHERE run = ?"
    if table.key:
        new = "" if last is None else f"WHERE hash IN ({hashes} AND rowid > ?)"
        found = f"SELECT 1 FROM ({hashes}) {new} GROUP BY hash HAVING count(*) > 1 LIMIT 1"
        given = [run] if last is None else [run, run, last]
        return connection.execute(found, given).fetchone() is not None
    if last is not None:
        return False
    counts = f"SELECT count(*) AS times FROM ({hashes}) GROUP BY hash"
    least = connection.execute(f"SELECT min(times) FROM ({counts})", [run]).fetchone()[0]
    return least is not None and least > 1
