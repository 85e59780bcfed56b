"""The app in headless Chromium: open, click, move, change the theme, download, narrow window."""

import io
import json
import re
import zipfile

import pytest
from pypdf import PdfReader

from tests.app.pages import PAGES
from tests.conftest import run_of

pytestmark = pytest.mark.xdist_group("browser")
COLOURS = """({
    text: getComputedStyle(document.querySelector('.js-plotly-plot .ytick text')).fill,
    page: getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor,
})"""


def path_of(view: str) -> str:
    """What the address of a page has after the host."""
    return "" if view == "home" else view.replace("_", "-")


def open_view(page, address: str, path: str = "") -> None:
    view = path.split("?")[0].replace("-", "_") or "home"
    page.goto(f"{address}/{path}")
    page.get_by_role("heading", name=PAGES[view].heading).first.wait_for()
    settle(page)


def settle(page) -> None:
    """Wait until the script has run to its end."""
    page.wait_for_timeout(300)
    page.wait_for_function("!document.querySelector('[data-testid=\"stStatusWidget\"]')")
    page.wait_for_timeout(500)


def eventually(page, condition) -> bool:
    """Whether a condition comes to hold, however slow the machine."""
    for _ in range(1200):
        if condition():
            return True
        page.wait_for_timeout(100)
    return False


def test_deep_link_restores_the_view(page, address):
    open_view(page, address, "kgons?c=6&step=20")
    page.get_by_text("epoch 20:").first.wait_for()
    wait_for_address(page, "step=20")
    assert page.faults == []


def test_wrong_address_falls_back(page, address):
    open_view(page, address, "kgons?c=99&run=../../x&step=abc&path=%3Cscript%3E")
    page.get_by_text(re.compile(r"epoch \d+:")).first.wait_for()
    assert page.get_by_test_id("stException").count() == 0
    assert page.faults == []


def test_cursor_moves_the_polygon(page, address):
    open_view(page, address, "kgons")
    page.get_by_text("epoch 60:").first.wait_for()
    page.get_by_role("slider", name="Epoch").press("ArrowLeft")
    page.get_by_text("epoch 40:").first.wait_for()
    wait_for_address(page, "step=40")


def test_play_runs_through_the_epochs(page, address):
    open_view(page, address, "kgons")
    page.evaluate(
        """() => { window.seen = new Set(); setInterval(() => document.querySelectorAll('.annotation-text')
            .forEach(t => window.seen.add(t.textContent.split(':')[0])), 20); }"""
    )
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("window.seen.has('epoch 20') && window.seen.has('epoch 40')")
    page.get_by_role("button", name="Play").wait_for()
    page.get_by_text("epoch 60:").first.wait_for()
    assert page.faults == []


POINTS = """gd => {
    const layout = gd._fullLayout, box = gd.getBoundingClientRect(), found = [];
    for (const trace of gd._fullData.filter(t => t.customdata)) {
        const x = layout[trace.xaxis.replace('x', 'xaxis')], y = layout[trace.yaxis.replace('y', 'yaxis')];
        for (let i = 0; i < trace.x.length; i++) {
            const at = x.d2p(trace.x[i]), up = y.d2p(trace.y[i]);
            if (at > 5 && at < x._length - 5 && up > 5 && up < y._length - 5)
                found.push({x: box.left + x._offset + at, y: box.top + y._offset + up,
                            data: [...trace.customdata[i]]});
        }
    }
    return found;
}"""


def click_point(page, chart: str, wanted) -> list:
    """Click the first point in sight of a chart whose customdata is wanted; returns its customdata."""
    plot = page.locator(f".st-key-{chart} .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    settle(page)
    point = next(p for p in plot.evaluate(POINTS) if wanted(p["data"]))
    page.mouse.move(point["x"], point["y"])
    plot.locator(".hoverlayer .hovertext").first.wait_for()  # Plotly takes a click where it has seen a hover
    page.mouse.click(point["x"], point["y"])
    return point["data"]


def wait_for_address(page, part: str) -> None:
    page.wait_for_function("part => decodeURIComponent(location.href).includes(part)", arg=part)


def test_click_on_an_estimate_shows_its_chains(page, address, smoke_data):
    run = run_of(smoke_data, "superposition")
    open_view(page, address, f"sampler?run={run}&series=full%7Cc6-4gon-00%7Cdata")
    step, *_ = click_point(page, "llc-curve", lambda data: 0 < data[0] < 60)
    page.get_by_text(re.compile(rf"Step {step}: λ̂")).first.wait_for()
    wait_for_address(page, f"step={step}")


def test_click_on_a_system_shows_its_settings(page, address):
    open_view(page, address, "degeneracy")
    name, *_ = click_point(page, "truth-scatter", lambda data: "aligned" in data[0])
    page.get_by_role("heading", name=name, exact=True).first.wait_for()
    assert page.faults == []


def test_calibration_of_a_computed_run_is_drawn(page, address, smoke_data):
    run = run_of(smoke_data, "degeneracy")
    open_view(page, address, f"sampler?run={run}&plot=calibration")
    page.locator(".st-key-calibration-grid .js-plotly-plot .main-svg").first.wait_for()
    page.locator(".st-key-resolution-dial .js-plotly-plot .main-svg").first.wait_for()
    assert page.faults == []


def test_click_in_the_scatter_opens_that_run(page, address):
    open_view(page, address, "kgons?view=runs")
    path, step, *_ = click_point(page, "scatter", lambda data: "random" in data[0] and data[1] < 60)
    wait_for_address(page, f"path={path}")
    page.get_by_text(f"epoch {step}:").first.wait_for()
    assert page.faults == []


def test_click_on_the_staircase_moves_the_cursor(page, address):
    open_view(page, address, "kgons")
    step, *_ = click_point(page, "staircases", lambda data: 0 < data[0] < 60)
    page.get_by_text(f"epoch {step}:").first.wait_for()


def test_charts_follow_a_change_of_theme_at_once(page, address):
    open_view(page, address, "sampler")
    page.locator(".js-plotly-plot .ytick text").first.wait_for()
    light = page.evaluate(COLOURS)
    page.get_by_test_id("stMainMenu").click()
    page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    page.wait_for_function(f"light => ({COLOURS}).text !== light.text", arg=light)
    dark = page.evaluate(COLOURS)
    assert light["text"] == "rgb(31, 35, 40)"
    assert dark == {"text": "rgb(230, 232, 235)", "page": "rgb(20, 23, 28)"}
    assert page.faults == []


def download(page, name: str) -> bytes:
    page.get_by_role("button", name="Export").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).first.click()
    return open(waiting.value.path(), "rb").read()  # noqa: PTH123


def test_pdf_is_vector_with_embedded_fonts(page, address):
    open_view(page, address, "kgons")
    reader = PdfReader(io.BytesIO(download(page, "PDF")))
    (sheet,) = reader.pages
    assert abs(float(sheet.mediabox.width) / 72 - 5.5) < 0.05
    resources = sheet["/Resources"]
    assert not [o for o in resources.get("/XObject", {}).values() if o.get_object()["/Subtype"] == "/Image"]
    fonts = [font.get_object() for font in resources["/Font"].values()]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"]) or (
            font["/Subtype"] == "/Type3"
        )
    assert "epoch" in sheet.extract_text()
    assert page.faults == []


def test_csv_comes_with_its_source(page, address):
    open_view(page, address, "kgons")
    archive = zipfile.ZipFile(io.BytesIO(download(page, "CSV and source (ZIP)")))
    assert "staircases.csv" in archive.namelist()
    facts = json.loads(archive.read("staircases.json"))
    assert facts["queries"]["data"] == "staircase"
    assert facts["run"].startswith("superposition-smoke")
