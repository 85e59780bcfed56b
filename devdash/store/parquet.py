"""Reading and writing the Parquet file of a table. What is read is checked against the pages' sums."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from devdash.store.errors import StoreError
from devdash.store.plain import open_plain, reason

LARGEST = 16 * 2**30  # bytes of a file
MOST_ROWS = 10**9
BATCH = 131_072  # rows that are in memory at once
DAMAGED = "damaged inside: copy or compute it again"


@contextmanager
def opened(path: Path) -> Iterator[pq.ParquetFile]:
    """A Parquet file. Raises StoreError where it is none; what is wrong inside is said on reading."""
    with open_plain(path, LARGEST) as handle:
        try:
            file = pq.ParquetFile(handle, page_checksum_verification=True)
        except (pa.ArrowException, OSError, ValueError):
            raise StoreError(
                "no readable Parquet file (cut short or foreign): copy or compute it again"
            ) from None
        if not 0 <= file.metadata.num_rows <= MOST_ROWS:
            raise StoreError(f"{file.metadata.num_rows:,} rows, at most {MOST_ROWS:,} are read: split it")
        yield file


def batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """The rows of a file, some at a time; StoreError where a page is damaged."""
    rows = 0
    try:
        for batch in file.iter_batches(BATCH):
            batch.validate(full=True)
            rows += batch.num_rows
            yield batch
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StoreError(f"{DAMAGED} ({reason(error)})") from None
    if rows != file.metadata.num_rows:
        raise StoreError(f"{DAMAGED} ({rows:,} of {file.metadata.num_rows:,} rows are there)")


def read(path: Path) -> pa.Table:
    """All rows of a file. Raises StoreError where it is damaged, FileNotFoundError where it is not there."""
    with opened(path) as file:
        return pa.Table.from_batches(list(batches(file)), schema=file.schema_arrow)


def write(path: Path, table: pa.Table) -> None:
    """Write a file there. Byte-stream split halves the size of measured numbers."""
    reals = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    dictionary = [field.name for field in table.schema if field.name not in reals]
    pq.write_table(
        table.replace_schema_metadata(None),
        os.fspath(path),
        compression="zstd",
        compression_level=15,
        use_dictionary=dictionary,
        use_byte_stream_split=reals,
        write_page_checksum=True,
    )
