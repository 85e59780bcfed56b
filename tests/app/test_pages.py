"""Every page on full, empty, running, failed and damaged data."""

import json
import shutil
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from devdash import views
from devdash.store import queries
from devdash.store.shards import file_name
from devdash.store.snapshot import Snapshot, publish
from tests.app.pages import ONE_RUN, VIEWS, charts, open_page, texts
from tests.conftest import EXPERIMENTS, ROOT, run_of

CHARTS = {
    "home": 0,
    "stages": 3,
    "trajectory": 3,
    "reading": 2,
    "heads": 5,
    "multigrams": 2,
    "embryology": 3,
    "regression": 1,
    "kgons": 2,
    "degeneracy": 1,
    "programs": 2,
    "generalisation": 2,
    "logic": 2,
    "curves": 1,
    "sampler": 2,
    "claims": 0,
}
ONE_POINT = ("programs", "generalisation")  # each λ̂ is of one point: no curve over steps, one chart less
SECTIONS = {
    "kgons": {"run": 2, "runs": 1, "posterior": 3, "points": 3, "transitions": 1},
    "degeneracy": {"truth": 1, "potentials": 3, "rescaling": 2, "digits": 3},
    "logic": {"match3": 2, "boards": 2, "episode": 2},
    "regression": {"complexity": 1, "predictions": 2, "collapse": 1, "elsewhere": 1, "pools": 2},
    "programs": {"run": 2, "orders": 1, "draws": 1, "slopes": 2, "llc": 2},
    "generalisation": {"curves": 2, "slopes": 1, "tanh": 1, "authors": 1, "caution": 1},
    "multigrams": {"circuit": 2, "head": 1, "migration": 1, "tokens": 1, "layers": 1},
}
FIRST = {  # a task that is done when a run has begun, and its tables
    "superposition": ("k-gons c=6", ("kgon_point", "kgon_column", "metric")),
    "degeneracy": ("potential x²y²", ("truth", "potential_level", "potential_draw")),
    "language": ("text", ("corpus", "token", "text_token")),
    "heads": ("tokens", ("eval_token", "multigram", "token")),
    "logic": ("train 2-simplicial", ("checkpoint",)),
    "regression": ("train seeds", ("checkpoint",)),
    "programs": ("codes", ("program_code", "program_word", "metric")),
    "generalisation": ("slopes 3-3-3, r = 3", ("tempered", "llc", "llc_draw")),
}
TABLE = {  # a large one of each
    "superposition": "polygon",
    "degeneracy": "truth",
    "language": "metric",
    "heads": "eval_token",
    "regression": "metric",
    "programs": "program_draw",
    "generalisation": "tempered",
    "logic": "logic_board",
}
EMPTY = {
    "degeneracy": "degeneracy",
    **dict.fromkeys(("stages", "trajectory", "reading"), "language"),
    **dict.fromkeys(("heads", "multigrams", "embryology"), "heads"),
    "regression": "regression",
    **{name: name for name in ("programs", "generalisation", "logic")},
}


def expected(view: str, experiment: str) -> int:
    """Charts of a page that shows a run."""
    return CHARTS[view] - (view == "sampler" and experiment in ONE_POINT)


@pytest.mark.parametrize("view", ["home", "curves"])
def test_page_shows_all_runs(smoke, view):
    test = open_page(view)
    assert charts(test) >= CHARTS[view]
    assert not test.error and not test.warning


@pytest.mark.parametrize(("view", "experiment"), ONE_RUN)
def test_page_shows_the_run(smoke, view, experiment):
    run = run_of(smoke, experiment)
    test = open_page(view, run=run)
    assert test.selectbox(key="run").value == run
    assert charts(test) >= expected(view, experiment)
    assert not test.error
    assert not test.warning or view == "sampler"


@pytest.mark.parametrize(("view", "section"), [(view, name) for view in SECTIONS for name in SECTIONS[view]])
def test_every_section_is_drawn(smoke, view, section):
    test = open_page(view, view=section)
    assert charts(test) == SECTIONS[view][section]
    assert not test.error


@pytest.mark.parametrize("view", VIEWS)
def test_empty_data_says_what_to_run(tmp_path, monkeypatch, view):
    (tmp_path / "runs").mkdir()
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    test = open_page(view)
    experiment = EMPTY.get(view, "superposition")
    assert any(f"python -m precompute {experiment} --preset smoke" in c.value for c in test.code)


@pytest.mark.parametrize("view", VIEWS)
def test_no_data_folder_at_all(tmp_path, monkeypatch, view):
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path / "none"))
    (tmp_path / "none").mkdir()
    assert open_page(view).code


def only(data, experiment: str) -> str:
    """Remove the runs of other experiments. Returns the name of the one left."""
    kept = run_of(data, experiment)
    for folder in (data / "runs").iterdir():
        if folder.name != kept:
            shutil.rmtree(folder)
    return kept


def begin(data, experiment: str) -> None:
    """Put an experiment's run back to where its first task is done and the others are not."""
    folder = data / "runs" / run_of(data, experiment)
    content = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(content | {"status": "running", "finished_at": None}))
    key, tables = FIRST[experiment]
    for table in tables:
        part = folder / "parts" / table / f"{file_name(key)}.parquet"
        part.parent.mkdir(parents=True)
        shutil.move(folder / f"{table}.parquet", part)
    for path in folder.glob("*.parquet"):
        path.unlink()


@pytest.mark.parametrize(("view", "experiment"), ONE_RUN)
def test_running_run_shows_what_is_there(data, view, experiment):
    run = only(data, experiment)
    begin(data, experiment)
    words = texts(open_page(view, run=run))
    assert "not finished" in words


@pytest.mark.parametrize("view", ["home", "curves"])
def test_running_runs_stand_among_the_others(data, view):
    for experiment in EXPERIMENTS:
        begin(data, experiment)
    assert "running" in texts(open_page(view)) or view != "home"


@pytest.mark.parametrize("view", ["kgons", "degeneracy", "generalisation"])
def test_sections_without_rows_yet_say_so(data, view):
    begin(data, "superposition" if view == "kgons" else view)
    for section in SECTIONS[view]:
        test = open_page(view, view=section)
        assert not test.error
        assert charts(test) or len(test.info) > 1, section


@pytest.mark.parametrize(("view", "experiment"), [("home", "superposition"), *ONE_RUN])
def test_damaged_files_are_named_and_the_rest_is_shown(data, view, experiment):
    folder = data / "runs" / only(data, experiment)
    cut = folder / "llc_draw.parquet"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    (folder / "smc.parquet").write_bytes(b"foreign")
    shutil.copytree(folder, data / "runs" / "second-run")
    (data / "runs" / "second-run" / "run.json").unlink()
    shutil.copytree(folder, data / "runs" / "third-run")
    (data / "runs" / "third-run" / "run.json").write_text('{"status": 7')
    test = open_page(view, run=folder.name)
    for name in ("llc_draw.parquet", "smc.parquet", "second-run", "third-run"):
        assert name in texts(test)
    assert charts(test) == expected(view, experiment)


@pytest.mark.parametrize(("view", "experiment"), ONE_RUN)
def test_damaged_table_inside_a_readable_frame(data, view, experiment):
    """A page in the middle of the file is overwritten: the footer still reads."""
    run = only(data, experiment)
    path = data / "runs" / run / f"{TABLE[experiment]}.parquet"
    content = bytearray(path.read_bytes())
    content[100 : len(content) // 2] = b"\x00" * (len(content) // 2 - 100)
    path.write_bytes(bytes(content))
    assert path.name in texts(open_page(view, run=run))


def test_corrupt_snapshot_is_named_and_built_anew(data):
    path = publish(data)
    path.write_bytes(path.read_bytes()[:3000])
    first = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not first.exception
    assert "damaged" in texts(first) and "built anew" in texts(first)
    assert len(first.dataframe[0].value) == len(EXPERIMENTS)
    assert charts(open_page("kgons")) == CHARTS["kgons"]


def test_failed_task_is_shown_with_its_message(data, run):
    from devdash.store.shards import RunWriter

    folder = data / "runs" / run
    with RunWriter(folder) as writer:
        writer.write_failure("posterior c=6", "ValueError: made to fail")
    content = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(content | {"status": "failed"}))
    test = open_page("kgons")
    assert "1 task of this run failed" in texts(test)
    assert any("made to fail" in c.value for c in test.code)
    assert charts(test) == 2


HOSTILE = (
    "../../etc/passwd",
    "'; DROP TABLE run; --",
    "<script>alert(1)</script>",
    "x" * 20_000,
    "NaN",
    "-1",
    "\u0000",
    "[]",
)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_figures_behind_claims_stand_on_a_page(smoke, experiment):
    claims = queries.claims(Snapshot(publish(smoke)), run_of(smoke, experiment))
    shown = {figure for view in views.discover().values() for figure in getattr(view, "SHOWN_IN", {})}
    assert set(claims["figure"]) - {""} <= shown


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("view", ["kgons", "degeneracy", "generalisation", "sampler", "claims"])
def test_hostile_address_falls_back(smoke, view, value):
    names = (
        "run",
        "view",
        "c",
        "path",
        "step",
        "scale",
        "log",
        "series",
        "experiment",
        "metric",
        "plot",
        "level",
        "swept",
        "family",
    )
    test = open_page(view, **dict.fromkeys(names, value))
    assert not test.error
    assert charts(test) >= CHARTS[view]
    assert "alert(1)" not in texts(test)


def test_address_restores_the_view(smoke):
    test = open_page("kgons", path="c6-random-01", step="20", scale="1.0")
    assert "random" in str(test.selectbox(key="path").value)
    assert test.session_state["step"] == 20


def test_app_imports_no_torch(smoke):
    script = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "test = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "assert not test.exception\n"
        "from devdash import figures, views, export; views.discover(); figures.discover()\n"
        "print([m for m in ('torch', 'umap', 'sklearn', 'arviz_stats', 'precompute') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
