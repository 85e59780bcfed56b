"""Reading and writing the Parquet file of a table. What is read is checked against the pages' sums.

A file of some KB may stand for GB: texts are read as places in a dictionary and become letters a few rows at
a time, and what a file stands for is bounded.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from devdash.store.errors import StoreError
from devdash.store.parquet_pages import BadPages, check_sizes
from devdash.store.plain import open_plain, reason

LARGEST = 16 * 2**30  # bytes of a file
MOST_ROWS = 10**9
BATCH = 131_072  # rows that are in memory at once, fewer where they are long
AT_ONCE = 64 * 2**20  # bytes of them
LARGEST_GROUP = 2**30  # bytes of a row group, unpacked
MOST_TEXT = 2 * 2**30  # bytes of all texts of a file, written out
DAMAGED = "damaged inside: copy or compute it again"


@contextmanager
def opened(path: Path) -> Iterator[pq.ParquetFile]:
    """A Parquet file, its texts as dictionaries. Raises StoreError where it is none, or too large; what is
    wrong inside is said on reading."""
    with open_plain(path, LARGEST) as handle:
        try:
            about = pq.ParquetFile(handle)
            texts = [field.name for field in about.schema_arrow if _is_text(field.type)]
            options = {"metadata": about.metadata, "read_dictionary": texts}
            file = pq.ParquetFile(handle, page_checksum_verification=True, **options)
        except (pa.ArrowException, OSError, ValueError):
            raise StoreError(
                "no readable Parquet file (cut short or foreign): copy or compute it again"
            ) from None
        if not 0 <= file.metadata.num_rows <= MOST_ROWS:
            raise StoreError(f"{file.metadata.num_rows:,} rows, at most {MOST_ROWS:,} are read: split it")
        try:
            check_sizes(handle)
        except BadPages as error:
            raise StoreError(f"{DAMAGED} ({error})") from None
        if (largest := max(_groups(file), default=(0, 0))[0]) > LARGEST_GROUP:
            raise StoreError(
                f"{largest:,} bytes in one row group, at most {LARGEST_GROUP:,} are read: write smaller ones"
            )
        yield file


def batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """The rows of a file, some at a time; StoreError where a page is damaged."""
    rows = text = 0
    longest = max((size / rows for size, rows in _groups(file) if rows), default=1)
    try:
        for batch in file.iter_batches(int(max(1, min(BATCH, AT_ONCE // max(1, longest))))):
            batch.validate(full=True)
            rows += batch.num_rows
            size, at_once = _size(batch)
            text += size
            if text > MOST_TEXT:
                raise StoreError(f"its texts have more than {MOST_TEXT:,} bytes: split or shorten it")
            for place in range(0, batch.num_rows, at_once):
                yield batch.slice(place, at_once)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StoreError(f"{DAMAGED} ({reason(error)})") from None
    if rows != file.metadata.num_rows:
        raise StoreError(f"{DAMAGED} ({rows:,} of {file.metadata.num_rows:,} rows are there)")


def written_out(kind: pa.DataType) -> pa.DataType:
    """The kind of the values of a column, which may be places in a dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _groups(file: pq.ParquetFile) -> Iterator[tuple[int, int]]:
    """Bytes, unpacked, and rows of each row group."""
    groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    return ((group.total_byte_size, group.num_rows) for group in groups)


def _size(batch: pa.RecordBatch) -> tuple[int, int]:
    """Bytes of a batch's texts, written out, and how many of its rows may be so at once."""
    size, longest = 0, 1
    for values in batch.columns:
        if pa.types.is_dictionary(values.type) and _is_text(values.type.value_type):
            lengths = pc.binary_length(values.dictionary)
            size += pc.sum(pc.take(lengths, values.indices)).as_py() or 0
            longest += pc.max(lengths).as_py() or 0
    return size, max(1, AT_ONCE // longest)


def read(path: Path) -> pa.Table:
    """All rows of a file. Raises StoreError where it is damaged, FileNotFoundError where it is not there."""
    with opened(path) as file:
        table = pa.Table.from_batches(list(batches(file)), schema=file.schema_arrow)
    return table.cast(pa.schema([field.with_type(written_out(field.type)) for field in table.schema]))


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
