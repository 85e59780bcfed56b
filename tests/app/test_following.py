"""Pages while data change beneath them: none waits, and good data stay in sight whatever goes wrong."""

import threading
import time
from pathlib import Path

import pytest

from devdash.store import snapshot as store
from devdash.store.snapshot import publish
from tests.app.pages import open_page, texts
from tests.disks import small_disk
from tests.store import tiny_run


@pytest.fixture
def data(tmp_path, read) -> Path:
    tiny_run.write(tmp_path, "first")
    return read(tmp_path)


def names(test) -> set[str]:
    return set(test.dataframe[0].value["Folder"])


def wait_for(test, run: str) -> None:
    deadline = time.monotonic() + 120
    while run not in names(test) and time.monotonic() < deadline:
        time.sleep(0.1)
        test.run()
    assert run in names(test)


def test_no_page_waits_for_what_is_published(data, monkeypatch):
    test, go_on, real = open_page("home"), threading.Event(), store.publish
    monkeypatch.setattr(store, "publish", lambda *to, **how: go_on.wait(30) and real(*to, **how))
    tiny_run.write(data, "second")
    time.sleep(1.1)
    for _ in range(3):
        assert names(test.run()) == {"first"}
    go_on.set()
    wait_for(test, "second")


@pytest.fixture
def full_soon(tmp_path):
    """A disk of 16 MB."""
    with small_disk(tmp_path / "disk", "16m") as disk:
        yield disk


def test_a_full_disk_keeps_good_data_in_sight(full_soon, read):
    tiny_run.write(read(full_soon), "first")
    publish(full_soon)
    tiny_run.write(full_soon, "second")
    filler = full_soon / "filler"
    with pytest.raises(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096) == 4096:
            pass
        raise OSError("the last write was cut short")
    test = open_page("home")
    assert names(test) == {"first"}
    assert "No space left on device" in texts(test) and "What was read before is shown" in texts(test)
    filler.unlink()
    wait_for(test, "second")
    assert "No space left" not in texts(test.run())
