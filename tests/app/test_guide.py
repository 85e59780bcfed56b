"""The way in: Home's cards, the tour, the glossary and the search lead where they say."""

import itertools
import re
import shutil

import pandas as pd
import pyarrow as pa
import pytest

from devdash.figures import contrast, marks, style
from devdash.store import parquet, queries
from devdash.ui import cards, glossary, pickers, small_pictures, tour
from tests.app.pages import PAGES, closed_page, open_page, texts
from tests.conftest import run_of


def links(test) -> list[tuple[str, str]]:
    """Label and query of the links on a page."""
    return [(link.proto.label, link.proto.query_string) for link in test.get("page_link")]


def test_home_has_cards_of_runs_with_pictures(smoke, smoke_db):
    test = open_page("home")
    labels = [label for label, _ in links(test)]
    rows = queries.runs(smoke_db)
    assert {card.view for card in cards.CARDS} <= set(PAGES)
    drawn = [card for card in cards.CARDS if card.newest(rows)]
    assert len(drawn) >= 3 and all(f"**{card.title}**" in labels for card in drawn)
    assert "What is λ̂?" in [header.value for header in test.header]
    assert "devdash.measure" in "".join(code.value for code in test.code)


def test_a_run_whose_rows_do_not_fit_each_other_keeps_nobody_from_home(heads_folder, tmp_path, read):
    """Its circuit has heads that are no heads: their picture cannot be drawn."""
    shutil.copytree(heads_folder / "runs", read(tmp_path) / "runs")
    (path,) = tmp_path.glob("runs/*/path_effect.parquet")
    edges = parquet.read(path)
    place = edges.column_names.index("reader")
    strangers = pa.array([f"{name}?" for name in edges["reader"].to_pylist()])
    parquet.write(path, edges.set_column(place, "reader", strangers))
    test = open_page("home")
    assert len(test.dataframe[0].value) == 1
    assert "The multigram circuit" not in " ".join(label for label, _ in links(test))


def test_a_chosen_run_leads_to_its_pages(smoke, smoke_db):
    table = open_page("home").dataframe[0].value
    assert len(table) == len(queries.runs(smoke_db)) and {"Loss", "λ̂"} <= set(table.columns)
    lengths = [len(trend) for trend in table["λ̂"] if isinstance(trend, list)]
    assert min(lengths, default=2) > 1, "no flat line of a single value"


@pytest.mark.parametrize("place", range(1, len(tour.STOPS) + 1))
def test_each_stop_of_the_tour_opens_by_its_address_and_leads_on(smoke, place):
    stop = tour.STOPS[place - 1]
    test = open_page(stop.view, tour=str(place), **stop.address)
    assert f"Tour, {place} of {len(tour.STOPS)}: {stop.title}" in texts(test)
    assert list(test.query_params["tour"]) == [str(place)] or test.query_params["tour"] == str(place)
    ahead = [query for label, query in links(test) if label.startswith("**Next")]
    assert len(ahead) == (place < len(tour.STOPS))
    assert all(f"tour={place + 1}" in query for query in ahead)


def test_the_tour_is_ended_by_a_button_and_found_again_from_another_page(smoke):
    test = open_page("kgons", tour="3")
    assert "You have left its path" in texts(test)
    end = next(button for button in test.button if button.label == "End the tour")
    end.click().run()
    assert "Tour, 3" not in texts(test) and "tour" not in test.query_params


def test_the_stops_are_seven_and_no_two_in_a_row_are_on_one_page():
    views = [stop.view for stop in tour.STOPS]
    assert len(views) == 7 and set(views) <= set(PAGES)
    assert all(one != other for one, other in itertools.pairwise(views))


def test_the_glossary_has_all_words_and_needs_no_run(nothing_folder, read):
    read(nothing_folder)
    words = texts(open_page("glossary"))
    assert all(term.split("*")[0] in words for term in glossary.TERMS)
    assert {"λ̂", "nβ", "γ", "w*", "R̂", "ESS", "refined LLC", "path effect", "4++", "dead column"} <= set(
        glossary.TERMS
    )


@pytest.mark.parametrize("kind", ["run", "metric", "head", "token", "multigram", "claim"])
def test_the_search_finds_each_kind(smoke_db, kind):
    sought = {"run": "language", "metric": "loss", "head": "head 0", "claim": "loss"}
    if kind == "token":
        text = smoke_db.rows(
            "SELECT text FROM token WHERE length(text) > 1 AND token_id IN "
            "(SELECT token_id FROM text_token) LIMIT 1",
            [],
        )["text"][0]
    elif kind == "multigram":
        text = smoke_db.rows("SELECT text FROM multigram LIMIT 1", [])["text"][0][:5]
    else:
        text = sought[kind]
    assert kind in set(queries.search_hits(smoke_db, text)["kind"])


def test_the_search_links_to_what_it_finds(smoke):
    test = closed_page("glossary").run()
    test.text_input(key="search").set_value("head 0").run()
    addresses = [query for label, query in links(test) if label.startswith("head 0")]
    assert addresses and all("head=head" in query for query in addresses)
    test.text_input(key="search").set_value("no such thing at all").run()
    assert "Nothing has" in texts(test) or any("Nothing has" in c.value for c in test.sidebar.caption)


def test_words_in_colour_stand_out_from_the_page():
    for theme in ("light", "dark"):
        page = contrast.rgb(contrast.PAGES[theme])
        for colour in (*style.COLOURS, *style.KGON_COLOURS.values(), *style.KIND_COLOURS.values()):
            assert contrast.contrast(contrast.rgb(contrast.shade(colour, theme)), page) >= contrast.WANTED


@pytest.mark.parametrize("view", PAGES)
def test_headings_are_in_order(smoke, view):
    """After the title come headings of the second level, with none left out."""
    test = open_page(view)
    levels = [len(part.value.split(" ")[0]) for part in test.markdown if re.match(r"#+ ", str(part.value))]
    assert len(test.title) == 1 and set(levels) <= {2}


def test_a_run_of_its_own_opens_where_the_search_says(smoke_data, smoke):
    run = run_of(smoke_data, "regression")
    test = open_page("claims", run=run)
    assert test.multiselect(key="runs").value == [run]


def test_the_name_of_a_run_is_readable_whole(made, monkeypatch):
    monkeypatch.setattr(pickers, "FITTING", 5)
    test = open_page("stages")
    name = next(box for box in test.sidebar.selectbox if box.key == "run").options[0]
    assert name in [caption.value for caption in test.sidebar.caption]


def test_stages_have_the_colours_of_the_pages_on_homes_card():
    points = pd.DataFrame({"step": [1, 10, 100], "llc": [1.0, 2.0, 3.0], "verdict": "reliable"})
    stages = pd.DataFrame({"start_step": [0, 10], "end_step": [10, 100], "label": ["bigrams", "positions"]})
    picture = small_pictures.stages(points, stages)
    colours = [marks.stage_colour(label) for label in stages["label"]]
    assert re.findall(r'<rect [^>]*fill="(#\w+)"', picture) == colours
