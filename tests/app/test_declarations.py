"""What pages and figures declare: complete, and an error with the near names where it is wrong."""

import types
from dataclasses import replace

import pytest

from devdash import discovery, figures, gallery, views
from devdash.figures import compare
from devdash.store.series import SERIES, Series
from devdash.ui import glossary
from devdash.ui.page import SECTIONS
from precompute import discover
from tests.app.made import frame, write_run
from tests.app.pages import PAGES, PARTS, address_of, drawn, open_page, seen_page
from tests.conftest import EXPERIMENTS, run_of


def test_a_figure_stands_on_one_page_and_every_page_shows_figures_that_there_are():
    """A figure that stands on none is drawn by the batch export alone."""
    assert set(views.places()) <= set(figures.discover())
    for figure, (view, section) in views.places().items():
        assert figure in PAGES[view].drawn(section)


@pytest.mark.parametrize("view", PAGES)
def test_pages_say_what_they_show_and_what_they_need(view, smoke_db):
    page = PAGES[view]
    assert page.title and page.heading and page.icon.startswith(":material/") and page.lead.endswith(".")
    assert set(page.compute) <= set(discover())
    if page.one_run and page.needs:
        assert {"run", "experiment"} <= set(gallery.query(smoke_db, page.needs, None).columns)
    assert page.one_run or not page.needs or len(gallery.query(smoke_db, page.needs, None))
    assert page.section in SECTIONS and set(page.words) <= set(glossary.TERMS)


def test_places_in_the_sidebar_and_keys_of_sections_are_not_shared():
    assert len({page.order for page in PAGES.values()}) == len(PAGES)
    assert set(views.experiments()) <= set(EXPERIMENTS)


def page_of(**changes) -> types.SimpleNamespace:
    """A page module that declares what Compare does, but for these changes."""
    return types.SimpleNamespace(__name__="devdash.views.wrong", PAGE=replace(PAGES["compare"], **changes))


def test_a_page_that_shows_a_figure_nobody_has_is_refused():
    with pytest.raises(LookupError, match=r"'staircase'; did you mean staircases") as error:
        views.check(page_of(figures=("staircase",)))
    assert "devdash.views.wrong" in str(error.value)


def test_a_figure_on_two_pages_is_refused():
    with pytest.raises(ImportError, match="places of a figure are named 'compare'"):
        views.places_in({"one": page_of(), "two": page_of()})


def test_an_option_that_neither_query_nor_draw_has_is_refused():
    with pytest.raises(
        TypeError, match=r"figure compare: neither compared nor draw\(\) has .*'log_z'; did you mean log_"
    ):
        gallery.build(compare, lambda *_, **__: None, None, {"log_z": True})


@pytest.mark.parametrize("kind", ["query", "figure"])
def test_names_that_are_not_there_bring_the_near_ones(kind):
    with pytest.raises(LookupError, match=f"no {kind} is named 'crossing'; did you mean crossings"):
        gallery.labels("crossing", []) if kind == "query" else gallery.figure_named("crossing")


def test_two_items_of_one_name_are_refused():
    items = [("same", figures, 1), ("same", views, 2)]
    with pytest.raises(
        ImportError, match=r"two tables are named 'same', in devdash.figures and in devdash.views"
    ):
        discovery.by_name(items, "tables")


def test_a_claim_on_a_figure_that_there_is_not_says_so_beside_it(tmp_path, read):
    claims = frame("claim", claim=["X-1", "X-2"], verdict="holds", figure=["staircase", "staircases"])
    write_run(read(tmp_path), "made", {"claim": claims})
    test = open_page("claims", run="made")
    (error,) = test.error
    assert error.value.startswith("X-1: no figure is named 'staircase'; did you mean staircases")
    assert len(test.toggle) == 1


@pytest.mark.parametrize(("view", "section"), PARTS)
def test_every_control_says_what_it_does(smoke, view, section):
    test = seen_page(view, **address_of(view, section))
    kinds = (test.selectbox, test.button_group, test.select_slider, test.toggle, test.multiselect)
    unsaid = [control.label for kind in kinds for control in kind if not control.proto.help]
    assert unsaid == []


def test_a_series_is_what_its_address_says():
    series = Series("seed 1", "head 0.2", "code", "one-layer")
    assert Series.parse(str(series)) == series and str(Series(distribution="a")) == "|full|a|data"
    assert Series.of(dict(zip(SERIES, ("m", "full", "d", "data"), strict=True))) == Series("m", "full", "d")
    odd = Series("a|b", "50%7C", "%", "|")
    assert Series.parse(str(odd)) == odd and str(odd).count("|") == 3
    with pytest.raises(ValueError, match=r"expected model\|component\|distribution\|target"):
        Series.parse("full|a|data")


def test_what_a_link_says_is_opened(smoke):
    """A section of a page and the run stand in the address."""
    run = run_of(smoke, "superposition")
    for view, section in (("kgons", "transitions"), ("sampler", "mixing")):
        test = open_page(view, run=run, **{PAGES[view].picker[1]: section})
        assert set(drawn(test)) <= set(PAGES[view].drawn(section))
        assert test.button_group(key=PAGES[view].picker[1]).value == section
