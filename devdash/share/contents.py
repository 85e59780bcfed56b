"""What is shared: figures in the states of a cursor over steps, their rows, claims and provenance.

Everything is plain data. A trace or layout that several states have is stored once.
"""

import functools
import json
from collections import Counter
from dataclasses import dataclass, field

from devdash import export, gallery
from devdash.collected import as_options, drawer
from devdash.collection import Collection, Pin
from devdash.figures import discover
from devdash.figures.style import template
from devdash.store import queries
from devdash.store.errors import StoreError
from devdash.store.snapshot import Snapshot
from devdash.thinning import evenly

MOST_STEPS = 12  # of the cursor
MOST_ROWS_BYTES = 400_000  # of a figure's CSV; more is left to the export
FACTS = {
    "experiment": "Experiment",
    "preset": "Preset",
    "seed": "Seed",
    "parameters": "Parameters",
    "created_at": "Started (UTC)",
    "finished_at": "Finished (UTC)",
    "run": "Folder",
}
ORIGINS = {"paper": "After", "commit": "Commit", "machine": "Machine", "wall_s": "Seconds of computing"}


@dataclass
class Pool:
    """Traces and layouts by the letters of their JSON, each once."""

    parts: list[dict] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def place(self, part: dict) -> int:
        letters = json.dumps(part, sort_keys=True)
        if letters not in self.places:
            self.places[letters] = len(self.parts)
            self.parts.append(part)
        return self.places[letters]

    def state(self, figure) -> dict:
        """A figure as places in the pool. Its template is the page's."""
        plain = json.loads(figure.to_json())
        layout = {key: value for key, value in plain["layout"].items() if key not in ("template", "width")}
        return {"data": [self.place(trace) for trace in plain["data"]], "layout": self.place(layout)}


def of_run(db: Snapshot, run: str) -> dict:
    """Every figure that has rows, those of the run's experiment first, with a cursor over its steps."""
    rows = queries.runs(db)
    if run not in set(rows["run"]):
        there = ", ".join(rows["run"]) or "none"
        raise StoreError(f"run {run!r} is not in this data folder; there are: {there}")
    row = rows.set_index("run", drop=False).loc[run]
    pins = []
    for name, module in _in_order(row["experiment"]).items():
        if hasattr(module, "NEEDS"):
            continue
        pins += [Pin(name, run, module.OPTIONS | variant) for variant in export.variants(db, module, run)]
    contents = _contents(db, pins, skip=True)
    claims = queries.claims(db, run)[["claim", "statement", "published", "measured", "verdict"]]
    words = {"title": row["title"], "claims": claims.fillna("").to_dict("records")}
    return contents | words | {"facts": [_facts(row, db)]}


def of_collection(db: Snapshot, collection: Collection) -> dict:
    """The figures of a collection in their states, with names and captions."""
    contents = _contents(db, list(collection.pins), skip=False)
    rows = queries.runs(db).set_index("run", drop=False)
    runs = dict.fromkeys(pin.run for pin in collection.pins if pin.run in rows.index)
    return contents | {
        "title": collection.name,
        "claims": [],
        "facts": [_facts(rows.loc[run], db) for run in runs],
    }


def _in_order(experiment: str) -> dict:
    """Figures of the experiment, then those that several have, then others'."""

    def place(item) -> int:
        path = item[1].__name__.split(".")
        return 0 if path[2] == experiment else 1 if len(path) == 3 else 2

    return dict(sorted(discover().items(), key=place))


def _facts(row, db: Snapshot) -> list[list[str]]:
    origin = json.loads(row["provenance"] or "{}")
    facts = [[title, row[key]] for key, title in FACTS.items()]
    facts += [[title, origin[key]] for key, title in ORIGINS.items() if origin.get(key)]
    versions = origin.get("versions") or {}
    facts.append(["Versions", ", ".join(f"{name} {number}" for name, number in versions.items())])
    settings = json.dumps(json.loads(row["config"] or "{}"), ensure_ascii=False, indent=1)
    return [[title, str(value)] for title, value in [*facts, ["Snapshot", db.id], ["Settings", settings]]]


def _contents(db: Snapshot, pins: list[Pin], skip: bool) -> dict:
    """Pool, figures, steps and templates. skip: leave out what cannot be drawn, as a run lacks its rows."""
    draw, drawn = drawer(functools.partial(gallery.query, db)), []
    for pin in pins:
        try:
            drawn.append((pin, *draw(pin)))
        except StoreError:
            if not skip:
                raise
    steps, pool, panels = _steps(drawn), Pool(), []
    for pin, frames, figure in drawn:
        states = [{"step": None, **pool.state(figure)}]
        for step in steps if _follows(pin) else ():
            try:
                moved = draw(Pin(pin.figure, pin.run, pin.options | {"step": step}))[1]
            except StoreError:
                continue
            states.append({"step": step, **pool.state(moved)})
        panels.append(_figure(pin, frames, states))
    return {"figures": panels, "pool": pool.parts, "steps": steps, "templates": _templates()}


def _templates() -> dict:
    return {theme: {"layout": template(theme).layout.to_plotly_json()} for theme in ("light", "dark")}


def _figure(pin: Pin, frames: dict, states: list[dict]) -> dict:
    module = gallery.figure_named(pin.figure)
    words = pin.caption or " ".join((module.__doc__ or "").split())
    chosen = as_options(pin).items()
    tables = {}
    for part, rows in frames.items():
        csv = rows.to_csv(index=False)
        name = pin.figure if part == "data" else f"{pin.figure}-{part}"
        tables[name] = csv if len(csv) <= MOST_ROWS_BYTES else None
    return {
        "title": pin.title,
        "words": words,
        "source": ", ".join([pin.figure, pin.run or "all runs", *(f"{k} {v}" for k, v in chosen)]),
        "wide": bool(getattr(module, "WIDE", False)),
        "states": states,
        "tables": tables,
    }


def _follows(pin: Pin) -> bool:
    """Whether the cursor moves a figure; those of the chains behind one estimate stay with it."""
    options = gallery.figure_named(pin.figure).OPTIONS
    return "step" in options and "component" not in options


def _steps(drawn: list) -> list[int]:
    """Of the cursor: those at which most figures that follow it were measured, evenly thinned."""
    counts: Counter[int] = Counter()
    for pin, frames, _ in drawn:
        if _follows(pin):
            columns = [rows["step"] for rows in frames.values() if "step" in rows]
            counts.update({int(step) for column in columns for step in column.dropna().unique()})
    steps = sorted(counts)
    return [steps[place] for place in evenly(len(steps), MOST_STEPS)] if len(steps) > 1 else []
