"""The app in headless Chromium: open, click, move, change the theme, download, narrow window."""

import io
import json
import re
import zipfile

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.xdist_group("browser")
BACKGROUND = "getComputedStyle(document.querySelector('.js-plotly-plot .main-svg')).background"
VIEWS = {"": "devdash", "kgons": "k-gons", "curves": "Curves", "sampler": "The chains", "claims": "Claims"}


def open_view(page, address: str, path: str = "", heading: str = "") -> None:
    page.goto(f"{address}/{path}")
    page.get_by_role("heading", name=heading or VIEWS[path]).first.wait_for()
    settle(page)


def settle(page) -> None:
    """Wait until the script has run to its end."""
    page.wait_for_timeout(300)
    page.wait_for_function("!document.querySelector('[data-testid=\"stStatusWidget\"]')")
    page.wait_for_timeout(500)


@pytest.mark.parametrize("path", VIEWS)
def test_every_page_opens_cleanly(page, address, path):
    open_view(page, address, path)
    assert page.faults == []
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("path", ["kgons", "sampler"])
def test_charts_are_drawn(page, address, path):
    open_view(page, address, path)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    assert page.locator(".js-plotly-plot .xtick").count() > 5


def test_deep_link_restores_the_view(page, address):
    open_view(page, address, "kgons?c=6&step=20", "k-gons")
    page.get_by_text("epoch 20:").first.wait_for()
    assert "step=20" in page.url
    assert page.faults == []


def test_wrong_address_falls_back(page, address):
    open_view(page, address, "kgons?c=99&run=../../x&step=abc&path=%3Cscript%3E", "k-gons")
    page.get_by_text(re.compile(r"epoch \d+:")).first.wait_for()
    assert page.get_by_test_id("stException").count() == 0
    assert page.faults == []


def test_cursor_moves_the_polygon(page, address):
    open_view(page, address, "kgons")
    page.get_by_text("epoch 60:").first.wait_for()
    page.get_by_role("slider", name="Epoch").press("ArrowLeft")
    page.get_by_text("epoch 40:").first.wait_for()
    assert "step=40" in page.url


def test_play_runs_through_the_epochs(page, address):
    open_view(page, address, "kgons")
    page.get_by_role("button", name="Play").click()
    page.get_by_text("epoch 10:").first.wait_for()
    page.get_by_text("epoch 60:").first.wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert page.faults == []


def test_click_on_an_estimate_shows_its_chains(page, address):
    open_view(page, address, "sampler")
    points = page.locator(".js-plotly-plot").first.locator(".scatterlayer .point")
    points.first.wait_for()
    points.nth(3).click(force=True)
    page.get_by_text(re.compile(r"Step 5: λ̂")).first.wait_for()
    assert "step=5" in page.url


def test_click_in_the_scatter_opens_that_run(page, address):
    open_view(page, address, "kgons")
    plot = page.locator(".st-key-scatter .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    settle(page)
    place = plot.evaluate(
        """gd => {
            const trace = gd.data.find(t => t.name === 'other'), i = 0, l = gd._fullLayout;
            const decode = v => ArrayBuffer.isView(v) || Array.isArray(v) ? v[i] : v._inputArray[i];
            const full = gd._fullData.find(t => t.name === 'other');
            const box = gd.getBoundingClientRect();
            const x = l.xaxis.d2p(full.x[i]) + l.xaxis._offset, y = l.yaxis.d2p(full.y[i]) + l.yaxis._offset;
            return {x: box.left + x, y: box.top + y, path: full.customdata[i][0]};
        }"""
    )
    page.mouse.move(place["x"], place["y"])
    page.wait_for_timeout(300)
    page.mouse.click(place["x"], place["y"])
    page.wait_for_url(lambda url: place["path"] in url or "step=" in url)
    assert page.faults == []


def test_theme_changes_the_charts(page, address):
    open_view(page, address, "sampler")
    page.locator(".js-plotly-plot .bg").first.wait_for()
    before = chart_background(page)
    page.get_by_test_id("stMainMenu").click()
    page.get_by_text("Dark", exact=True).first.click()
    page.keyboard.press("Escape")
    page.wait_for_function(
        f"before => {BACKGROUND} !== before",
        arg=before,
    )
    assert page.faults == []


def chart_background(page) -> str:
    return page.evaluate(BACKGROUND)


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


@pytest.mark.parametrize("path", VIEWS)
def test_narrow_window_needs_no_sideways_scrolling(page, address, path):
    page.set_viewport_size({"width": 420, "height": 900})
    open_view(page, address, path)
    wide = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth - window.innerWidth")
    assert wide <= 0
