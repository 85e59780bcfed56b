"""The Embryology page and its figures, on a made run."""

import numpy as np
import pandas as pd
import pytest

from devdash import export
from devdash.figures import style
from devdash.figures.heads import embryo_checks, embryo_loadings, embryo_map, loss_kernel
from devdash.store import queries
from devdash.ui import embryo_words, token_contexts
from devdash.views import embryology
from tests.app.made_heads import CONTEXT, DRAWN, HEADS, KIND, PATTERNS, RUN, TEXTS
from tests.app.pages import charts, open_page, seen_page, texts

STEP = DRAWN[3]
SOME = ((0, 2), (3, 7), (3, 8))


@pytest.fixture(scope="module")
def data(heads_db) -> dict:
    return {
        "points": queries.embryo_points(heads_db, RUN, STEP),
        "agreement": queries.embryo_agreement(heads_db, RUN),
        "neighbours": queries.embryo_neighbours(heads_db, RUN),
        "stages": queries.head_stages(heads_db, RUN),
        "axes": queries.embryo_axes(heads_db, RUN, STEP),
    }


@pytest.mark.parametrize("plane", embryo_map.PLANES)
@pytest.mark.parametrize("colour", embryology.COLOURINGS)
def test_every_view_is_drawn(made_heads, colour, plane):
    test = seen_page("embryology", colour=colour, plane=plane, step=str(STEP))
    assert charts(test) == 3 and not test.error and not test.info
    assert test.session_state["step"] == STEP
    assert "Two replicates of the chains agree" in texts(test) and "**PC 1** holds 50%" in texts(test)


def test_a_cursor_from_elsewhere_goes_to_the_nearest_map(made_heads):
    test = open_page("embryology", step=str(STEP + 1))
    assert test.session_state["step"] == STEP
    assert f"Step {STEP + 1:,} is not measured here: {STEP:,}, the nearest that is, is shown." in texts(test)


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
    figure = embryo_map.draw(data["points"])
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


def test_the_map_fills_its_frame_at_every_step(heads_db):
    for step in DRAWN:
        points = queries.embryo_points(heads_db, RUN, step)
        layout = embryo_map.draw(points).layout
        for axis, name in ((layout.xaxis, "x"), (layout.yaxis, "y")):
            assert points[name].between(*axis.range).all()
            assert (points[name].max() - points[name].min()) / (axis.range[1] - axis.range[0]) > 0.9


def test_a_step_between_maps_shows_the_one_before(heads_db):
    assert set(queries.embryo_points(heads_db, RUN, STEP + 1)["step"]) == {STEP}
    assert set(queries.embryo_points(heads_db, RUN, 0)["step"]) == {DRAWN[0]}
    assert set(queries.embryo_points(heads_db, RUN)["step"]) == {DRAWN[-1]}


def test_picked_tokens_stand_out(data):
    figure = embryo_map.draw(data["points"], chosen=SOME)
    picked = [tuple(trace.customdata[number]) for trace in figure.data for number in trace.selectedpoints]
    assert sorted(picked) == sorted(SOME)
    assert all(trace.selectedpoints is None for trace in embryo_map.draw(data["points"]).data)


def test_tokens_are_escaped(heads_db, data):
    hovers = [text for trace in embryo_map.draw(data["points"]).data for text in trace.text]
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
    assert len(bars) == 3 * len(set(KIND.values())), "three axes"
    for trace in bars:
        assert {style.KIND_COLOURS[KIND[head]] for head in trace.customdata} == {trace.marker.color}
    place = embryo_loadings.places(HEADS)
    gaps = np.diff([place[head] for head in HEADS])
    assert (np.delete(gaps, 7) == 1).all() and gaps[7] > 1
    assert list(embryo_loadings.places(["head 0.10", "head 0.9"])) == ["head 0.9", "head 0.10"]
    notes = " ".join(note.text for note in figure.layout.annotations)
    assert f"<b>nβ = 30</b><br>step {STEP:,}<br>PC 1: 50.0 %" in notes


def test_agreement_of_replicates_is_told_by_what_heads_do_not_share(data):
    replicates = data["agreement"]
    said = embryo_words.agreement(replicates)
    noise = int((replicates["apart"] < embryo_words.ENOUGH).sum())
    assert 0 < noise < len(replicates) and f"at {noise} of {len(replicates)} steps" in said
    assert "what all heads have in common taken out" in said
    assert "little of the map is noise" in embryo_words.agreement(replicates.assign(apart=0.9))
    assert "what all heads have" not in embryo_words.agreement(replicates.assign(apart=np.nan))
    assert "cannot be told" in embryo_words.agreement(replicates[:0])


def test_kinds_are_told_against_the_majority(data):
    said = embryo_words.neighbours(data["neighbours"])
    assert "the commonest kind alone would be right for 30%" in said and "no more" not in said
    assert "no more than the majority" in embryo_words.neighbours(data["neighbours"].assign(majority=0.69))
    assert embryo_words.neighbours(data["neighbours"][:0]) == ""


def test_noise_is_said_instead_of_kinds(made_heads, data):
    replicates = data["agreement"].set_index("step")["apart"]
    noisy = int(replicates.index[replicates < embryo_words.ENOUGH][0])
    test = open_page("embryology", step=str(noisy))
    assert charts(test) == 1 and any("**Noise.**" in info.value for info in test.info)


def test_checks_have_the_bound_and_a_line_each(data):
    figure = embryo_checks.draw({name: data[name] for name in ("agreement", "neighbours", "stages")})
    assert [len(trace.x) for trace in figure.data] == [len(DRAWN)] * 4
    assert "noise below 0.6" in {note.text for note in figure.layout.annotations}


def test_a_token_is_picked_and_told_what_pushes_it(made_heads):
    test = open_page("embryology", view="influence", text="1", token="3", step=str(STEP))
    assert test.selectbox(key="token").value == 3 and charts(test) == 1 and not test.error
    rows = test.dataframe[0].value
    assert len(rows) == 3 and "agree on it by a correlation of 0.90" in texts(test)


def test_the_kernel_has_every_pair_twice(heads_db):
    rows = {
        "pairs": queries.loss_kernels(heads_db, RUN, 0),
        "tokens": queries.influence_tokens(heads_db, RUN, 0),
    }
    figure = loss_kernel.draw(rows, position=3)
    assert len(figure.data[-1].x) == 2 * len(rows["pairs"]) == CONTEXT * (CONTEXT - 1)
    squares = sum(sum(x is None for x in trace.x) for trace in figure.data[:-1] if len(trace.x) > 1)
    assert squares == 2 * int((rows["pairs"]["correlation"].abs() >= loss_kernel.LEVELS[0]).sum())
    assert all("<script" not in str(row) for row in figure.data[-1].customdata)


def test_empty_tables_say_why(data):
    none = {name: frame.iloc[:0] for name, frame in data.items()}
    for figure in (
        embryo_map.draw(none["points"]),
        embryo_loadings.draw(none["axes"]),
        embryo_checks.draw(none),
    ):
        assert not figure.data and "this run" in figure.layout.annotations[0].text
    assert embryo_words.axes(none["axes"]) == ""


def test_heads_without_a_kind_are_drawn(data):
    figure = embryo_loadings.draw(data["axes"].assign(kind=pd.NA))
    assert "kind not known" in {trace.name for trace in figure.data}


@pytest.mark.skipif(export.browser() is None, reason="no browser to render with")
@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_the_map_is_exported_as_vectors(data, kind):
    figure = style.dress(embryo_map.draw(data["points"], chosen=SOME), "light")
    content = export.render(figure, kind, export.Size(5.5, 9))
    if kind == "svg":
        assert content.count(b'class="point') >= TEXTS * CONTEXT and b"<image" not in content
    else:
        assert content.startswith(b"%PDF")
