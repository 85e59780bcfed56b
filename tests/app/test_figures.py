"""Every figure on real runs: axes are named, no raw column name is shown, options do not break it."""

import contextlib
import copy
import functools
import itertools
import tomllib

import plotly.graph_objects as go
import pytest

from devdash import figures, gallery
from devdash.figures import style
from devdash.store.snapshot import Snapshot
from tests.app.pages import fetch_once
from tests.conftest import MODEL, ROOT, RUNS, run_of

FIGURES = figures.discover()
NAMES = (
    "model",
    "name",
    "component",
    "distribution",
    "label",
    "kind",
    "head",
)  # columns of names that a run gives
NEEDED = {"experiment": "superposition", "name": "closed form − quadrature"}


@pytest.fixture(scope="module")
def runs(smoke_data) -> list[str]:
    """The run of each experiment, and a user's: a figure is empty on one without its rows, and says why."""
    return [run_of(smoke_data, experiment) for experiment in RUNS]


def build(db: Snapshot, run: str, name: str, **options) -> go.Figure:
    """A figure as pages and exports draw it; what it cannot do without is chosen."""
    module = FIGURES[name]
    needed = {option: NEEDED[option] for option in getattr(module, "NEEDS", ())}
    return gallery.build(module, fetch_once(db), run, needed | options)[1]


@functools.cache
def default(db: Snapshot, run: str, name: str) -> go.Figure:
    """The figure with its default options, drawn once for all tests that look at it."""
    return build(db, run, name)


def with_rows(db: Snapshot, runs: list[str], name: str) -> list[str]:
    """The runs that have rows for a figure."""
    some = [run for run in runs if default(db, run, name).data]
    assert some or name == "transitions", "smoke is too short for transitions alone"
    return some


def words(figure: go.Figure) -> list[str]:
    """All text a reader sees without hovering."""
    layout = figure.layout
    texts = [a.text for a in layout.annotations]
    texts += [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes())]
    texts += [trace.name for trace in figure.data if trace.showlegend is not False]
    return [text for text in texts if text]


@pytest.mark.parametrize("name", FIGURES)
def test_declaration_is_complete(name):
    module = FIGURES[name]
    assert module.TITLE and module.__doc__
    assert set(gallery.sources(module).values()) <= set(gallery.SOURCES)


@pytest.mark.parametrize("name", FIGURES)
def test_axes_are_named_and_no_raw_name_is_shown(smoke_db, runs, name):
    user_run = runs[RUNS.index(MODEL)]  # its metrics are named by the user
    for run in runs:
        figure = default(smoke_db, run, name)
        check_words(figure)
        assert run == user_run or not any("_" in text for text in words(figure))


def check_words(figure: go.Figure) -> None:
    traces = [trace for trace in figure.data if getattr(trace, "x", None) is not None]
    if not traces:
        assert words(figure), "an empty figure says why"
        return
    if any(trace.type == "scatter3d" for trace in traces):
        scene = figure.layout.scene
        assert all(axis.title.text for axis in (scene.xaxis, scene.yaxis, scene.zaxis))
        return
    visible = [axis for axis in figure.select_yaxes() if axis.visible is not False and not axis.matches]
    assert all(axis.title.text is not None for axis in visible)
    named = [axis for axis in figure.select_xaxes() if axis.visible is not False and axis.title.text]
    assert named or all(axis.visible is False for axis in figure.select_xaxes())


@pytest.mark.parametrize("name", FIGURES)
def test_switches_do_not_break_it(smoke_db, runs, name):
    flags = [key for key, value in FIGURES[name].OPTIONS.items() if isinstance(value, bool)]
    choices = itertools.product((False, True), repeat=len(flags)) if flags else ()
    for run, values in itertools.product(with_rows(smoke_db, runs, name), choices):
        figure = build(smoke_db, run, name, **dict(zip(flags, values, strict=True)))
        assert figure.data or words(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_themes_set_their_own_surface(smoke_db, runs, name):
    for run, theme in itertools.product(with_rows(smoke_db, runs, name)[:1], style.SURFACES):
        dressed = style.dress(copy.deepcopy(default(smoke_db, run, name)), theme)
        assert dressed.layout.template.layout.paper_bgcolor == style.SURFACES[theme]["paper"]
        assert dressed.layout.template.layout.font.color == style.SURFACES[theme]["text"]


@pytest.mark.parametrize("name", FIGURES)
def test_words_of_the_data_are_shown_by_the_letter(smoke_db, runs, name):
    """Tags in them mean nothing: 'a<b>§' stays so. A name that a figure has to know is left out."""
    tag, module = "<b>§", FIGURES[name]
    run = next(iter(with_rows(smoke_db, runs, name)), runs[0])
    needed = {option: NEEDED[option] for option in getattr(module, "NEEDS", ())}

    def spoilt(column: str, source: str, run: str | None, **options):
        rows = fetch_once(smoke_db)(source, run, **options)
        changed = {column: lambda rows: rows[column].map(lambda v: f"{v}{tag}", na_action="ignore")}
        return rows.assign(**changed) if column in rows else rows

    for column in ("model", "name", "component", "distribution", "label", "kind"):
        with contextlib.suppress(LookupError, ValueError):  # names that it has to know
            figure = gallery.build(module, functools.partial(spoilt, column), run, needed)[1]
            assert tag not in figure.to_json().replace("\\u003c", "<").replace("\\u003e", ">"), column


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", sorted({*style.COLOURS, *style.KGON_COLOURS.values()}))
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_stand_out_from_the_page(colour, theme):
    """Contrast of at least 1.7 : 1; marks are large or labelled, text is in the page's own colour."""
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    one, two = sorted((luminance(colour), luminance(config["theme"][theme]["backgroundColor"])))
    assert (two + 0.05) / (one + 0.05) > 1.7
