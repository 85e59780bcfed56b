"""Publishing while sessions read: both go on, both see the new data on the next interaction."""

import shutil
import threading
import time

from devdash.store import queries
from devdash.store.snapshot import Snapshot, publish
from precompute import discover
from tests.app.made import set_facts
from tests.app.pages import open_page
from tests.conftest import RUNS, precompute

TITLES = {experiment.title for experiment in discover().values()}


def add_copy(data, run: str, name: str) -> None:
    shutil.copytree(data / "runs" / run, data / "runs" / name)
    set_facts(data / "runs" / name, title=f"Copy {name}")


def titles(test) -> set[str]:
    return set(test.dataframe[0].value["Experiment"])


def test_two_sessions_follow_a_publication(data, run):
    first, second = open_page("home"), open_page("home")
    assert titles(first) == titles(second) >= TITLES
    add_copy(data, run, "second-run")
    assert precompute("publish", data=data).returncode == 0
    for test in (first, second):
        test.run()
        assert not test.exception
        assert "Copy second-run" in titles(test)


def test_new_run_folder_appears_without_publishing(data, run):
    test = open_page("home")
    add_copy(data, run, "dropped-in")
    for _ in range(240):  # a snapshot that takes long to build is built seldom
        time.sleep(0.25)
        if "Copy dropped-in" in titles(test.run()):
            return
    raise AssertionError("a run folder that was copied in did not appear within a minute")


def test_readers_go_on_while_snapshots_are_built(data, run):
    """Readers query in threads while five publications replace the snapshot beneath them."""
    faults, stop = [], threading.Event()

    def read():
        db = Snapshot(publish(data))
        while not stop.wait(0.01):
            try:
                assert len(queries.claims(db, run)) >= 10
            except Exception as error:
                faults.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(5):
        add_copy(data, run, f"more-{number}")
        publish(data)
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert len(queries.runs(Snapshot(publish(data)))) == len(RUNS) + 5
