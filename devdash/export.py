"""Figures as PDF, SVG, PNG and CSV, at a width in inches and a font size in points.

python -m devdash.export RUN writes all figures of a run. Rendering is done by a Chrome or Chromium
found on the machine, through kaleido; it is started once and kept.
"""

import argparse
import functools
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import plotly.graph_objects as go

from devdash import gallery
from devdash.figures import contrast, discover, style
from devdash.figures.fitting import fit
from devdash.printer import BrowserGone, Printer, check_named
from devdash.store import queries
from devdash.store.runs import StoreError, data_folder, run_folder
from devdash.store.snapshot import Snapshot, publish

FORMATS = ("pdf", "svg", "png", "csv")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NO_BROWSER = (
    "No Chrome or Chromium is found, and PDF, SVG and PNG need one: install the package chromium "
    "of your system, run `kaleido_get_chrome`, or name one in BROWSER_PATH"
)
PX_PER_INCH, PX_PER_POINT, PNG_DPI = 96, 96 / 72, 300
Result = TypeVar("Result")
SVG_SIZE = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)(?:px)?"[^>]*?\bheight="([\d.]+)')
SVG_TEXT = re.compile(r"<text\b.*?</text>", re.DOTALL)
CLIPS, TRACE = re.compile(rb'id="defs-([0-9a-f]{6})"'), re.compile(rb'(class="trace [a-z]+ trace)[0-9a-f]{6}')
RARE = re.compile("[\u0300-\u036f\u2016\u2070-\u209c\u2200-\u22ff]")  # hats, ‖, ₙ, ∇
_lock = threading.Lock()
_kept: dict[str, Printer] = {}


@dataclass(frozen=True)
class Size:
    """Width of the page column in inches, font size in points, and the font's family."""

    width_in: float = 5.5
    font_pt: float = 9.0
    family: str = style.FONT

    def __post_init__(self):
        if not 1 <= self.width_in <= 40 or not 3 <= self.font_pt <= 40:
            raise ValueError(
                f"export: width {self.width_in} in, font {self.font_pt} pt given; "
                "expected 1 to 40 inches and 3 to 40 points"
            )


def browser() -> str | None:
    """Path of a Chrome or Chromium, if there is one."""
    named = os.environ.get("BROWSER_PATH")
    return named if named and Path(named).exists() else next(filter(None, map(shutil.which, BROWSERS)), None)


def for_print(figure: go.Figure, size: Size) -> go.Figure:
    """White background, drawn at the screen's font size on a canvas that `scale` brings to the width.

    So markers, lines and margins keep their proportion to the text, as on a window that narrow.
    """
    printed = contrast.legible(style.dress(go.Figure(figure), "print", family=size.family), "print")
    width = size.width_in * PX_PER_INCH / scale(size)
    height = (figure.layout.height or 450) * (0.55 + 0.45 * min(1.0, width / 700))
    return fit(printed, width, height)


def scale(size: Size) -> float:
    """Factor from the screen's font size to the wanted one."""
    return size.font_pt * PX_PER_POINT / style.BASE_PX


def render(figure: go.Figure, kind: str, size: Size) -> bytes:
    """One figure as pdf, svg or png. Raises StoreError where no browser is found."""
    return _rendered(for_print(figure, size), kind, size)


def _rendered(printed: go.Figure, kind: str, size: Size) -> bytes:
    """A figure that `for_print` has made, as pdf, svg or png."""
    sharper = PNG_DPI / PX_PER_INCH if kind == "png" else 1
    options = {"format": kind, "scale": scale(size) * sharper}
    content = with_printer(lambda printer: printer.picture(printed, options))
    return _without_chance(content) if kind == "svg" else content


def _without_chance(svg: bytes) -> bytes:
    """Names of clips and traces, which Plotly takes by chance, made equal in every file of a figure."""
    chance = CLIPS.search(svg)
    return TRACE.sub(rb"\1", svg.replace(chance[1], b"clips") if chance else svg)


def with_printer(use: Callable[[Printer], Result]) -> Result:
    """What `use` makes with the browser, which is started, and started anew where it ended.

    Raises StoreError where no browser is found.
    """
    path = browser()
    if path is None:
        raise StoreError(NO_BROWSER)
    with _lock:
        for _ in range(2):
            try:
                return use(_printer(path))
            except BrowserGone:
                end_printer()
    raise StoreError(f"{path} does not draw: it ends or does not answer. Name another in BROWSER_PATH")


def _printer(path: str) -> Printer:
    """The printer that is kept, or a new one where its browser has ended, or another is named."""
    kept = _kept.get(path)
    if kept is None or not kept.is_alive():
        end_printer()
        if path == os.environ.get("BROWSER_PATH"):
            check_named(path)
        _kept[path] = Printer(path)
    return _kept[path]


def end_printer() -> None:
    """End the browser; the next figure starts another."""
    while _kept:
        _kept.popitem()[1].kill()


def pdf_from_svg(svg: str) -> bytes:
    """An SVG that the browser's camera saved, as PDF. It needs no Chrome; where there is one, that prints it,
    and labels keep their font whatever letters are in them.

    Raises ValueError where the text is no SVG that can be read.
    """
    if browser() is not None and (size := SVG_SIZE.search(svg)):
        return with_printer(lambda printer: printer.pdf(svg.encode(), float(size[1]), float(size[2])))
    import vl_convert

    return vl_convert.svg_to_pdf(SVG_TEXT.sub(_in_one_font, svg))


def _in_one_font(label: re.Match) -> str:
    """A label with letters that Arial's twins lack, such as the hat of λ̂, in a sans-serif font that has them
    all: else the converter sets the whole label in any font that has them."""
    if not RARE.search(label[0]):
        return label[0]
    return re.sub(r"font-family:(?:&quot;|[^;\"])*", "font-family: DejaVu Sans", label[0])


@functools.cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("plotly", "duckdb", "pandas")}


def sidecar(name: str, module, run: str, options: dict, snapshot: str, frames: dict) -> dict:
    """Where the numbers of a figure come from, and what the columns of its rows mean."""
    sources = gallery.sources(module)
    return {
        "figure": name,
        "title": module.TITLE,
        "run": run,
        "queries": sources,
        "columns": {part: gallery.labels(sources[part], list(rows)) for part, rows in frames.items()},
        "options": options,
        "snapshot": snapshot,
        "versions": _versions(),
        "exported_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
    }


def as_json(facts: dict) -> str:
    """A sidecar as text; numbers of numpy's kinds become plain ones."""
    return json.dumps(facts, indent=1, ensure_ascii=False, default=lambda value: value.item())


def export_run(db: Snapshot, run: str, out: Path, formats: list[str], size: Size) -> list[Path]:
    """All figures of a run that have rows, each in all formats. Returns the files written."""
    out.mkdir(parents=True, exist_ok=True)
    written = []

    fetch = functools.partial(gallery.query, db)
    for name, module in discover().items():
        if hasattr(module, "NEEDS"):
            continue
        for variant in variants(db, module, run):
            options = module.OPTIONS | variant
            frames, figure = gallery.build(module, fetch, run, options)
            if not figure.data:  # it only says what is missing
                continue
            stem = "-".join([name, *(f"{key}-{_part(value)}" for key, value in variant.items())])
            facts = sidecar(name, module, run, options, db.id, frames)
            written += _write(out / stem, figure, frames, facts, formats, size)
    return written


def _part(value: float | str) -> str:
    """A number or word as a part of a file's name."""
    return value.replace(" ", "-") if isinstance(value, str) else f"{value:g}"


def variants(db: Snapshot, module, run: str) -> list[dict]:
    """The options for which a figure is drawn: one set, or one for each row of the query EACH."""
    if not hasattr(module, "EACH"):
        return [{}]
    return gallery.query(db, module.EACH, run).to_dict("records") or [{}]


def _write(stem: Path, figure, frames, facts: dict, formats, size: Size) -> list[Path]:
    files, printed = [], None
    for kind in formats:
        if kind == "csv":
            for part, frame in frames.items():
                suffix = "" if part == "data" else f"-{part}"
                files.append(stem.with_name(f"{stem.name}{suffix}.csv"))
                frame.to_csv(files[-1], index=False)
            files.append(stem.with_name(f"{stem.name}.json"))
            files[-1].write_text(as_json(facts), encoding="utf-8")
        else:
            files.append(stem.with_name(f"{stem.name}.{kind}"))
            printed = for_print(figure, size) if printed is None else printed
            files[-1].write_bytes(_rendered(printed, kind, size))
    return files


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 when files were written, 2 for a run that is not there."""
    parser = argparse.ArgumentParser(prog="python -m devdash.export", description=__doc__)
    parser.add_argument("run", help="name of the run, as `ls data/runs` shows it")
    parser.add_argument("--out", type=Path, default=Path("figures"), help="folder for the files")
    parser.add_argument("--format", nargs="+", choices=FORMATS, default=["pdf", "csv"])
    parser.add_argument("--width", type=float, default=Size.width_in, help="inches")
    parser.add_argument("--font-size", type=float, default=Size.font_pt, help="points")
    parser.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    chosen = parser.parse_args(arguments)
    try:
        data = data_folder(chosen.data)
        run_folder(data, chosen.run)
        db = Snapshot(publish(data, wait=True))
        runs = queries.runs(db)["run"].tolist()
        if chosen.run not in runs:
            raise StoreError(f"run {chosen.run!r} is not in {data}; there are: {', '.join(runs) or 'none'}")
        size = Size(chosen.width, chosen.font_size)
        files = export_run(db, chosen.run, chosen.out, chosen.format, size)
    except (StoreError, ValueError) as error:
        print(f"devdash.export: {error}", file=sys.stderr)
        return 2
    print(f"{len(files)} files in {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
