"""A collection drawn: one composed figure as SVG and PDF, and a folder with its panels, data and captions.

`devdash figures FILE --out DIR` and the Figures page go this way.
"""

import functools
import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from devdash import export, gallery
from devdash.collection import FONTS, Collection, Pin, as_plain, file_stem, letter, read
from devdash.composing import compose, panel_width, size_of
from devdash.store.errors import StoreError
from devdash.store.runs import data_folder, replacing
from devdash.store.snapshot import Snapshot, publish

KINDS = ("svg", "pdf", "png")
Draw = Callable[[Pin], tuple[dict[str, pd.DataFrame], go.Figure]]


def drawer(fetch: gallery.Fetch) -> Draw:
    """draw(pin): the rows by name and the figure. StoreError: that it cannot be drawn, with the reason."""

    def draw(pin: Pin) -> tuple[dict[str, pd.DataFrame], go.Figure]:
        try:
            frames, figure = gallery.build(gallery.figure_named(pin.figure), fetch, pin.run, pin.options)
        except (LookupError, ValueError, ArithmeticError, TypeError) as error:
            raise StoreError(f"figure {pin.figure} of run {pin.run} cannot be drawn: {error}") from None
        if not figure.data:
            raise StoreError(
                f"figure {pin.figure} is empty: run {pin.run} has no rows for it, or is not in this data "
                "folder"
            )
        return frames, figure

    return draw


def size_of_panels(collection: Collection) -> export.Size:
    """Of each panel, at the font that all have."""
    width = panel_width(collection.width_in, columns_of(collection))
    return export.Size(width, collection.font_pt, FONTS[collection.font])


def columns_of(collection: Collection) -> int:
    return max(1, min(collection.columns, len(collection.pins)))


def composed(collection: Collection, panels: list[bytes]) -> bytes:
    """One SVG of the panels, each an SVG at size_of_panels."""
    size = export.Size(collection.width_in, collection.font_pt, FONTS[collection.font])
    return compose(panels, size, columns_of(collection), collection.letters)


def as_pdf(svg: bytes) -> bytes:
    """A composed SVG as a page of its size."""
    width, height = size_of(svg)
    return export.with_printer(lambda printer: printer.pdf(svg, width, height))


def captions(collection: Collection) -> str:
    """Names and captions in Markdown, with where the numbers come from."""
    lines = [f"# {collection.name}", ""]
    for place, pin in enumerate(collection.pins):
        mark = f"**{letter(place)}** " if collection.letters and len(collection.pins) > 1 else ""
        lines += [f"{mark}**{pin.title}.** {pin.caption}".strip(), ""]
        source = f"`{pin.figure}` of run `{pin.run}`" if pin.run else f"`{pin.figure}` of all runs"
        lines += [f"Source: {source}; {json.dumps(as_options(pin), ensure_ascii=False)}", ""]
    return "\n".join(lines)


def as_options(pin: Pin) -> dict:
    """What was chosen, without what stands at its default."""
    defaults = gallery.figure_named(pin.figure).OPTIONS
    plain = as_plain(Collection("one", (pin,)))["pins"][0]["options"]
    return {key: value for key, value in plain.items() if defaults.get(key) != pin.options[key]}


def files(collection: Collection, draw: Draw, snapshot: str, formats: tuple[str, ...]) -> dict[str, bytes]:
    """All files of a collection by their names: the composed figure, panels, data, captions, and itself."""
    if not collection.pins:
        raise StoreError(f"collection {collection.name} is empty: pin a figure on any page first")
    made: dict[str, bytes] = {}
    size, panels = size_of_panels(collection), []
    for place, pin in enumerate(collection.pins):
        stem, (frames, figure) = file_stem(pin, place), draw(pin)
        if formats:
            panels.append(export.render(figure, "svg", size))
        for kind in formats:
            made[f"panels/{stem}.{kind}"] = panels[-1] if kind == "svg" else export.render(figure, kind, size)
        for part, rows in frames.items():
            suffix = "" if part == "data" else f"-{part}"
            made[f"data/{stem}{suffix}.csv"] = rows.to_csv(index=False).encode()
        module = gallery.figure_named(pin.figure)
        facts = export.sidecar(pin.figure, module, pin.run, module.OPTIONS | pin.options, snapshot, frames)
        made[f"data/{stem}.json"] = export.as_json(facts).encode()
    if formats:
        whole = composed(collection, panels)
        makers = {"svg": lambda: whole, "pdf": functools.partial(as_pdf, whole)}
        made |= {f"{collection.name}.{kind}": makers[kind]() for kind in formats if kind in makers}
    made["captions.md"] = captions(collection).encode()
    made[f"{collection.name}.json"] = json.dumps(as_plain(collection), indent=1, ensure_ascii=False).encode()
    return made


def as_zip(made: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def write(made: dict[str, bytes], out: Path) -> list[Path]:
    """The files in a folder, each whole or not at all."""
    for name, content in made.items():
        with replacing(out / name) as temporary:
            temporary.write_bytes(content)
    return [out / name for name in made]


def command(file: Path, out: Path, formats: str, data: Path | None) -> str:
    """What `devdash figures` does. Returns what it says at the end."""
    kinds = tuple(part for part in formats.replace(",", " ").split())
    if wrong := [kind for kind in kinds if kind not in KINDS]:
        raise ValueError(f"figures: format {', '.join(wrong)} given; expected some of {', '.join(KINDS)}")
    collection, db = read(file), Snapshot(publish(data_folder(data), wait=True))
    draw = drawer(functools.partial(gallery.query, db))
    return f"{len(write(files(collection, draw, db.id, kinds), out))} files in {out}"
