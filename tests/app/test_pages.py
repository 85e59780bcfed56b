"""Every page on full, empty, running, failed and damaged data."""

import itertools
import subprocess
import sys
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from devdash import gallery, views
from devdash.store import queries
from devdash.store.shards import RunWriter
from devdash.store.snapshot import publish
from tests.app.conftest import largest_table
from tests.app.made import set_facts
from tests.app.pages import (
    HOSTILE,
    ONE_RUN,
    PAGES,
    PARTS,
    WHOLE,
    address_of,
    charts,
    controls,
    drawn,
    open_page,
    seen_page,
    texts,
)
from tests.conftest import EXPERIMENTS, ROOT, RUNS, run_of

PARTS_OF_RUNS = [
    (view, section, experiment) for view, experiment in ONE_RUN for section in PAGES[view].sections or ("",)
]
NEEDY = [view for view, page in PAGES.items() if page.one_run or page.needs]  # that show nothing without data
SMALL = 2  # rows of a figure's first query below which a page may leave it out, and say so


@pytest.mark.parametrize("view", WHOLE)
def test_page_shows_all_runs(smoke, view):
    test = seen_page(view)
    assert drawn(test) == sorted(PAGES[view].drawn())
    assert not test.error and not test.warning


@pytest.mark.parametrize(("view", "section", "experiment"), PARTS_OF_RUNS)
def test_page_draws_the_figures_that_it_declares(smoke, smoke_db, view, section, experiment):
    run = run_of(smoke, experiment)
    test = seen_page(view, run=run, **address_of(view, section))
    assert test.selectbox(key="run").value == run
    assert not test.error
    assert not test.warning or view == "sampler" or section == "caution"
    assert PAGES[view].lead in texts(test) and "https://arxiv.org/abs/" in texts(test)
    figures, declared = drawn(test), PAGES[view].drawn(section)
    assert len(figures) == charts(test) and set(figures) <= set(declared)
    for name in set(declared) - set(figures):
        frames, _ = gallery.build(gallery.figure_named(name), partial(gallery.query, smoke_db), run, {})
        said = "**Noise.**" in texts(test)
        assert said or len(frames[next(iter(frames))]) < SMALL, f"{name} has rows and is not drawn"


@pytest.mark.parametrize("view", NEEDY)
def test_empty_data_says_what_to_run(nothing_folder, read, view):
    read(nothing_folder)
    test = seen_page(view)
    experiments = PAGES[view].compute or views.experiments()
    (code,) = test.code
    assert code.value == "\n".join(f"python -m precompute {name} --preset smoke" for name in experiments)
    assert charts(test) == 0 and not test.error


@pytest.mark.parametrize("view", NEEDY)
def test_no_data_folder_at_all(tmp_path, read, view):
    read(tmp_path)
    assert open_page(view).code


@pytest.mark.parametrize(("view", "experiment"), ONE_RUN)
def test_unfinished_run_shows_what_is_there(unfinished_folder, read, view, experiment):
    read(unfinished_folder)
    run = run_of(unfinished_folder, experiment)
    for section in PAGES[view].sections if PAGES[view].compute else [""]:
        test = seen_page(view, run=run, **address_of(view, section))
        assert "not finished" in texts(test) and not test.error
        opened = "run" in controls(test)
        says = charts(test) or len(test.info) > opened or not PAGES[view].drawn(section)
        assert says, f"{section}: neither rows nor a word on them"


@pytest.mark.parametrize("view", WHOLE)
def test_unfinished_runs_stand_among_the_others(unfinished_folder, read, view):
    read(unfinished_folder)
    test = seen_page(view)
    assert not test.error
    if view == "home":
        assert set(test.dataframe[0].value["Status"]) == {"stopped; the same command goes on"}


@pytest.mark.parametrize(("view", "experiment"), [*((view, EXPERIMENTS[-1]) for view in WHOLE), *ONE_RUN])
def test_damaged_files_are_named_and_the_rest_is_shown(damaged_folder, smoke_data, read, view, experiment):
    run = run_of(read(damaged_folder), experiment)
    test = seen_page(view, run=run)
    for name in (f"{run} / llc_draw.parquet", f"{run} / smc.parquet", "second-run", "third-run"):
        assert name in texts(test)
    read(smoke_data)
    assert charts(test) == charts(seen_page(view, run=run))


@pytest.mark.parametrize(("view", "experiment"), ONE_RUN)
def test_damaged_table_inside_a_readable_frame(torn_folder, read, view, experiment):
    run = torn_folder / "runs" / run_of(read(torn_folder), experiment)
    assert f"{run.name} / {largest_table(run).name}: " in texts(seen_page(view, run=run.name))


def test_corrupt_snapshot_is_named_and_built_anew(data):
    path = publish(data)
    path.write_bytes(path.read_bytes()[:3000])
    first = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not first.exception
    assert "damaged" in texts(first) and "built anew" in texts(first)
    assert len(first.dataframe[0].value) == len(RUNS)
    assert drawn(open_page("kgons")) == sorted(PAGES["kgons"].drawn("run"))


def test_a_run_whose_process_is_there_is_told_from_one_whose_is_gone(data, run):
    folder = data / "runs" / run
    set_facts(folder, status="running", finished_at=None)
    with RunWriter(folder):
        home, page = open_page("home", run=run), open_page("kgons", run=run)
        assert "running …" in set(home.dataframe[0].value["Status"])
        assert "more comes in while it runs" in texts(page)
    home, page = open_page("home", run=run), open_page("kgons", run=run)
    assert "stopped; the same command goes on" in set(home.dataframe[0].value["Status"])
    assert "goes on where it stopped" in texts(page) and "more comes in" not in texts(page)
    assert drawn(page) == sorted(PAGES["kgons"].drawn("run"))


def test_failed_task_is_shown_with_its_message(data, run):
    folder = data / "runs" / run
    with RunWriter(folder) as writer:
        writer.write_failure("posterior c=6", "ValueError: made to fail")
    set_facts(folder, status="failed")
    test = open_page("kgons")
    assert "1 task of this run failed" in texts(test)
    assert any("made to fail" in c.value for c in test.code)
    assert drawn(test) == sorted(PAGES["kgons"].drawn("run"))


def keys_of(view: str) -> list[str]:
    """Everything that an address of a page can set: the keys of its controls in all sections."""
    parts = [address_of(view, section) for section in PAGES[view].sections or ("",)]
    keys = {key for part in parts for key in controls(seen_page(view, **part))}
    return sorted({"run", PAGES[view].picker[1]} | keys)


def check_fallback(view: str, section: str, values: dict[str, str]) -> None:
    """A page with these values in its address shows what it shows without them."""
    plain = seen_page(view, **address_of(view, section))
    test = open_page(view, **(values | address_of(view, section)))
    assert not test.error and drawn(test) == drawn(plain)
    assert controls(test) == controls(plain)
    assert "<script>" not in texts(test), "what an address says that is not there is said by the letter"


def dealt(view: str, first: int) -> dict[str, str]:
    """Hostile values dealt out among the names of a page's address, from the one at a place on."""
    return dict(zip(keys_of(view), itertools.islice(itertools.cycle(HOSTILE), first, None), strict=False))


@pytest.mark.parametrize("first", range(0, len(HOSTILE), 3))
@pytest.mark.parametrize("view", PAGES)
def test_hostile_address_falls_back(smoke, view, first):
    check_fallback(view, "", dealt(view, first))


@pytest.mark.parametrize(("view", "section"), [part for part in PARTS if part[1]])
def test_hostile_address_of_a_section_falls_back(smoke, view, section):
    check_fallback(view, section, dealt(view, 0))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_figures_behind_claims_stand_on_a_page(smoke_data, smoke_db, experiment):
    claims = queries.claims(smoke_db, run_of(smoke_data, experiment))
    assert set(claims["figure"]) - {""} <= set(views.places())


def test_address_restores_the_view(smoke):
    test = open_page("kgons", path="c6-random-01", step="20", scale="1.0")
    assert "random" in str(test.selectbox(key="path").value)
    assert test.session_state["step"] == 20


def test_app_imports_no_torch(smoke):
    script = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "test = AppTest.from_file('app.py', default_timeout=120).run()\n"
        "assert not test.exception\n"
        "from devdash import figures, gallery, views, export; views.discover(); figures.discover()\n"
        "print([m for m in ('torch', 'umap', 'sklearn', 'arviz_stats', 'precompute') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
