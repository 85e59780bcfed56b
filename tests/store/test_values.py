"""Values that no page could show: named by column and row, and left out; the rest is shown."""

import resource
import shutil
from io import BytesIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from devdash.store import parquet, queries
from devdash.store.check import faults
from devdash.store.errors import StoreError
from devdash.store.parquet_pages import BadPages, check_sizes
from devdash.store.schema import TABLES
from devdash.store.snapshot import Snapshot, publish
from devdash.store.validate import misfits
from tests.store import tiny_run
from tests.store.one_table import arrow, left, put

pytestmark = pytest.mark.slow

ROWS = len(tiny_run.STEPS)
LLC, METRIC = tiny_run.LLC, tiny_run.METRIC


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("metric", "step", None, "column 'step' (training step): 2 rows (3, 5) left out: empty"),
        ("metric", "name", None, "column 'name' (metric): 2 rows (3, 5) left out: empty"),
        ("metric", "name", "x" * 200_000, "2 rows (3, 5) left out: longer than 100,000 bytes"),
        ("llc", "verdict", "surely", "2 rows (3, 5) left out: expected 'reliable', 'not converged', "),
        ("llc", "verdict", "surely", "such as 'surely'"),
        ("llc", "verdict", None, "column 'verdict' (verdict): 2 rows (3, 5) left out: empty"),
        ("metric", "step", -1, "(training step): 2 rows (3, 5) left out: below 0, such as '-1'"),
        ("llc", "sampler", None, "column 'sampler' (sampler): 2 rows (3, 5) left out: empty"),
    ],
)
def test_rows_that_cannot_be_shown_are_left_out_and_named(tmp_path, table, column, value, words):
    frame = tiny_run.TABLES[table]
    values = [value if place in (3, 5) else old for place, old in enumerate(frame[column])]
    kind = pa.int64() if column == "step" else pa.string()
    db, said = put(tmp_path, table, arrow(frame, **{column: pa.array(values, kind)}))
    assert words in said
    assert left(db, table)["step"].tolist() == [step for step in range(ROWS) if step not in (3, 5)]


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_numbers_that_are_not_finite_are_taken_as_empty_and_named(tmp_path, value):
    db, said = put(tmp_path, "metric", arrow(METRIC.assign(value=[value, *METRIC["value"][1:]])))
    assert f"column 'value' (value): 1 row (0) not finite, taken as empty, such as '{value}'" in said
    assert left(db, "metric")["value"].isna().tolist() == [True] + [False] * (ROWS - 1)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_numbers_of_logarithmic_axes_are_above_zero(tmp_path, value):
    db, said = put(tmp_path, "llc", arrow(LLC.assign(nbeta=[value, *LLC["nbeta"][1:]])))
    assert f"column 'nbeta' (nβ): 1 row (0) not above 0, taken as empty, such as '{value}'" in said
    assert left(db, "llc")["nbeta"].isna().tolist() == [True] + [False] * (ROWS - 1)


def test_what_may_be_empty_is_empty_without_a_word(tmp_path):
    nothing = pa.nulls(ROWS)
    table = arrow(LLC, batch_size=nothing, message=nothing, rhat=nothing).append_column("model", nothing)
    db, said = put(tmp_path, "llc", table)
    assert said == ""
    rows = left(db, "llc")
    assert rows["batch_size"].isna().all() and set(rows["message"]) == set(rows["model"]) == {""}


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        (
            "step",
            pa.array(pd.date_range("2026", periods=ROWS)),
            "column 'step' is timestamp[us], expected whole",
        ),
        (
            "step",
            pa.array(pd.date_range("2026", periods=ROWS).date),
            "column 'step' is date32[day], expected",
        ),
        (
            "step",
            pa.array([0.5 * n for n in range(ROWS)]),
            "column 'step' (training step): double with values",
        ),
        (
            "step",
            pa.array([2**64 - 1] * ROWS, pa.uint64()),
            "column 'step' (training step): uint64 with values",
        ),
        ("value", pa.array(["one"] * ROWS), "column 'value' is string, expected numbers (value)"),
        ("name", pa.array(range(ROWS)), "column 'name' is int64, expected text (metric)"),
        ("name", pa.array([[1]] * ROWS), "column 'name' is list<"),
    ],
)
def test_columns_of_another_kind_are_named_with_it(tmp_path, column, values, words):
    db, said = put(tmp_path, "metric", arrow(METRIC, **{column: values}))
    assert words in said
    assert left(db, "metric").empty and len(left(db, "llc")) == ROWS


def test_whole_numbers_may_be_written_as_pandas_writes_them_beside_empty_ones(tmp_path):
    steps = [float(step) for step in tiny_run.STEPS]
    db, said = put(tmp_path, "llc", arrow(LLC.assign(step=steps, burn_in=[float("nan"), *steps[1:]])))
    assert said == ""
    assert left(db, "llc")["step"].tolist() == list(tiny_run.STEPS)


def long_texts(rows: int, length: int, **how) -> bytes:
    """A file of some KB with as many texts of this length."""
    places, steps = pa.array([0] * rows, pa.int32()), pa.array(range(rows))
    columns = {"step": steps, "value": steps, "std_err": steps}
    for name, text in (("name", "x" * length), ("component", ""), ("distribution", "")):
        columns[name] = pa.DictionaryArray.from_arrays(places, [text])
    file = BytesIO()
    pq.write_table(pa.table(columns), file, compression="zstd", **how)
    return file.getvalue()


@pytest.mark.parametrize(
    ("rows", "how", "words"),
    [
        (50_000, {}, "its texts have more than 2,147,483,648 bytes"),
        (300, {"use_dictionary": False}, "bytes in one row group, at most 16,777,216 are read"),
    ],
)
def test_a_small_file_that_stands_for_far_more_is_refused(tmp_path, monkeypatch, rows, how, words):
    monkeypatch.setattr(parquet, "LARGEST_GROUP", 2**24)
    folder = tiny_run.write(tmp_path)
    (folder / "metric.parquet").write_bytes(long_texts(rows, 90_000, **how))
    assert (folder / "metric.parquet").stat().st_size < 2**20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    db = Snapshot(publish(tmp_path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**19, "KB"
    assert words in queries.problems(db)["message"].item() and words in " ".join(faults(folder))
    assert left(db, "metric").empty and len(left(db, "llc")) == ROWS


def varint(value: int) -> bytes:
    """A whole number as Thrift writes it."""
    value, parts = 2 * value, []
    while value >= 128:
        value, parts = value >> 7, [*parts, value & 127 | 128]
    return bytes([*parts, value])


@pytest.mark.parametrize("hidden", [("column",), ("group",), ("column", "group")], ids="-".join)
def test_a_file_that_unpacks_to_more_than_its_footer_says_is_refused(tmp_path, hidden):
    """Its sizes in the footer are made to say that there is next to nothing."""
    folder, content = tiny_run.write(tmp_path), long_texts(300, 90_000, use_dictionary=False)
    group = pq.ParquetFile(BytesIO(content)).metadata.row_group(0)
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    sizes = {"column": group.column(3).total_uncompressed_size, "group": group.total_byte_size}
    for size in map(sizes.get, hidden):
        true, lie = varint(size), varint(size % 2**13 + 2**21)
        assert size > 2**24 and len(true) == len(lie) and content.count(true, footer) >= 1
        content = content[:footer] + content[footer:].replace(true, lie)
    (folder / "metric.parquet").write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    db = Snapshot(publish(tmp_path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**14, "KB"
    assert "it unpacks to more than it says" in queries.problems(db)["message"].item()
    assert "it unpacks to more than it says" in " ".join(faults(folder))


def test_damaged_pages_are_refused_whatever_is_damaged(tmp_path):
    """Footers and headers of pages with single bytes changed are read, or refused in words."""
    content = bytearray((tiny_run.write(tmp_path) / "metric.parquet").read_bytes())
    refused = 0
    for place in range(4, len(content) - 4):
        for value in (0, 0x7F, 0xFF, content[place] ^ 1):
            changed = content[:place] + bytes([value]) + content[place + 1 :]
            try:
                check_sizes(BytesIO(changed))
            except BadPages:
                refused += 1
    assert refused > 100


def test_a_file_without_rows_is_read(tmp_path):
    path = tmp_path / "metric.parquet"
    parquet.write(path, arrow(tiny_run.METRIC.head(0)))
    assert parquet.read(path).num_rows == 0


def test_long_texts_are_read_some_rows_at_a_time(tmp_path):
    path = tmp_path / "metric.parquet"
    path.write_bytes(long_texts(3000, 50_000))
    with parquet.opened(path) as file:
        sizes = [batch.num_rows for batch in parquet.batches(file)]
    assert sum(sizes) == 3000 and max(sizes) * 50_000 <= parquet.AT_ONCE
    assert parquet.read(path)["name"].type == pa.string()


def test_a_flipped_bit_is_seen(tmp_path):
    """Anywhere in a file: a page does not fit its sum, the file is no Parquet, or has an unknown column."""
    file = tiny_run.write(tmp_path) / "metric.parquet"
    content, expected = file.read_bytes(), parquet.read(file)
    silent = []
    for place in range(0, len(content), 3):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :])
        try:
            rows = parquet.read(file)
        except StoreError:
            continue
        if not rows.equals(expected) and not misfits(TABLES["metric"], rows.schema, ()):
            silent.append(place)
    assert silent == []


def test_only_what_changed_is_read_again(tmp_path, monkeypatch):
    """What is taken over is as what is read: of a run that grows, changes, ends, or is gone."""
    folder = tiny_run.write(tmp_path, "grows", metric=METRIC)
    tiny_run.write(tmp_path, "stays")
    publish(tmp_path)
    reads = []
    real = parquet.opened
    monkeypatch.setattr(parquet, "opened", lambda path: reads.append(path) or real(path))
    part = folder / "parts" / "llc"
    part.mkdir(parents=True)
    for name, begin in (("a", 0), ("b", 100)):
        pq.write_table(arrow(LLC.assign(step=LLC["step"] + begin)), part / f"{name}.parquet")
        mark_done(folder, name)
        assert_like_new(tmp_path, reads, 1)
    pq.write_table(arrow(LLC.assign(llc=3.0)), part / "a.parquet")
    mark_done(folder, "a again")
    assert_like_new(tmp_path, reads, 2)
    (part / "a.parquet").unlink()
    (folder / "metric.parquet").unlink()
    assert_like_new(tmp_path, reads, 1)
    shutil.rmtree(folder)
    assert_like_new(tmp_path, reads, 0)


def mark_done(folder, key: str) -> None:
    (folder / "parts" / "done").mkdir(exist_ok=True)
    (folder / "parts" / "done" / f"{key}.json").touch()


def assert_like_new(data, reads: list, files: int) -> None:
    """So many files are read, and every table has the rows of a snapshot that is built from nothing."""
    reads.clear()
    tables = (*tiny_run.TABLES, "run", "problem")
    grown = {name: left(Snapshot(publish(data)), name) for name in tables}
    assert len(reads) == files
    whole = Snapshot(publish(data, force=True))
    for name, rows in grown.items():
        order = [*rows.columns]
        expected = left(whole, name).sort_values(order, ignore_index=True)
        pd.testing.assert_frame_equal(rows.sort_values(order, ignore_index=True), expected)
    reads.clear()
