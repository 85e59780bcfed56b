"""Every part of every page, in a narrow and in a wide window.

A page is opened by its address, its other parts by its control: loading the app's scripts anew for each
part would take most of the time. That an address opens every part is tested in tests/app.
"""

from pathlib import Path

import pytest

from tests.app.pages import PAGES, PARTS
from tests.browser.conftest import noted_page
from tests.browser.test_browser import open_view, path_of, settle, wait_for_address

GROUPS = [sorted(PAGES).index(view) % 2 for view, _ in PARTS]  # two browsers at a time, a page in one of them
PAGE_FAULTS = Path(__file__).with_name("page_faults.js").read_text()
FAULTY_CHARTS = """() => [...document.querySelectorAll('.js-plotly-plot')].filter(gd => {
    const layout = gd._fullLayout, ticks = gd.querySelectorAll('.xtick, .ytick').length;
    const flat = layout._subplots.cartesian.length && gd._fullData.length;
    const axes = [layout.xaxis, layout.yaxis].some(axis => axis && axis.visible && axis.showticklabels);
    return !gd.querySelector('.main-svg') || (flat && axes && ticks < 3);
}).map(gd => gd.closest('[class*="st-key-"]')?.className)"""
NARROW, WIDE = {"width": 420, "height": 900}, {"width": 1400, "height": 1000}
PLACES = [
    pytest.param(*part, marks=pytest.mark.xdist_group(f"parts {group}"))
    for part, group in zip(PARTS, GROUPS, strict=True)
]


@pytest.fixture(scope="module")
def visit(context, address):
    """A page of the browser, kept from part to part, and the page of the app on it."""
    with noted_page(context, address) as page:
        yield {"page": page, "view": None}


def show(visit: dict, address: str, view: str, section: str):
    """A part in a narrow window."""
    page, (_, key) = visit["page"], PAGES[view].picker
    page.faults.clear()
    page.set_viewport_size(NARROW)
    if view == visit["view"]:
        title = PAGES[view].sections[section].title
        page.locator(f".st-key-{key}").get_by_role("radio", name=title, exact=True).click()
        wait_for_address(page, f"{key}={section}")
        settle(page)
    else:
        visit["view"] = None  # until it is open
        open_view(page, address, path_of(view) + (f"?{key}={section}" if section else ""))
        visit["view"] = view
    return page


@pytest.mark.parametrize(("view", "section"), PLACES)
def test_every_part_opens_cleanly_in_a_narrow_and_in_a_wide_window(visit, address, view, section):
    """No error, no request that leaves the machine, no sideways scrolling, no words that are faint or lie
    over others, every chart drawn with ticks."""
    page = show(visit, address, view, section)
    for width in (420, 800):
        page.set_viewport_size({"width": width, "height": 900})
        wide = "document.querySelector('[data-testid=\"stMain\"]').scrollWidth - window.innerWidth"
        assert page.evaluate(wide) <= 0, width
    assert page.evaluate(PAGE_FAULTS) == []
    page.set_viewport_size(WIDE)
    settle(page)
    if PAGES[view].drawn(section):
        page.locator(".js-plotly-plot .main-svg").first.wait_for(state="attached")  # or folded
    assert page.evaluate(FAULTY_CHARTS) == []
    assert page.get_by_test_id("stException").count() == 0
    assert page.faults == []
