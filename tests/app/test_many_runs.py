"""A store with many runs: no page asks each of them for what only some can show."""

from devdash.store.snapshot import Snapshot
from tests.app.pages import open_page
from tests.store import tiny_run


def test_home_asks_no_more_of_many_runs_than_of_one(tmp_path, read, monkeypatch):
    queries, rows = [], Snapshot.rows
    monkeypatch.setattr(Snapshot, "rows", lambda db, sql, of: queries.append(sql) or rows(db, sql, of))
    asked = []
    for place, count in (("one", 1), ("many", 30)):
        for number in range(count):
            tiny_run.write(tmp_path / place, f"run-{number}")
        read(tmp_path / place)
        queries.clear()
        assert len(open_page("home").dataframe[0].value) == count
        asked.append(len(queries))
    assert asked[0] == asked[1] > 0
