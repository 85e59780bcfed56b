"""Charts are updated where they are, and then show what they would show if they were drawn anew."""

import re

import pytest

from tests.browser.conftest import noted_page
from tests.browser.test_browser import click_point, eventually, open_view, settle, wait_for_address

pytestmark = pytest.mark.xdist_group("browser")
STEPS = {
    "heads": ("Step", "head-curves"),
    "stages": ("Step", "metric-multiples"),
    "kgons": ("Epoch", "polygon"),
}
CHARTS = "() => document.querySelectorAll('[data-testid=\"stMain\"] .plot.js-plotly-plot')"
MARK = f"() => ({CHARTS})().forEach(chart => chart.isMarked = true)"
MARKED = f"() => [...({CHARTS})()].map(chart => chart.isMarked ?? false)"
DRAWN = f"""() => [...({CHARTS})()].map(chart => ({{
    key: chart.closest('[class*="st-key-"]').className,
    texts: [...chart.querySelectorAll('.main-svg text')].map(text => text.textContent).sort(),
    paths: [...chart.querySelectorAll('.main-svg path')].map(path => (path.getAttribute('d') ?? '')
        .replace(/\\d+\\.\\d+/g, number => Number(number).toFixed(0))).sort(),
    box: [chart.clientWidth, chart.clientHeight],
}}))"""
SOON = "const wait = setTimeout; setTimeout = (then, ms, ...more) => wait(then, ms == 2e4 ? 99 : ms, ...more)"
GROUND = "chart => getComputedStyle(chart).backgroundColor"


@pytest.mark.parametrize("view", STEPS)
def test_a_step_changes_charts_as_if_they_were_drawn_anew(page, address, view):
    control, chart = STEPS[view]
    open_view(page, address, view)
    page.locator(f".st-key-{chart} .main-svg").first.wait_for()
    settle(page)
    page.evaluate(MARK)
    before, start = page.evaluate(DRAWN), page.url
    page.get_by_role("slider", name=control).press("ArrowLeft")
    assert eventually(page, lambda: page.url != start and page.evaluate(DRAWN) != before)
    page.wait_for_timeout(1500)
    settle(page)
    assert all(page.evaluate(MARKED))
    stepped, place = page.evaluate(DRAWN), page.url
    page.goto("about:blank")
    page.goto(place)
    page.locator(f".st-key-{chart} .main-svg").first.wait_for()
    page.wait_for_timeout(1500)
    settle(page)
    assert stepped == page.evaluate(DRAWN) != before
    assert page.faults == []


def test_a_point_can_be_clicked_again(page, address):
    open_view(page, address, "kgons")
    for _ in range(2):
        step, *_ = click_point(page, "staircases", lambda data: 0 < data[0] < 60)
        wait_for_address(page, f"step={step}")
        page.get_by_role("slider", name="Epoch").press("ArrowRight")
        page.wait_for_function("step => !location.href.includes(`step=${step}`)", arg=step)
        settle(page)


def test_a_chart_fills_the_screen_and_comes_back(page, address):
    open_view(page, address, "kgons")
    chart = page.locator(".st-key-staircases .js-plotly-plot")
    height = chart.bounding_box()["height"]
    for is_large in (True, False):
        chart.hover()
        chart.locator('[data-title="Full screen"]').click()
        assert eventually(page, lambda want=is_large: (chart.bounding_box()["height"] > 1.5 * height) is want)
        page.wait_for_timeout(1000)
        assert chart.evaluate("gd => gd._fullLayout.width === gd.clientWidth")
        assert (chart.evaluate(GROUND) == "rgba(0, 0, 0, 0)") is not is_large, (
            "a browser's own ground is black"
        )
    assert abs(chart.bounding_box()["height"] - height) < 2


def test_a_chart_whose_library_does_not_come_says_so_and_is_drawn_when_it_does(chromium, address):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    with noted_page(context, address) as page:
        kept = []
        page.route(re.compile(r"/static/js/Plotly"), lambda route: kept.append(route))
        page.add_init_script(SOON)
        page.goto(f"{address}/stages")
        said = page.get_by_text("waits for its drawing library").first
        said.wait_for()
        for route in kept:
            route.continue_()
        page.locator(".st-key-metric-multiples .main-svg").first.wait_for()
        said.wait_for(state="detached")
        assert kept and page.faults == []
    context.close()
