"""Every figure on real runs: axes are named, no raw column name is shown, options do not break it."""

import copy
import functools
import itertools
import tomllib

import plotly.graph_objects as go
import pytest

from devdash import figures, gallery
from devdash.figures import style
from devdash.store import queries
from devdash.store.snapshot import Snapshot, publish
from tests.conftest import EXPERIMENTS, ROOT, run_of

MODULES = figures.discover()
SPECIFIC = {"curves": {"experiment": "superposition", "name": "closed form − quadrature"}}


@pytest.fixture(scope="module")
def db(smoke_data) -> Snapshot:
    return Snapshot(publish(smoke_data))


@pytest.fixture(params=EXPERIMENTS)
def run(smoke_data, request) -> str:
    """The run of each experiment: a figure is empty on one without its rows, and then says why."""
    return run_of(smoke_data, request.param)


def build(db: Snapshot, run: str, name: str, **options) -> go.Figure:
    module = MODULES[name]
    options = module.OPTIONS | SPECIFIC.get(name, {}) | options

    def fetch(query, run, /, **values):
        return gallery.query(db, query, run, **values)

    return gallery.draw(module, gallery.data_of(module, fetch, run, options), options)


def words(figure: go.Figure) -> list[str]:
    """All text a reader sees without hovering."""
    layout = figure.layout
    texts = [a.text for a in layout.annotations]
    texts += [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes())]
    texts += [trace.name for trace in figure.data if trace.showlegend is not False]
    return [text for text in texts if text]


@pytest.mark.parametrize("name", MODULES)
def test_declaration_is_complete(name):
    module = MODULES[name]
    assert module.TITLE and module.__doc__
    for query in gallery.sources(module).values():
        assert callable(getattr(queries, query))


@functools.cache
def default(db: Snapshot, run: str, name: str) -> go.Figure:
    """The figure with its default options, drawn once for all tests that look at it."""
    return build(db, run, name)


def with_rows(db: Snapshot, smoke_data, name: str) -> list[str]:
    """The runs that have rows for a figure."""
    runs = [run_of(smoke_data, experiment) for experiment in EXPERIMENTS]
    found = [run for run in runs if default(db, run, name).data]
    assert found or name == "transitions", "smoke is too short for transitions alone"
    return found


@pytest.mark.parametrize("name", MODULES)
def test_axes_are_named_and_no_raw_name_is_shown(db, run, name):
    figure = default(db, run, name)
    for text in words(figure):
        assert "_" not in text, text
    drawn = [trace for trace in figure.data if getattr(trace, "x", None) is not None]
    if not drawn:
        assert words(figure), "an empty figure says why"
        return
    if any(trace.type == "scatter3d" for trace in drawn):
        scene = figure.layout.scene
        assert all(axis.title.text for axis in (scene.xaxis, scene.yaxis, scene.zaxis))
        return
    visible = [axis for axis in figure.select_yaxes() if axis.visible is not False and not axis.matches]
    assert all(axis.title.text is not None for axis in visible)
    shown = [axis for axis in figure.select_xaxes() if axis.visible is not False and axis.title.text]
    assert shown or all(axis.visible is False for axis in figure.select_xaxes())


@pytest.mark.parametrize("name", MODULES)
def test_switches_do_not_break_it(db, smoke_data, name):
    flags = [key for key, value in MODULES[name].OPTIONS.items() if isinstance(value, bool)]
    choices = itertools.product((False, True), repeat=len(flags)) if flags else ()
    for run, values in itertools.product(with_rows(db, smoke_data, name), choices):
        figure = build(db, run, name, **dict(zip(flags, values, strict=True)))
        assert figure.data or words(figure)


@pytest.mark.parametrize("name", MODULES)
def test_themes_set_their_own_surface(db, smoke_data, name):
    for run, theme in itertools.product(with_rows(db, smoke_data, name)[:1], style.SURFACES):
        dressed = style.dress(copy.deepcopy(default(db, run, name)), theme)
        assert dressed.layout.template.layout.paper_bgcolor == style.SURFACES[theme]["paper"]
        assert dressed.layout.template.layout.font.color == style.SURFACES[theme]["text"]


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
