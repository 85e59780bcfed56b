"""A small run with one table of a test's own, published, and what is said of it."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from devdash.store import queries
from devdash.store.check import faults
from devdash.store.snapshot import Snapshot, publish
from tests.store import tiny_run


def put(data, table: str, content: pa.Table) -> tuple[Snapshot, str]:
    """The snapshot of a run with this table, and what is said of it; `devdash check` says the same."""
    folder = tiny_run.write(data)
    pq.write_table(content, folder / f"{table}.parquet")
    db = Snapshot(publish(data))
    problems = queries.problems(db)
    assert set(problems["file"]) <= {f"{table}.parquet"}
    said = "\n".join(problems["message"])
    for message in problems["message"]:
        detail = message.partition("version: ")[2] or message.partition(", such as")[0]
        assert any(detail in fault for fault in faults(folder))
    return db, said


def arrow(frame: pd.DataFrame, **columns: pa.Array) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, values)
    return table


def left(db: Snapshot, table: str) -> pd.DataFrame:
    return db.rows(f"SELECT * FROM {table}", [])
