"""The Multigrams page and its figures, on a made run whose circuit and migrating multigram are known."""

import re
import shutil

import pandas as pd
import pytest

from devdash import gallery
from devdash.figures import style
from devdash.figures.heads import (
    circuit,
    effect_marks,
    effect_text,
    head_targets,
    multigram_steps,
    tag_effects,
)
from devdash.store import queries
from devdash.store.snapshot import Snapshot, publish
from devdash.ui import effect_tokens, multigram_words
from devdash.views.multigrams import PAGE
from tests.app.made import set_facts
from tests.app.made_heads import ABLATED, BIGRAMS, CONTEXT, ENDS, HEADS, KIND, LAST, MULTIGRAMS, RUN, TAGS
from tests.app.made_language import KINDS
from tests.app.pages import charts, drawn, open_page, seen_page, texts

STRONG = ("head 0.5", "head 1.7")  # the path that closes nested brackets


def circuit_of(db: Snapshot, **options):
    """The figure of the circuit, and the rows behind it."""
    query = {key: value for key, value in options.items() if key != "head"}
    data = {"edges": queries.circuit_edges(db, RUN, **query), "heads": queries.circuit_heads(db, RUN)}
    return circuit.draw(data, options.get("edge", "path effect"), options.get("head")), data["edges"]


def edges(figure) -> dict[str, float]:
    """Pair → width of each edge that is drawn."""
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    points = [trace for trace in figure.data if trace.hovertext]
    return {
        point.hovertext.split("<br>")[0]: line.line.width for line, point in zip(lines, points, strict=True)
    }


@pytest.mark.parametrize("view", PAGE.sections)
def test_every_section_is_drawn_with_at_most_five_controls_in_sight(made_heads, view):
    test = seen_page("multigrams", view=view)
    assert drawn(test) == sorted(PAGE.drawn(view)) and not test.error and not test.info
    assert test.selectbox(key="run").value == RUN
    pickers = [s for s in test.selectbox if s.key != "run"]
    assert len(pickers) + len(test.segmented_control) + len(test.select_slider) <= 5


def test_the_guide_tells_what_was_measured(made_heads, heads_db):
    words = texts(seen_page("multigrams"))
    assert f"once bigrams were learned (step {BIGRAMS:,})" in words
    counts = queries.memorised(heads_db, RUN)
    for layer, count in counts.loc[counts["step"] == LAST, ["layer", "multigrams"]].itertuples(index=False):
        assert f"**{count:.0f}** in layer {layer}" in words.split(f"end of training (step {LAST:,})")[1]
    assert (
        "**“ def visible”** migrates: without head 0.0" in words and "head 1.0 grew by 0.90 ± 0.07" in words
    )
    assert f"At step {LAST:,} the strongest path effect is **head 0." in words


def test_migrations_are_counted_both_ways(made_heads):
    words = texts(seen_page("multigrams", view="migration"))
    assert "1 of " in words and "by the same rule 0 go from layer 1 to layer 0" in words


def test_without_a_migrating_multigram_the_page_says_so(made_heads, tmp_path, monkeypatch):
    shutil.copytree(made_heads / "runs", tmp_path / "runs")
    (tmp_path / "runs" / RUN / "migration.parquet").unlink()
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    test = open_page("multigrams", view="migration")
    assert "**No** multigram was found that migrates" in texts(test)
    assert charts(test) == 1 and "migrates; the one" in test.info[0].value


def test_a_running_run_shows_what_is_there(made_heads, tmp_path, monkeypatch):
    shutil.copytree(made_heads / "runs", tmp_path / "runs")
    folder = tmp_path / "runs" / RUN
    set_facts(folder, status="running")
    for name in ("multigram_effect", "text_effect", "top_token", "llc", "path_effect", "head", "stage"):
        (folder / f"{name}.parquet").unlink()
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    for view in PAGE.sections:
        test = open_page("multigrams", view=view)
        assert not test.error and any("not finished" in info.value for info in test.info)
        assert charts(test) or len(test.info) > 1, view


def test_without_a_run_it_says_how_to_compute_one(made, tmp_path):
    test = open_page("multigrams")
    assert charts(test) == 0
    assert any("python -m precompute heads --preset smoke" in code.value for code in test.code)


def test_address_restores_the_view(made_heads):
    test = open_page("multigrams", edge="path effect", tag="nested bracket", head="head 1.7", step=str(LAST))
    assert test.selectbox(key="tag").value == "nested bracket"
    assert test.selectbox(key="head").value == "head 1.7"
    assert "**head 0.5 → head 1.7**" in texts(test)
    test = open_page("multigrams", edge="K-composition", step="0")
    assert "At step 0 the strongest K-composition" in texts(test) and "Measured from step" in texts(test)
    assert open_page("multigrams", view="migration", multigram="3").selectbox(key="multigram").value == 3


def test_the_nearest_measured_step_is_shown_and_said(made_heads, heads_db):
    assert queries.circuit_steps(heads_db, RUN)["step"].tolist() == list(ABLATED)
    between = ABLATED[4] + 1
    test = open_page("multigrams", step=str(between))
    said = f"Step {between:,} is not measured here: {ABLATED[4]:,}, the nearest that is, is shown."
    assert said in texts(test) and test.select_slider(key="step").value == ABLATED[4]
    for query in (queries.circuit_edges, queries.tag_effects, queries.head_multigrams, queries.text_effects):
        assert set(query(heads_db, RUN, step=between)["step"]) == {ABLATED[4]}, query
        assert set(query(heads_db, RUN)["step"]) == {LAST}, query
        assert set(query(heads_db, RUN, step=1)["step"]) == {ABLATED[0]}, query


def test_the_strongest_path_is_the_widest(heads_db):
    figure, rows = circuit_of(heads_db, tag="nested bracket")
    drawn = edges(figure)
    assert max(drawn, key=drawn.get) == " → ".join(STRONG)
    assert max(drawn.values()) == pytest.approx(circuit.WIDEST_PX)
    said = next(note.text for note in figure.layout.annotations if "strongest" in note.text)
    assert f"step {LAST:,}, strongest: 0.5 → 1.7, +0.395 ± 0.01 nats" in said
    early, _ = circuit_of(heads_db, tag="nested bracket", step=ABLATED[0])
    assert max(edges(early).values(), default=0) < 0.1 * circuit.WIDEST_PX, "widths compare steps"
    assert len(rows) == 64


def test_paths_within_their_error_are_grey(heads_db):
    figure, rows = circuit_of(heads_db, tag="all")
    assert (rows["strength"].abs() < 1.96 * rows["std_err"]).all()
    grey = style.faint(style.GREY, 0.3)
    assert {trace.line.color for trace in figure.data if trace.mode == "lines"} == {grey}
    assert "within its error" in multigram_words.strongest(rows, "path effect", "all")


def test_composition_has_width_from_its_least_value(heads_db):
    figure, _ = circuit_of(heads_db, edge="K-composition")
    drawn = edges(figure)
    strong = {pair for pair, width in drawn.items() if width > 0.9 * circuit.WIDEST_PX}
    assert strong == {f"{a} → {b}" for a in ("head 0.1", "head 0.4") for b in ("head 1.3", "head 1.6")}
    assert set(queries.circuit_choices(heads_db, RUN)["edge"]) == {
        "path effect",
        "K-composition",
        "Q-composition",
        "V-composition",
    }


def test_heads_have_the_colour_of_their_kind_and_can_be_clicked(heads_db):
    figure, _ = circuit_of(heads_db, head="head 1.3")
    discs = [trace for trace in figure.data if trace.mode == "markers+text"]
    assert {trace.name: trace.marker.color for trace in discs} == {
        kind: style.KIND_COLOURS[kind] for kind in KIND.values()
    }
    heads_on_discs = {row[0]: row for trace in discs for row in trace.customdata}
    assert set(heads_on_discs) == set(HEADS)
    (ring,) = [trace for trace in figure.data if trace.name == "chosen"]
    assert (ring.x[0], ring.y[0]) == (3, 1)


def test_effects_by_tag_show_every_method_with_its_error(heads_db):
    rows = queries.tag_effects(heads_db, RUN, "head 1.3")
    figure = tag_effects.draw(rows)
    assert {trace.name for trace in figure.data} == set(tag_effects.METHODS)
    assert all(trace.error_x.array is not None for trace in figure.data)
    names = figure.layout.yaxis.ticktext
    assert [name.split(" (")[0] for name in names] == ["all tokens", *TAGS[1:], *sorted(KINDS)]
    induction = rows[(rows["tag"] == "induction") & (rows["method"] == "mean")]
    assert induction["effect_nats"].iloc[0] == rows.loc[rows["method"] == "mean", "effect_nats"].max()


def test_a_head_s_multigrams_have_their_course_over_steps(made_heads, heads_db):
    rows = queries.head_multigrams(heads_db, RUN, "head 0.0")
    assert len(rows) == len(MULTIGRAMS) and rows["multigram"].iloc[0] == 0
    assert all(len(trend) == len(ABLATED) for trend in rows["trend"])
    early = queries.head_multigrams(heads_db, RUN, "head 0.0", ABLATED[0])
    assert early["multigram"].tolist() == rows["multigram"].tolist(), "a chosen row stays chosen"
    test = open_page("multigrams", view="head", head="head 0.0")
    assert len(test.dataframe[0].value) == len(MULTIGRAMS)


def test_the_migrating_multigram_is_named_where_it_leaves_and_where_it_arrives(heads_db):
    rows = queries.carriers(heads_db, RUN)
    assert set(rows["multigram"]) == {0} and set(rows["component"]) == set(HEADS)
    figure = multigram_steps.draw({"data": rows, "stages": queries.head_stages(heads_db, RUN)})
    notes = {note.text: note for note in figure.layout.annotations}
    assert notes["head 0.0"].yref == "y2" and notes["head 1.0"].yref == "y", "the upper layer above"
    assert "head 0.1" not in notes and "“ def visible”" in notes
    named = [trace for trace in figure.data if trace.error_y.array is not None]
    assert len(named) == 2 and {trace.line.color for trace in named} == {style.BLUE}
    assert len([s for s in figure.layout.shapes if s.type == "rect"]) == 2 * (len(ENDS) + 1)


def test_text_of_the_data_is_shown_letter_by_letter(heads_db):
    rows = {"data": queries.carriers(heads_db, RUN, 1), "stages": queries.head_stages(heads_db, RUN)}
    figure = gallery.draw(multigram_steps, rows, {})
    assert any("&lt;script" in note.text for note in figure.layout.annotations)
    assert not any("<script" in note.text for note in figure.layout.annotations)
    rows = queries.text_effects(heads_db, RUN, "head 0.0", 0)
    page = effect_tokens.page(rows)
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    drawn = effect_text.draw(rows)
    assert all("<script" not in text for text in (*drawn.data[0].text, *drawn.data[0].hovertext))
    assert multigram_words.plain("<a> *b* [c](d) $e$ :red[f]") == (r"\<a\> \*b\* \[c\](d) \$e\$ \:red\[f\]")


def test_coloured_tokens_tell_effect_and_tags(heads_db):
    rows = queries.text_effects(heads_db, RUN, "head 0.0", 0)
    details = re.findall(r'class="details">(.*?)</span>', effect_tokens.page(rows), re.S)
    assert len(details) == len(rows) == CONTEXT and all("nats; " in one for one in details)
    assert "3-gram “" in details[2] and "nats; no tag" in details[0]
    assert "closes a bracket, skip n-gram" not in details[6] and "closes a bracket" in details[6]
    assert effect_marks.colour(9.0) == effect_marks.colour(2.0) != effect_marks.colour(-2.0)
    assert effect_marks.colour(float("nan")) == style.CLEAR


def test_top_tokens_come_with_what_stands_before_them(heads_db):
    top = queries.top_tokens(heads_db, RUN, "head 0.0")
    assert top["rank"].tolist() == list(range(1, 11)) and top["effect_nats"].is_monotonic_decreasing
    text, position = int(top["text"].iloc[0]), int(top["position"].iloc[0])
    tokens = queries.text_effects(heads_db, RUN, "head 0.0", text)["token"].tolist()
    assert top["token"].iloc[0] == tokens[position]
    assert top["before"].iloc[0] == "".join(tokens[max(0, position - 12) : position])


def test_layers_part_with_the_one_layer_target(heads_db):
    means = queries.target_layers(heads_db, RUN)
    assert list(means["target"].unique()) == ["data", "one-layer"]
    data = {
        "layers": means,
        "heads": queries.target_heads(heads_db, RUN),
        "stages": queries.head_stages(heads_db, RUN),
    }
    figure = head_targets.draw(data)
    bold = [trace for trace in figure.data if trace.line.width == 2.5]
    assert len(bold) == 4 and len({trace.line.color for trace in bold}) == 2
    assert "nβ = 30, γ = 300" in figure.layout.yaxis.title.text
    hollow = [colour for trace in bold for colour in trace.marker.color if colour == style.CLEAR]
    assert hollow, "where a head is not reliable, the mean is hollow"
    words = multigram_words.layers(means, queries.bigram_minimum(heads_db, RUN))
    signs = re.findall(r"\*\*([+−])[\d.]+\*\* ± [\d.]+ in layer (\d)", words)
    assert signs == [("+", "0"), ("+", "1"), ("−", "0"), ("+", "1")] and f"from step {BIGRAMS:,} on" in words


def test_means_of_a_layer_leave_out_what_diverged(made_heads, tmp_path):
    shutil.copytree(made_heads / "runs", tmp_path / "runs")
    path = tmp_path / "runs" / RUN / "llc.parquet"
    rows = pd.read_parquet(path)
    bad = (rows["component"] == "head 0.0") & (rows["step"] == LAST) & (rows["distribution"] == "all")
    rows.loc[bad, ["llc", "verdict"]] = [1e6, "diverged"]
    rows.to_parquet(path)
    means = queries.target_layers(Snapshot(publish(tmp_path)), RUN)
    last = means[(means["step"] == LAST) & (means["layer"] == 0)]
    assert (last["heads"] == 7).all() and last["llc"].max() < 100


def test_figures_say_why_they_are_empty():
    none = pd.DataFrame(columns=["step", "effect_nats", "target", "layer"])
    for figure in (
        circuit.draw({"edges": none, "heads": none}),
        tag_effects.draw(none),
        effect_text.draw(none),
        multigram_steps.draw({"data": none, "stages": none}),
        head_targets.draw({"layers": none, "heads": none, "stages": none}),
    ):
        assert "stored" in figure.layout.annotations[0].text
