"""What readers see for columns: of the table that the rows are of, never of another one."""

import re

import pytest

from devdash import live
from devdash.store import metric_series, queries
from devdash.store.labels import column_label, rows_of
from devdash.store.runs import StoreError
from devdash.store.schema import TABLES, label
from devdash.store.snapshot import Snapshot
from tests.store.test_round_trip import needed, publish_empty

ROWS_OF = {metric_series.NAME: "metric"}


class Listening(Snapshot):
    """A snapshot that keeps the names of the tables that queries read."""

    def __init__(self, path):
        self.read: set[str] = set()
        super().__init__(path)

    def rows(self, sql: str, values: list):
        words = re.findall(r"\b(?:FROM|JOIN)\s+\(*(\w+)", sql, re.IGNORECASE)
        self.read |= {ROWS_OF.get(word, word) for word in words} & set(TABLES)
        return super().rows(sql, values)


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Listening:
    return Listening(publish_empty(tmp_path_factory.mktemp("empty")))


def test_every_column_of_a_table_has_a_name_for_readers():
    for table in TABLES.values():
        for column in table.columns:
            assert column.label and "_" not in label(table.name, column.name)


@pytest.mark.parametrize("name", queries.QUERIES)
def test_labels_of_a_query_are_of_the_tables_that_it_reads(empty, name):
    """Each column has one label, and a column of a table that is read has that table's, or its own."""
    query = queries.QUERIES[name]
    empty.read = set()
    columns = list(query(empty, **needed(query)).columns)
    assert set(query.tables) <= empty.read
    assert set(query.labels) <= set(columns)
    for column in columns:
        text = column_label(query, column)
        assert "_" not in text
        possible = {label(table, column) for table in empty.read if column in TABLES[table].names()}
        assert text in possible or column in query.labels or not possible, (column, text, possible)


@pytest.mark.parametrize("name", live.COMPUTATIONS)
def test_live_computations_declare_their_columns(empty, name):
    computation = live.COMPUTATIONS[name]
    rows = computation(lambda query, run, **values: queries.QUERIES[query](empty, run, **values), "r")
    assert len(rows.columns) and set(computation.labels) <= set(rows.columns)
    assert all("_" not in column_label(computation, column) for column in rows.columns)


def test_a_name_means_what_its_table_says():
    assert label("program_order", "steps") == "steps t"
    assert label("truth", "steps") == "steps per chain"
    assert column_label(queries.program_orders, "steps") == "steps t"
    assert column_label(queries.generalisation_curves, "value") == "mean G (nats)"


def test_labels_that_disagree_are_refused_unless_one_is_chosen():
    @rows_of("sgd_step", "llc")
    def both(db, run): ...

    with pytest.raises(ValueError, match=r"column 'step' has the labels \['epoch', 'training step'\]"):
        column_label(both, "step")

    @rows_of("sgd_step", "llc", step="epoch")
    def chosen(db, run): ...

    assert column_label(chosen, "step") == "epoch"


def test_names_that_are_not_there_bring_the_near_ones():
    with pytest.raises(StoreError, match=r"table 'metrics' is unknown; did you mean metric"):
        rows_of("metrics")
    with pytest.raises(StoreError, match=r"table llc has no column 'rhatt'; did you mean rhat"):
        label("llc", "rhatt")
    with pytest.raises(AttributeError, match=r"no query 'kgon_point'; did you mean kgon_points"):
        queries.kgon_point  # noqa: B018
