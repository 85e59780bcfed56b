"""What the pages of a Parquet file unpack to, which its footer may hide (apache/parquet-format).

Read by ourselves: pyarrow tells nothing of pages, and ends the process where a column's facts are damaged.
"""

import os
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from devdash.store.thrift import structure

LARGEST_FOOTER = 16 * 2**20
MOST_PAGES = 10**6  # of a file
HEADER = 16 * 1024  # bytes that are looked through for a page's header: its statistics may hold long texts
ROW_GROUPS = 4  # a field of FileMetaData
COLUMNS, WHOLE, FACTS = 1, 2, 3  # of RowGroup (bytes unpacked), and of ColumnChunk
UNPACKED, STORED, FIRST_PAGE, DICTIONARY = 6, 7, 9, 11  # of ColumnMetaData
PAGE_UNPACKED, PAGE_STORED = 2, 3  # of PageHeader


class BadPages(ValueError):
    """Footer or pages cannot be read, or they unpack to more than the footer says."""


def check_sizes(handle: BinaryIO) -> None:
    """Raise BadPages where pages say of themselves that they unpack to more than the footer says."""
    pages = 0
    try:
        for group in _footer(handle)[ROW_GROUPS]:
            columns = [column[FACTS] for column in group[COLUMNS]]
            said, total = min(group[WHOLE], sum(column[UNPACKED] for column in columns)), 0
            for size in (size for column in columns for size in _pages(handle, column)):
                total, pages = total + size, pages + 1
                if total > said or pages > MOST_PAGES:
                    raise BadPages("it unpacks to more than it says, or into too many pages")
    except BadPages:
        raise
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        raise BadPages(f"its pages cannot be found: {error}") from None


def _footer(handle: BinaryIO) -> dict:
    """FileMetaData, whose length stands before the last four letters."""
    handle.seek(-8, os.SEEK_END)
    length, end = int.from_bytes(handle.read(4), "little"), handle.tell() - 4
    if not 0 < length <= min(LARGEST_FOOTER, end):
        raise BadPages(f"a footer of {length:,} bytes")
    handle.seek(end - length)
    return structure(BytesIO(handle.read(length)))


def _pages(handle: BinaryIO, column: dict[int, int]) -> Iterator[int]:
    """Bytes that each page of a column unpacks to."""
    at = min(filter(None, (column.get(DICTIONARY), column[FIRST_PAGE])), default=0)  # 0: there is none
    end = at + column[STORED]
    while at < end:
        handle.seek(at)
        stream = BytesIO(handle.read(HEADER))
        header = structure(stream)
        if min(header[PAGE_UNPACKED], header[PAGE_STORED]) < 0:
            raise BadPages(f"a page of less than nothing at byte {at:,}")
        yield header[PAGE_UNPACKED]
        at += stream.tell() + header[PAGE_STORED]
