"""A run as one HTML file: it opens from disk, loads nothing, shows words by the letter, and has a cursor."""

import json
import re
import shutil

import pytest

from devdash import collection, share
from devdash.collection import Collection, Pin
from devdash.share.document import html
from devdash.store.runs import StoreError
from tests.browser.test_hostile_words import elsewhere, write  # noqa: F401 (a fixture)
from tests.conftest import ROOT, run_of

pytestmark = [pytest.mark.xdist_group("share"), pytest.mark.slow]
LARGEST = 15 * 2**20
HEADS = "heads-laptop-s0-a122b0c6"


@pytest.fixture(scope="module")
def offline(chromium):
    """A browser without a network."""
    context = chromium.new_context(offline=True, viewport={"width": 1300, "height": 1000})
    yield context
    context.close()


def open_file(context, path):
    """The page of a file, which notes its faults and what it asks for."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.faults, page.asked = [], []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    page.locator("figure .main-svg").first.wait_for()
    return page


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    """The shipped run of heads, shared."""
    folder = tmp_path_factory.mktemp("heads")
    for run in (HEADS, "language-laptop-s0-f6d2dd6a"):
        shutil.copytree(ROOT / "data" / "runs" / run, folder / "runs" / run)
    path = folder / "heads.html"
    share.command(HEADS, path, folder)
    return path


def test_the_heads_run_is_a_file_that_can_be_sent(heads, offline):
    assert heads.stat().st_size <= LARGEST
    page = open_file(offline, heads)
    assert page.locator("figure").count() > 10
    slider, words = page.locator("#cursor input"), page.locator("#cursor output")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    step = re.fullmatch(r"step ([\d,]+)", words.inner_text())
    assert step
    circuit = page.locator("figure", has_text="The circuit: which head reads which")
    circuit.scroll_into_view_if_needed()
    circuit.locator(".annotation-text").first.wait_for()
    last = circuit.locator(".annotation-text").all_text_contents()
    page.locator("#cursor input").fill("2")
    page.wait_for_function(
        "last => ![...document.querySelectorAll('.annotation-text')].some(t => t.textContent === last)",
        arg=next(text for text in last if text.startswith("step")),
    )
    assert page.get_by_text("A-1").count() and page.get_by_text("Snapshot").count()
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    assert page.faults == [] and page.asked == [heads.as_uri()]


def test_rows_of_a_figure_are_downloaded_from_the_file(heads, offline):
    page = open_file(offline, heads)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="circuit-edges.csv").click()
    head, *rows = waiting.value.path().read_text().splitlines()
    assert "strength" in head.split(",") and len(rows) > 10


def test_hostile_words_do_nothing_and_are_shown(chromium, tmp_path, elsewhere):  # noqa: F811
    address, asked = elsewhere
    words = write(tmp_path, address)
    path = tmp_path / "hostile.html"
    share.command("hostile", path, tmp_path)
    content = path.read_text()
    assert "<img src=" not in content.partition("<script>")[0].partition("</style>")[2]
    page = open_file(chromium.new_context(), path)
    assert page.get_by_text(words).count()
    assert page.locator(f'a[href^="{address}"], img[src^="{address}"]').count() == 0
    page.evaluate(
        "src => { const i = new Image(); i.src = src; document.body.append(i); }", f"{address}/forced"
    )
    page.evaluate("src => fetch(src).catch(() => 0)", f"{address}/forced")
    page.wait_for_timeout(500)
    assert asked == [], "the file's policy lets nothing out"


def test_a_collection_is_shared_with_names_and_captions(smoke_data, tmp_path, offline):
    run = run_of(smoke_data, "superposition")
    pins = (Pin("staircases", run, {"step": 20}, "Stairs <i>", "A caption & <b>more</b>."),)
    file = collection.save(tmp_path, Collection("mine", pins))
    path = tmp_path / "mine.html"
    said = share.command(str(file), path, smoke_data)
    assert said.startswith(f"1 figures in {path}")
    page = open_file(offline, path)
    assert page.get_by_role("heading", name="Stairs <i>").count() == 1
    assert page.get_by_text("A caption & <b>more</b>.").count() == 1
    assert page.faults == []


def test_what_is_not_there_is_named(smoke_data, tmp_path):
    for what in ("none-such", "../../etc", str(tmp_path / "none.json")):
        with pytest.raises(StoreError):
            share.command(what, tmp_path / "x.html", smoke_data)
    assert not list(tmp_path.iterdir())


def test_no_word_of_the_data_ends_the_script():
    """Whatever stands in the contents stays in their JSON."""
    words = "</script><script>alert(1)</script><!-- \u2028 {policy} %s"
    contents = {"title": words, "pool": [], "figures": [], "steps": [], "claims": [], "facts": []}
    page = html(contents).decode()
    assert page.count("</script>") == 3
    shared = page.partition('id="shared">')[2].partition("</script>")[0]
    assert json.loads(shared)["title"] == words
