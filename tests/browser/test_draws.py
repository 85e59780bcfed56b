"""A step of the cursor draws each chart that changes once: never hidden, before its width is known."""

import pytest

from tests.browser.test_browser import open_view, settle
from tests.browser.test_state import cursor

pytestmark = pytest.mark.xdist_group("state")
WATCH = """() => {
    window.unseen = 0;
    new MutationObserver(() => document.querySelectorAll('.js-plotly-plot').forEach(chart => {
        if (chart.style.visibility === 'hidden') window.unseen += chart.querySelectorAll('.trace').length;
    })).observe(document.body, {childList: true, subtree: true, attributes: true});
}"""
DRAWN = """key => {  // in its whole width
    const chart = document.querySelector(`.st-key-${key} [data-testid=stPlotlyChart]`);
    const drawn = chart?.querySelector('.trace') && chart.querySelector('.main-svg');
    return drawn && drawn.getBoundingClientRect().width === chart.getBoundingClientRect().width;
}"""


@pytest.mark.parametrize(("view", "chart"), [("kgons", "staircases"), ("stages", "stage-curves")])
def test_no_chart_is_drawn_before_it_can_be_seen(page, address, view, chart):
    open_view(page, address, view)
    page.wait_for_function(DRAWN, arg=chart)
    page.evaluate(WATCH)
    for key in ("ArrowLeft", "ArrowRight"):  # the second shows a figure that was shown before
        cursor(page).press(key)
        settle(page)
        page.wait_for_function(DRAWN, arg=chart)
    assert page.evaluate("window.unseen") == 0
    assert page.faults == []
