"""The Embryology page and its figures, on a made run."""

import numpy as np
import pandas as pd
import pytest

from devdash import export
from devdash.figures import style
from devdash.figures.heads import embryo_control, embryo_loadings, embryo_map
from devdash.store import queries
from devdash.ui import embryo_words, token_contexts
from devdash.views import embryology
from tests.app.made_heads import CONTEXT, DRAWN, HEADS, KIND, PATTERNS, RUN, STEPS, TEXTS
from tests.app.pages import charts, closed_page, open_page, seen_page, texts

STEP = DRAWN[3]
SOME = ((0, 2), (3, 7), (3, 8))


@pytest.fixture(scope="module")
def data(heads_db) -> dict:
    return {
        "points": queries.embryo_points(heads_db, RUN, STEP),
        "span": queries.embryo_span(heads_db, RUN),
        "shares": queries.embryo_separation(heads_db, RUN),
        "stages": queries.head_stages(heads_db, RUN),
        "axes": queries.embryo_axes(heads_db, RUN, STEP),
    }


@pytest.mark.parametrize("plane", embryo_map.PLANES)
@pytest.mark.parametrize("colour", embryology.COLOURINGS)
def test_every_view_is_drawn(made_heads, colour, plane):
    test = seen_page("embryology", colour=colour, plane=plane, step=str(STEP))
    assert charts(test) == 3 and not test.error and not test.info
    assert test.session_state["step"] == STEP
    assert "hold **" in texts(test) and "**PC 1** holds 50%" in texts(test)


def test_a_cursor_from_elsewhere_goes_to_the_last_map_before(made_heads):
    test = closed_page("embryology")
    test.session_state["step"] = STEPS[STEPS.index(STEP) + 2]
    test.run()
    assert not test.exception and test.session_state["step"] == STEP


def test_chosen_tokens_are_shown_in_context_and_followed(made_heads):
    test = open_page("embryology")
    test.session_state[embryology.CHOSEN] = (RUN, SOME)
    test.run()
    page = "".join(part.proto.body for part in test.get("html"))
    assert page.count("<b style=") == len(SOME) and f"3 of {TEXTS * CONTEXT:,} tokens" in page
    test.select_slider(key="step").set_value(STEP).run()
    assert "".join(part.proto.body for part in test.get("html")).count("<b style=") == len(SOME)
    test.button(key="choose none").click().run()
    assert not test.exception and "in context" not in texts(test)


def test_tokens_of_another_run_are_forgotten(made_heads):
    test = open_page("embryology")
    test.session_state[embryology.CHOSEN] = ("other-run", SOME)
    test.run()
    assert not test.exception and "in context" not in texts(test)


def test_long_selections_are_thinned_evenly(made_heads):
    test = open_page("embryology")
    places = tuple((text, position) for text in range(TEXTS) for position in range(CONTEXT))
    test.session_state[embryology.CHOSEN] = (RUN, places)
    test.run()
    page = "".join(part.proto.body for part in test.get("html"))
    assert page.count("<b style=") == embryology.LINES == len(places) // 8
    assert "24 of 192" in texts(test)


def test_every_token_is_on_the_map_once_in_its_colour(data):
    figure = embryo_map.draw(data)
    assert {trace.name: trace.marker.color for trace in figure.data} == {
        name: embryo_map.COLOURS["pattern"][name] for name in PATTERNS
    }
    seen = [tuple(place) for trace in figure.data for place in trace.customdata]
    assert len(seen) == len(set(seen)) == TEXTS * CONTEXT
    assert f"step {STEP:,}" in [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize("colour", embryology.COLOURINGS)
def test_colours_are_told_apart_and_the_same_at_every_step(heads_db, colour):
    colours = [
        embryo_map.groups(queries.embryo_points(heads_db, RUN, step), colour)
        for step in (DRAWN[0], DRAWN[-1])
    ]
    assert colours[0] == colours[1] and len(set(colours[0].values())) == len(colours[0]) > 1


def test_axes_of_the_map_do_not_move(heads_db, data):
    ranges = []
    for step in DRAWN:
        at_step = data | {"points": queries.embryo_points(heads_db, RUN, step)}
        layout = embryo_map.draw(at_step).layout
        ranges.append((layout.xaxis.range, layout.yaxis.range))
        assert at_step["points"]["x"].between(*layout.xaxis.range).all()
    assert len(set(ranges)) == 1


def test_a_step_between_maps_shows_the_one_before(heads_db):
    assert set(queries.embryo_points(heads_db, RUN, STEP + 1)["step"]) == {STEP}
    assert set(queries.embryo_points(heads_db, RUN, 0)["step"]) == {DRAWN[0]}
    assert set(queries.embryo_points(heads_db, RUN)["step"]) == {DRAWN[-1]}


def test_picked_tokens_stand_out(data):
    figure = embryo_map.draw(data, chosen=SOME)
    picked = [tuple(trace.customdata[number]) for trace in figure.data for number in trace.selectedpoints]
    assert sorted(picked) == sorted(SOME)
    assert all(trace.selectedpoints is None for trace in embryo_map.draw(data).data)


def test_tokens_are_escaped(heads_db, data):
    hovers = [text for trace in embryo_map.draw(data).data for text in trace.text]
    rows = queries.embryo_contexts(heads_db, RUN, SOME)
    page = token_contexts.page(rows, SOME, dict.fromkeys(SOME, style.BLUE))
    said = embryo_words.chosen(data["points"], data["points"], "pattern")
    for words in ("".join(hovers), page, said):
        assert "<script" not in words and "&lt;script&gt;" in words


def test_contexts_stand_around_their_tokens(heads_db):
    rows = queries.embryo_contexts(heads_db, RUN, SOME)
    assert rows.groupby(["text", "place"]).ngroups == len(SOME)
    assert ((rows["position"] - rows["place"]).abs() <= 12).all()
    assert len(rows[(rows["text"] == 0)]) == 2 + 1 + 12
    assert queries.embryo_contexts(heads_db, RUN, ((99, 0),)).empty
    page = token_contexts.page(rows, SOME, dict.fromkeys(SOME, style.BLUE))
    assert page.count('class="before"') == 3


def test_loadings_are_coloured_by_kind_and_grouped_by_layer(data):
    figure = embryo_loadings.draw(data["axes"])
    bars = [trace for trace in figure.data if trace.customdata is not None]
    assert len(bars) == 2 * 3 * len(set(KIND.values())), "nβ and control, three axes"
    for trace in bars:
        assert {style.KIND_COLOURS[KIND[head]] for head in trace.customdata} == {trace.marker.color}
    place = embryo_loadings.places(HEADS)
    gaps = np.diff([place[head] for head in HEADS])
    assert (np.delete(gaps, 7) == 1).all() and gaps[7] > 1
    assert list(embryo_loadings.places(["head 0.10", "head 0.9"])) == ["head 0.9", "head 0.10"]
    notes = " ".join(note.text for note in figure.layout.annotations)
    assert f"<b>nβ = 30</b><br>step {STEP:,}<br>PC 1: 50.0 %" in notes and "nβ = 0 (control)" in notes


def test_separation_is_told_against_chance_and_control(data):
    shares = data["shares"]
    sentence = embryo_words.separation(shares)
    assert "no more than chance: the loss parts them" in sentence
    control = shares["nbeta"] == embryo_control.CONTROL
    half = shares.assign(share=shares["share"].where(~control, 0.02 + (shares["share"].max() - 0.02) / 2))
    assert "**50%** of what exceeds chance remains" in embryo_words.separation(half)
    assert "does not tell kinds of token apart" in embryo_words.separation(shares.assign(chance=0.9))
    assert "nβ = 0" not in embryo_words.separation(shares[~control])
    assert "control" in embryo_words.control(shares) and not embryo_words.control(shares[~control])
    assert embryo_words.separation(shares[control]) == "" == embryo_words.separation(shares.iloc[:0])


def test_separation_has_chance_beside_it(data):
    figure = embryo_control.draw({"shares": data["shares"], "stages": data["stages"]})
    names = {note.text for note in figure.layout.annotations}
    assert {"nβ = 30", "nβ = 0, control", "chance"} <= names
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [len(trace.x) for trace in lines] == [len(DRAWN)] * 2


def test_empty_tables_say_why(data):
    none = {name: frame.iloc[:0] for name, frame in data.items()}
    for figure in (embryo_map.draw(none), embryo_loadings.draw(none["axes"]), embryo_control.draw(none)):
        assert not figure.data and "stored for this run" in figure.layout.annotations[0].text
    assert embryo_words.axes(none["axes"]) == ""


def test_heads_without_a_kind_are_drawn(data):
    figure = embryo_loadings.draw(data["axes"].assign(kind=pd.NA))
    assert "kind not known" in {trace.name for trace in figure.data}


@pytest.mark.slow
@pytest.mark.skipif(export.browser() is None, reason="no browser to render with")
@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_the_map_is_exported_as_vectors(data, kind):
    figure = style.dress(embryo_map.draw(data, chosen=SOME), "light")
    content = export.render(figure, kind, export.Size(5.5, 9))
    if kind == "svg":
        assert content.count(b'class="point') >= TEXTS * CONTEXT and b"<image" not in content
    else:
        assert content.startswith(b"%PDF")
