"""Rows that are about the same thing are shown once and told; what may be there twice stays."""

import pandas as pd
import pytest

from devdash.store import queries
from devdash.store.runs import write_json
from devdash.store.schema import TABLES
from devdash.store.shards import Shards
from devdash.store.snapshot import Snapshot, publish
from tests.store import tiny_run
from tests.store.one_table import arrow, left, put

pytestmark = pytest.mark.slow

ROWS = len(tiny_run.STEPS)
LLC, METRIC = tiny_run.LLC, tiny_run.METRIC


def test_rows_that_repeat_others_are_left_out(tmp_path):
    frame = tiny_run.TEXT_LOSS
    db, said = put(tmp_path, "text_loss", arrow(pd.concat([frame, *[frame.head(1)] * 3000])))
    assert (
        "3,000 rows left out: they repeat others, such as 3,001 rows of model '', step '1', text '0'" in said
    )
    assert len(left(db, "text_loss")) == ROWS


@pytest.mark.parametrize("table", ["metric", "llc", "text_loss"])
def test_a_file_whose_rows_all_stand_twice_is_as_one_of_single_rows(tmp_path, table):
    frame = {"metric": METRIC, "llc": LLC, "text_loss": tiny_run.TEXT_LOSS}[table]
    more = frame.iloc[:1].assign(step=99)
    if "std_err" in frame:
        more["std_err"] = float("nan")
    frame = pd.concat([frame, more])
    db, said = put(tmp_path, table, arrow(pd.concat([frame, frame])))
    assert f"{len(frame):,} rows left out: they repeat others, such as 2 rows of " in said
    assert len(left(db, table)) == len(frame)


@pytest.mark.parametrize("times", [1, 3])
def test_a_value_that_was_logged_twice_at_a_step_stays(tmp_path, times):
    frame = METRIC.assign(step=1, name="accuracy", value=1.0).iloc[:3]
    single = frame.iloc[:1].assign(value=0.5)
    db, said = put(tmp_path, "metric", arrow(pd.concat([*[frame] * times, single])))
    assert said == "" and len(left(db, "metric")) == 3 * times + 1


def test_every_table_but_the_metrics_says_what_tells_its_rows_apart():
    assert {name for name, table in TABLES.items() if not table.key} == {"run", "metric"}
    assert all(set(table.key) < set(table.names()) for table in TABLES.values())


@pytest.mark.parametrize(("table", "copies"), [("metric", 2), ("text_loss", 1)])
def test_what_a_run_in_progress_adds_twice_is_shown_once_where_rows_have_a_key(tmp_path, table, copies):
    frame = {"metric": METRIC, "text_loss": tiny_run.TEXT_LOSS}[table]
    folder = tiny_run.write(tmp_path)
    write_json(folder / "run.json", tiny_run.FACTS | {"status": "running"})
    (folder / f"{table}.parquet").unlink(missing_ok=True)
    shards = Shards(folder)
    shards.write_task("one", {table: frame}, 0.1)
    assert len(left(Snapshot(publish(tmp_path)), table)) == ROWS
    later = frame.assign(step=frame["step"] + 1000)
    shards.write_task("two", {table: pd.concat([later, later])}, 0.1)
    db = Snapshot(publish(tmp_path))
    assert len(left(db, table)) == (1 + copies) * ROWS
    assert "".join(queries.problems(db)["message"]).count("they repeat others") == 2 - copies
