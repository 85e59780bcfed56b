"""Rows of a snapshot that stand more than once: about the same thing, by their table's key.

Of a table without a key a row may be there twice for good reason, such as a metric that was logged twice
with one value; that every row is there twice, a file that was written twice, is not one.
"""

from devdash.store.columns import Table
from devdash.store.validate import repeated


def drop(connection, run: str, table: Table, last: int) -> str:
    """Keep the first of rows that repeat one another; a sentence on the others, "" where there are none.

    last: the number of the last row that was there before: of a run in progress the rows come time and again.
    """
    columns, of_run = table.told_apart_by(), f"out.{table.name} WHERE run = ?"
    rows, given = (of_run, [run]) if table.key else (f"{of_run} AND rowid > ?", [run, last])
    key = ", ".join(columns)
    hashes = f"SELECT hash({key}) AS hash FROM {rows}"  # far less to hold than whole rows
    if table.key:
        new = f"SELECT hash({key}) FROM {of_run} AND rowid > ?"
        found = f"SELECT 1 FROM ({hashes}) WHERE hash IN ({new}) GROUP BY hash HAVING count(*) > 1 LIMIT 1"
        some = connection.execute(found, [*given, run, last]).fetchone()
    else:
        counts = f"SELECT count(*) AS times FROM ({hashes}) GROUP BY hash"
        some = connection.execute(f"SELECT min(times) > 1 FROM ({counts})", given).fetchone()[0]
    if not some:
        return ""
    first = connection.execute(
        f"SELECT {key}, count(*) FROM {rows} GROUP BY {key} HAVING count(*) > 1 LIMIT 1", given
    ).fetchone()
    if first is None:  # two hashes were the same by chance
        return ""
    (count,) = connection.execute(
        f"DELETE FROM {rows} AND rowid NOT IN (SELECT min(rowid) FROM {rows} GROUP BY {key})",
        [*given, *given],
    ).fetchone()
    return repeated(count, dict(zip(columns, first, strict=False)), first[-1])
