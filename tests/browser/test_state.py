"""State that never lies: choices stay or are said; Back, links, keys, zoom and play do what they say."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.app.pages import PAGES
from tests.browser.conftest import noted_page
from tests.browser.test_browser import POINTS, eventually, open_view, path_of, settle, wait_for_address
from tests.conftest import run_of

pytestmark = pytest.mark.xdist_group("state")
RANGE = "([key, axis]) => document.querySelector(`.st-key-${key} .js-plotly-plot`)._fullLayout[axis].range"


def go(page, view: str) -> None:
    """To a page by the sidebar."""
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=PAGES[view].title, exact=True)
    link.click()
    page.get_by_role("heading", name=PAGES[view].heading).first.wait_for()
    settle(page)


def state(page) -> dict[str, str]:
    """What the address says."""
    return {key: values[-1] for key, values in parse_qs(urlsplit(page.url).query).items()}


def slider_step(page) -> str:
    """The step at which the slider stands."""
    return page.locator(".st-key-cursor").get_by_test_id("stSliderThumbValue").inner_text().replace(",", "")


def cursor(page):
    """The slider of the cursor."""
    return page.locator(".st-key-cursor").get_by_role("slider")


def choose(page, label: str, option: str) -> None:
    """Take an option of a selectbox."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option).first.click()
    settle(page)


def test_step_and_head_survive_a_change_of_page(page, address):
    open_view(page, address, "heads")
    slider = cursor(page)
    slider.press("ArrowLeft")
    settle(page)
    choose(page, "Head", "head 1.1")
    wait_for_address(page, "head=head+1.1")
    step = slider_step(page)
    before = state(page)
    assert before["step"] == step and before["head"] == "head 1.1"
    for view in ("multigrams", "claims", "kgons", "heads"):
        go(page, view)
        if view in ("multigrams", "heads"):
            wait_for_address(page, "head=head+1.1")
    assert {key: state(page)[key] for key in before} == before
    assert page.faults == []


def test_a_step_that_is_not_measured_is_said_and_comes_back(page, address):
    open_view(page, address, "heads?step=7")
    said = page.get_by_text("Step 7 is not measured here", exact=False)
    said.wait_for()
    assert slider_step(page) == state(page)["step"] != "7"


def test_another_run_has_its_own_defaults(page, address, smoke_data):
    language, regression = (run_of(smoke_data, name) for name in ("language", "regression"))
    open_view(page, address, f"stages?run={language}")
    expected = state(page)
    open_view(page, address, f"stages?run={regression}")
    assert state(page)["model"] != expected["model"]
    page.get_by_test_id("stSidebar").get_by_role("combobox").first.click()
    page.get_by_role("option", name=re.compile("language", re.IGNORECASE)).first.click()
    wait_for_address(page, language)
    settle(page)
    assert state(page) == expected


@pytest.fixture(scope="module")
def kept(context, address):
    """A page of the browser that goes from page to page, as a visitor does: the app is loaded once."""
    with noted_page(context, address) as page:
        open_view(page, address)
        yield page


@pytest.mark.parametrize("view", [name for name in PAGES if name not in ("home", "checkpoints")])
def test_back_is_one_press_from_every_page(kept, view):
    """Opening a page makes one entry of the history, though the page completes its address."""
    page = kept
    page.faults.clear()
    if urlsplit(page.url).path != "/":
        go(page, "home")
    home = page.url
    go(page, view)
    assert urlsplit(page.url).path == f"/{path_of(view)}"
    page.go_back()
    page.get_by_role("heading", name=PAGES["home"].heading, exact=True).first.wait_for()
    settle(page)
    assert page.url == home
    page.go_forward()
    page.get_by_role("heading", name=PAGES[view].heading).first.wait_for()
    assert page.faults == []


def test_back_is_one_state_on_a_page(page, address):
    open_view(page, address, "kgons")
    slider = cursor(page)
    first = state(page)
    slider.press("ArrowLeft")
    wait_for_address(page, "step=40")
    settle(page)
    page.get_by_role("radio", name="Critical points").or_(
        page.get_by_role("button", name="Critical points")
    ).first.click()
    wait_for_address(page, "view=points")
    settle(page)
    page.go_back()
    page.get_by_text("epoch 40:").first.wait_for()
    assert state(page) == first | {"step": "40"}
    page.go_back()
    page.get_by_text("epoch 60:").first.wait_for()
    settle(page)
    assert state(page) == first
    assert page.faults == []


def test_a_copied_link_says_all_and_opens_the_same(page, context, address):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_view(page, address, "kgons")
    cursor(page).press("ArrowLeft")
    wait_for_address(page, "step=40")
    page.get_by_role("button", name="Copy link").click()
    settle(page)
    link = page.evaluate("navigator.clipboard.readText()")
    said = {key: values[-1] for key, values in parse_qs(urlsplit(link).query).items()}
    assert {"run", "view", "c", "path", "log", "step"} <= set(said)
    page.goto("about:blank")
    page.goto(link)
    page.get_by_text("epoch 40:").first.wait_for()
    settle(page)
    assert state(page) == said


def test_an_unknown_run_is_said_and_the_tab_is_named(page, address, smoke_data):
    open_view(page, address, "heads?run=a-run-of-mine")
    page.get_by_text("a-run-of-mine").first.wait_for()
    settle(page)
    assert state(page)["run"] == run_of(smoke_data, "heads")
    assert page.title().startswith("Heads · ") and "seed 0" in page.title()


def test_fast_presses_move_as_many_steps(page, address):
    open_view(page, address, "heads")
    slider = cursor(page)
    count = int(slider.get_attribute("max"))
    presses = min(10, count)
    slider.focus()
    for _ in range(presses):
        page.keyboard.press("ArrowLeft")
    assert eventually(page, lambda: int(slider.input_value()) == count - presses)
    settle(page)
    assert int(slider.input_value()) == count - presses


ZOOM = """async ([key, low, high]) => {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    await window.Plotly.relayout(chart, {'xaxis.range[0]': low, 'xaxis.range[1]': high});
}"""


def test_zoom_survives_a_step_and_is_shared(page, address):
    open_view(page, address, "stages")
    page.locator(".st-key-metric-multiples .main-svg").first.wait_for()
    settle(page)
    page.evaluate(ZOOM, ["stage-curves", 1.0, 1.5])
    assert eventually(page, lambda: page.evaluate(RANGE, ["metric-multiples", "xaxis"]) == [1.0, 1.5])
    cursor(page).press("ArrowLeft")
    page.wait_for_timeout(1000)
    settle(page)
    for key in ("stage-curves", "metric-multiples"):
        assert page.evaluate(RANGE, [key, "xaxis"]) == [1.0, 1.5], key
    assert page.faults == []


def test_pointing_at_a_chart_marks_the_place_in_the_others(page, address):
    open_view(page, address, "stages")
    page.locator(".st-key-metric-multiples .main-svg").first.wait_for()
    settle(page)
    point = page.locator(".st-key-stage-curves .js-plotly-plot").evaluate(POINTS)[0]
    page.mouse.move(point["x"] - 30, point["y"] - 10)
    page.mouse.move(point["x"], point["y"], steps=5)
    page.locator(".st-key-metric-multiples .devdash-pointed").first.wait_for(state="attached")


def test_the_cursor_stays_in_sight(page, address):
    open_view(page, address, "heads")
    page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTo(0, 900)")
    assert eventually(page, lambda: 0 <= page.locator(".st-key-cursor").bounding_box()["y"] < 120)


def test_play_has_a_speed(page, address):
    open_view(page, address, "kgons")
    for speed in ("1×", "2×"):
        page.get_by_role("button", name=speed).click()
        settle(page)
    page.get_by_role("button", name="4×").wait_for()
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for()
    page.get_by_text("epoch 60:").first.wait_for()
    page.wait_for_function("location.search.includes('step=60')")
    assert page.faults == []
