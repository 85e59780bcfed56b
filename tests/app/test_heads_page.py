"""The Heads page and its figures, on a made run whose heads are known."""

import shutil
from functools import partial

import pytest

from devdash import gallery
from devdash.figures import style
from devdash.figures.heads import attention_matrix, head_curves, head_distributions, head_tree
from devdash.store import queries
from devdash.ui import attention_tokens, findings, head_words
from devdash.views.heads import PAGE
from tests.app import made_language
from tests.app.made import set_facts
from tests.app.made_heads import (
    ABLATED,
    COARSE,
    CONTEXT,
    ENDS,
    HEADS,
    KIND,
    KINDS,
    REFINED,
    RUN,
    STEPS,
    TEXTS,
)
from tests.app.pages import charts, drawn, open_page, seen_page, texts


def build(db, name: str, **options):
    """A figure of the made run, as pages and exports draw it."""
    return gallery.build(gallery.figure_named(name), partial(gallery.query, db), RUN, options)[1]


def test_the_page_opens_with_an_induction_head(made_heads):
    test = seen_page("heads", view="roles")
    assert test.selectbox(key="head").value == "head 1.3"
    assert (
        drawn(test) == sorted(PAGE.drawn("roles")) and not test.error and not test.info and not test.warning
    )
    assert "By what their ablation does" in texts(test)


def test_curves_stand_beside_tables_of_scores_and_clusters(made_heads):
    test = seen_page("heads", view="curves")
    assert test.selectbox(key="data").value == "all" and test.selectbox(key="colour by").value == "kind"
    assert drawn(test) == sorted(PAGE.drawn("curves")) and not test.error and not test.info
    table = test.dataframe[0].value
    assert len(table) == len(HEADS) and "▶ head 1.3" in set(table["head"])
    assert len(test.dataframe[1].value) == 18, "of λ̂ and of ablation effects"


def test_lambda_stands_beside_memory_and_along_nbeta(made_heads):
    test = seen_page("heads", view="beside", measure="weight norm")
    assert drawn(test) == sorted(PAGE.drawn("beside")) and not test.error and not test.info
    assert test.selectbox(key="measure").value == "weight norm"


def test_a_run_without_profiles_says_so_in_a_line(made_heads, tmp_path, monkeypatch):
    shutil.copytree(made_heads / "runs", tmp_path / "runs")
    for table in ("head_profile", "head_kind"):
        (tmp_path / "runs" / RUN / f"{table}.parquet").unlink()
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    test = open_page("heads", view="roles")
    assert not test.error and ["told by attention alone" in info.value for info in test.info] == [True]


def test_address_restores_the_view(made_heads):
    address = {"data": "one-layer", "colour by": "k-means, none", "head": "head 0.2"}
    test = open_page("heads", view="curves", step=str(REFINED[20]), **address)
    assert test.selectbox(key="data").value == "one-layer" and test.selectbox(key="head").value == "head 0.2"
    assert test.selectbox(key="colour by").value == "k-means, none"
    assert test.session_state["step"] == REFINED[20]
    test = open_page("heads", view="attention", head="head 0.2", text="2")
    assert test.selectbox(key="text").value == 2 and "What head 0.2 attends to" in texts(test)


def test_other_experiments_have_nothing_to_show(made):
    test = open_page("heads", run=made_language.RUN)
    assert charts(test) == 0 and not test.error
    assert any("python -m precompute heads --preset smoke" in code.value for code in test.code)


def test_a_run_that_is_not_analysed_yet_shows_its_curves(heads_folder, tmp_path, monkeypatch):
    folder = tmp_path / "runs" / RUN
    shutil.copytree(heads_folder / "runs" / RUN, folder)
    for table in ("head", "head_cluster", "head_agreement", "head_merge", "attention", "stage"):
        (folder / f"{table}.parquet").unlink()
    set_facts(folder, status="running", finished_at=None)
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    test = open_page("heads", view="curves")
    assert charts(test) == 4 and not test.error
    assert "not finished" in texts(test) and "not assigned yet" in texts(test)
    assert "No attention is stored" in texts(open_page("heads", view="attention"))


def test_the_story_is_told_by_the_run(heads_db):
    scores, claims = queries.head_scores(heads_db, RUN), queries.claims(heads_db, RUN)
    kinds, apart, regime = (text.replace("\\", "") for text in head_words.story(scores, claims))  # of escapes
    assert "of 16 heads is a curvature" in regime
    assert "**11 multigram**" in kinds and "**2 induction** (1.3, 1.6)" in kinds
    assert "**Holds** (claim A-1)" in apart and "variance 0.1 → 3" in apart
    assert "**Fails** (claim A-1)" in head_words.story(scores, claims.assign(verdict="fails"))[1]
    unknown = head_words.story(scores.assign(kind=None, regime_word=""), claims[:0])
    assert unknown == ["The kinds of the heads are not assigned yet."]


def test_the_order_of_kinds_says_where_it_is_the_opposite_of_the_papers(heads_db):
    scores = queries.head_scores(heads_db, RUN)
    order, reverse = (head_words.order(rows) for rows in (scores, scores.assign(llc=-scores["llc"])))
    assert "**current" in order and "opposite" not in order
    assert "lowest in **multigram** heads" in reverse and "opposite of the paper" in reverse
    assert head_words.order(scores.assign(kind=None)) == ""


def test_the_order_stands_above_the_charts_and_the_other_numbers_beneath(made_heads):
    for view, above in (("heads", "lowest in"), ("multigrams", "multigram circuit")):
        kinds = [(element.type, str(getattr(element, "value", ""))) for element in open_page(view).main]
        chart = [kind for kind, _ in kinds].index("bidi_component")
        before, after = (" ".join(text for _, text in part) for part in (kinds[:chart], kinds[chart:]))
        assert above in before and findings.TITLE not in before
        assert findings.TITLE in after


def test_a_step_stands_for_the_last_one_measured(heads_db):
    between = ABLATED[4] + 1
    weights = queries.attention_weights(heads_db, RUN, "head 1.3", 0, between)
    assert set(weights["step"]) == {ABLATED[4]}
    assert set(queries.attention_weights(heads_db, RUN, "head 1.3", 0, 0)["step"]) == {ABLATED[0]}
    cells = queries.head_distributions(heads_db, RUN, REFINED[7])
    steps = cells.groupby("distribution")["step"].first()
    assert steps["all"] == REFINED[7] and steps["code"] == COARSE[3]
    figure = build(heads_db, "head_distributions", step=REFINED[7])
    assert f"code<br>{COARSE[3]:,}" in figure.layout.xaxis.ticktext


def test_kinds_have_their_colours_everywhere(heads_db):
    groups = queries.head_groups(heads_db, RUN)
    for head, (kind, colour) in head_curves.names(groups, False).items():
        assert kind == KIND[head] and colour == style.KIND_COLOURS[kind]
    clustered = head_curves.names(queries.head_groups(heads_db, RUN, "k-means", "none"), True)
    assert {name for name, _ in clustered.values()} == {f"cluster {i}" for i in (1, 2, 3, 4)}
    assert not {colour for _, colour in clustered.values()} & set(style.KIND_COLOURS.values())
    unknown = head_curves.names(groups.assign(kind=None), False)
    assert set(unknown.values()) == {(style.UNKNOWN_KIND, style.GREY)}


def test_the_chosen_head_is_marked_in_every_figure(heads_db):
    curves = build(heads_db, "head_curves", head="head 0.2", step=900)
    assert len([trace for trace in curves.data if trace.line.width == 3]) == 1
    assert "<b>0.2</b>" in [note.text for note in curves.layout.annotations]
    assert (
        sum(
            shape.type == "line" and shape.x0 == 900 and shape.line.width == 1.5
            for shape in curves.layout.shapes
        )
        == 1
    )
    grid = build(heads_db, "head_grid", head="head 0.2")
    (frame,) = [shape for shape in grid.layout.shapes if shape.line.color == style.VERMILION]
    assert frame.xref == "x5 domain", "third row, first column"
    cells = build(heads_db, "head_distributions", head="head 0.2")
    (frame,) = [shape for shape in cells.layout.shapes if shape.line.color == style.VERMILION]
    assert frame.y0 < HEADS.index("head 0.2") < frame.y1
    tree = build(heads_db, "head_tree", head="head 0.2")
    assert "<b>0.2</b>" in tree.layout.yaxis.ticktext


def test_panels_share_axes_and_stages(heads_db):
    grid = build(heads_db, "head_grid")
    assert len({axis.matches for axis in grid.select_yaxes()} - {None}) == 1
    bands = [(s.x0, s.x1) for s in grid.layout.shapes if s.type == "rect" and s.xref == "x"]
    assert [end for _, end in bands] == [*ENDS, STEPS[-1]]


def test_unreliable_points_are_hollow_and_errors_are_drawn(heads_db):
    figure = build(heads_db, "head_curves")
    points = [trace for trace in figure.data if trace.mode == "markers"]
    assert len(points) == len(HEADS) and all(trace.error_y.array is not None for trace in points)
    assert all(any(colour == style.CLEAR for colour in trace.marker.color) for trace in points)
    cells = queries.head_distributions(heads_db, RUN).assign(verdict="not converged")
    groups = queries.head_groups(heads_db, RUN)
    pale = head_distributions.draw({"cells": cells, "groups": groups})
    assert not [shape for shape in pale.layout.shapes if shape.fillcolor]


def test_leaves_stand_in_the_order_of_the_last_estimates(heads_db):
    groups, merges = queries.head_groups(heads_db, RUN), queries.head_merges(heads_db, RUN)
    ends = dict(zip(groups["head"], groups["llc"], strict=True))
    order, spots = head_tree.lay_out(merges, ends)
    assert sorted(order) == HEADS and len(spots) == 2 * len(HEADS) - 1
    kinds = [KIND[head] for head in order]
    assert "multigram" not in kinds[:5], "low ones below"


@pytest.mark.parametrize("lost", ["first merge", "last merge", "part", "head"])
def test_a_tree_that_is_not_whole_says_so(heads_db, lost):
    groups, merges = queries.head_groups(heads_db, RUN), queries.head_merges(heads_db, RUN)
    if lost == "head":
        groups = groups.iloc[1:]
    elif lost == "part":
        merges = merges.assign(second_part=merges["second_part"].where(merges.index != 3))
    else:
        merges = merges.iloc[1:] if lost == "first merge" else merges.iloc[:-1]
    figure = head_tree.draw({"merges": merges, "groups": groups})
    assert not figure.data and "not whole" in figure.layout.annotations[0].text


def test_attention_matrix_holds_every_weight_once(heads_db):
    weights = queries.attention_weights(heads_db, RUN, "head 0.1", 1)
    figure = build(heads_db, "attention_matrix", head="head 0.1", text=1)
    squares = sum(
        sum(value is None for value in trace.x)
        for trace in figure.data
        if trace.fill == "toself" and len(trace.x) > 1
    )
    assert squares == len(weights) and (weights["key"] == -1).sum() == CONTEXT
    assert figure.layout.annotations[0].text.startswith("head 0.1, step 8,000")
    assert figure.layout.xaxis.ticktext[0] == "[BOS]"
    assert all("<script" not in text for text in figure.layout.xaxis.ticktext)
    assert all("<script" not in str(row) for row in figure.data[-1].customdata)


def test_tokens_get_the_weights_of_one_head(heads_db):
    tokens = queries.attention_tokens(heads_db, RUN, 1)
    weights = queries.attention_weights(heads_db, RUN, "head 0.1", 1)
    content = attention_tokens.content(tokens, weights)
    assert len(content["words"]) == CONTEXT and len(content["weights"]) == len(weights)
    query = content["first"]
    strongest = weights[(weights["query"] == query) & (weights["key"] >= 0)].nlargest(1, "weight")
    assert strongest["key"].item() == query - 1, "a previous-token head"
    assert content["words"][content["words"].index("↵")] == "↵"


def test_estimates_of_the_target_and_of_data_are_kept_apart(heads_db):
    sources = queries.head_sources(heads_db, RUN)
    assert sources["distribution"].tolist()[0] == "all" and sources["target"].tolist()[-1] == "one-layer"
    assert len(sources) == 2 + len(KINDS)
    for _, row in sources.iterrows():
        estimates = queries.head_llc(heads_db, RUN, row["distribution"], row["target"])
        assert estimates["step"].nunique() == row["steps"] and estimates["head"].nunique() == len(HEADS)


@pytest.mark.parametrize("name", [figure for figure, _ in PAGE.places()])
def test_figures_are_drawn_in_every_colouring(heads_db, name):
    colours = {"method": "hierarchical", "normalisation": "min–max"}
    assert build(heads_db, name).data
    if "method" in gallery.figure_named(name).OPTIONS:
        assert build(heads_db, name, **colours).data


def test_texts_are_those_with_attention(heads_db):
    with_attention = queries.attention_texts(heads_db, RUN)
    assert len(with_attention) < TEXTS and with_attention["distribution"].tolist() == list(KINDS)
    none = {"weights": queries.attention_weights(heads_db, RUN, "head 9.9")}
    blank = attention_matrix.draw(none | {"tokens": queries.attention_tokens(heads_db, RUN)})
    assert "No attention" in blank.layout.annotations[0].text


def test_kinds_over_training_are_squares_in_their_colours(heads_db):
    figure = build(heads_db, "head_timeline", head="head 1.3")
    squares = {trace.name: trace for trace in figure.data}
    assert set(squares) == {*KIND.values(), "mixed"}
    for kind, trace in squares.items():
        assert trace.marker.color == style.KIND_COLOURS[kind]
    assert sum(len(trace.x) for trace in figure.data) == len(HEADS) * len(ABLATED)
    assert "<b>1.3</b>" in figure.layout.yaxis.ticktext


def test_shares_of_a_head_sum_to_one(heads_db):
    figure = build(heads_db, "head_profile")
    bars = [trace for trace in figure.data if trace.type == "bar"]
    totals = dict.fromkeys(bars[0].y, 0.0)
    for trace in bars:
        for row, share in zip(trace.y, trace.x, strict=True):
            totals[row] += share
    assert totals == pytest.approx(dict.fromkeys(totals, 1.0))


def test_ranks_of_measures_are_spearmans(heads_db):
    ranks = queries.head_memory_ranks(heads_db, RUN).query("measure == 'λ̂' and layer == 1")
    step = int(ranks["step"].max())
    rows = queries.head_memory(heads_db, RUN, "λ̂", step).query("layer == 1")
    expected = rows["value"].corr(rows["memorised"], method="spearman")
    assert ranks.set_index("step")["rho"][step] == pytest.approx(expected)


def test_the_ladder_tells_which_order_survives(heads_db):
    orders = queries.head_ladder_orders(heads_db, RUN).set_index("nbeta")
    assert orders.loc[3.0, "rho"] > 0.9 and orders.loc[100.0, "rho"] < -0.9
    figure = build(heads_db, "head_ladder")
    words = " ".join(note.text for note in figure.layout.annotations)
    assert "regime 0.30" in words and "the run’s" in words
