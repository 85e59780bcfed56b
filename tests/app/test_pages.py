"""Every page on full, empty, running, failed and damaged data."""

import json
import shutil
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from devdash.store.shards import file_name
from devdash.store.snapshot import publish
from tests.app.pages import VIEWS, charts, open_page, texts
from tests.conftest import ROOT

CHARTS = {"home": 0, "kgons": 2, "curves": 1, "sampler": 2, "claims": 0}
SECTIONS = {"run": 2, "runs": 1, "posterior": 3, "points": 3, "transitions": 1}


@pytest.mark.parametrize("view", VIEWS)
def test_page_shows_the_run(data, view):
    test = open_page(view)
    assert charts(test) >= CHARTS[view]
    assert not test.error
    assert not test.warning or view == "sampler"


@pytest.mark.parametrize(("section", "count"), SECTIONS.items())
def test_every_section_of_the_kgon_page(data, section, count):
    test = open_page("kgons", view=section)
    assert charts(test) == count
    assert not test.error


@pytest.mark.parametrize("view", VIEWS)
def test_empty_data_says_what_to_run(tmp_path, monkeypatch, view):
    (tmp_path / "runs").mkdir()
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    test = open_page(view)
    assert any("python -m precompute superposition --preset smoke" in c.value for c in test.code)


@pytest.mark.parametrize("view", VIEWS)
def test_no_data_folder_at_all(tmp_path, monkeypatch, view):
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path / "none"))
    (tmp_path / "none").mkdir()
    assert open_page(view).code


@pytest.mark.parametrize("view", VIEWS)
def test_running_run_shows_what_is_there(data, run, view):
    """A run in its second round: theory is done, SGD and posterior are not."""
    folder = data / "runs" / run
    content = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(content | {"status": "running", "finished_at": None}))
    for table in ("kgon_point", "kgon_column", "metric"):
        part = folder / "parts" / table / f"{file_name('k-gons c=6')}.parquet"
        part.parent.mkdir(parents=True)
        shutil.move(folder / f"{table}.parquet", part)
    for path in folder.glob("*.parquet"):
        path.unlink()
    test = open_page(view)
    words = texts(test)
    assert "not finished" in words or view in ("home", "curves")
    assert "running" in words or view != "home"


@pytest.mark.parametrize("view", VIEWS)
def test_damaged_files_are_named_and_the_rest_is_shown(data, run, view):
    folder = data / "runs" / run
    cut = folder / "llc_draw.parquet"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    (folder / "smc.parquet").write_bytes(b"foreign")
    shutil.copytree(folder, data / "runs" / "second-run")
    (data / "runs" / "second-run" / "run.json").unlink()
    shutil.copytree(folder, data / "runs" / "third-run")
    (data / "runs" / "third-run" / "run.json").write_text('{"status": 7')
    words = texts(open_page(view))
    for name in ("llc_draw.parquet", "smc.parquet", "second-run", "third-run"):
        assert name in words
    if view == "kgons":
        assert charts(open_page(view)) == 2


@pytest.mark.parametrize("view", VIEWS)
def test_damaged_table_inside_a_readable_frame(data, run, view):
    """A page in the middle of the file is overwritten: the footer still reads."""
    path = data / "runs" / run / "polygon.parquet"
    content = bytearray(path.read_bytes())
    content[100 : len(content) // 2] = b"\x00" * (len(content) // 2 - 100)
    path.write_bytes(bytes(content))
    assert "polygon.parquet" in texts(open_page(view))


def test_corrupt_snapshot_is_named_and_built_anew(data):
    path = publish(data)
    path.write_bytes(path.read_bytes()[:3000])
    first = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not first.exception
    assert "damaged" in texts(first) and "built anew" in texts(first)
    assert len(first.dataframe[0].value) == 1
    assert charts(open_page("kgons")) == CHARTS["kgons"]


def test_failed_task_is_shown_with_its_message(data, run):
    from devdash.store.shards import RunWriter

    folder = data / "runs" / run
    with RunWriter(folder) as writer:
        writer.write_failure("posterior c=6", "ValueError: made to fail")
    content = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(content | {"status": "failed"}))
    test = open_page("kgons")
    assert "1 tasks of this run failed" in texts(test)
    assert any("made to fail" in c.value for c in test.code)
    assert charts(test) == 2


HOSTILE = (
    "../../etc/passwd", "'; DROP TABLE run; --", "<script>alert(1)</script>", "x" * 20_000, "NaN", "-1",
    "\u0000", "[]",
)  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("view", ["kgons", "sampler", "claims"])
def test_hostile_address_falls_back(data, view, value):
    names = ("run", "view", "c", "path", "step", "scale", "log", "series", "experiment", "metric")
    test = open_page(view, **dict.fromkeys(names, value))
    assert not test.error
    assert charts(test) >= CHARTS[view]
    assert "alert(1)" not in texts(test)


def test_address_restores_the_view(data):
    test = open_page("kgons", path="c6-random-01", step="20", scale="1.0")
    assert "random" in str(test.selectbox(key="path").value)
    assert test.session_state["step"] == 20


def test_app_imports_no_torch(data):
    script = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "test = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "assert not test.exception\n"
        "from devdash import figures, views, export; views.discover(); figures.discover()\n"
        "print([m for m in ('torch', 'umap', 'sklearn', 'arviz', 'precompute') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
