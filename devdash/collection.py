"""A collection of figures for a paper: which, in what state, in which order, with what name and caption.

It is one small JSON file in data/figures/, beside the runs, that can be passed on; `devdash figures FILE`
draws it again wherever its runs are. Panels follow each other row by row in one figure of one width and font.
"""

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock

from devdash import gallery
from devdash.figures import style
from devdash.store.errors import StoreError
from devdash.store.plain import printable, read_plain, reason
from devdash.store.runs import is_name, named, write_json

VENUES = {  # inches, as their style files state
    "NeurIPS, ICLR: text": 5.5,
    "ICML: column": 3.25,
    "ICML: text": 6.75,
    "ACL: column": 3.03,
    "ACL: text": 6.3,
    "JMLR, TMLR: text": 6.0,
    "IEEE: column": 3.5,
    "IEEE: text": 7.16,
    "Nature: column": 3.5,
    "Nature: text": 7.2,
    "PNAS: column": 3.42,
    "Science: column": 2.25,
}
FONTS = {"sans": style.FONT, "serif": style.SERIF}
VERSION, LARGEST, MOST_PANELS, LONGEST = 1, 2**20, 60, 5000
SCALAR = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Pin:
    """A figure of a run with its state. name: of its files; caption: of the paper."""

    figure: str
    run: str | None
    options: dict
    name: str = ""
    caption: str = ""

    @property
    def title(self) -> str:
        return self.name or gallery.figure_named(self.figure).TITLE


@dataclass(frozen=True)
class Collection:
    """venue: a key of VENUES. font: of FONTS. columns: panels in a row. letters: a, b, c beside panels."""

    name: str
    pins: tuple[Pin, ...] = ()
    venue: str = "NeurIPS, ICLR: text"
    font: str = "sans"
    font_pt: float = 9.0
    columns: int = 2
    letters: bool = True

    @property
    def width_in(self) -> float:
        return VENUES[self.venue]

    def moved(self, place: int, by: int) -> "Collection":
        """With a pin at another place."""
        pins = list(self.pins)
        pins.insert(max(0, min(place + by, len(pins) - 1)), pins.pop(place))
        return replace(self, pins=tuple(pins))

    def without(self, place: int) -> "Collection":
        return replace(self, pins=self.pins[:place] + self.pins[place + 1 :])

    def changed(self, place: int, **changes) -> "Collection":
        """With another name or caption of a pin."""
        pins = list(self.pins)
        pins[place] = replace(pins[place], **changes)
        return replace(self, pins=tuple(pins))


def folder(data: Path) -> Path:
    """Where the collections of a data folder lie."""
    return data / "figures"


def path_of(data: Path, name: str) -> Path:
    """The file of a collection."""
    return folder(data) / f"{named('name of a collection', name)}.json"


def names(data: Path) -> list[str]:
    """Collections that are there, by name."""
    there = folder(data).glob("*.json") if folder(data).is_dir() else ()
    return sorted(path.stem for path in there if is_name(path.stem))


def save(data: Path, collection: Collection) -> Path:
    """Write a collection whole or not at all."""
    path = path_of(data, collection.name)
    try:
        write_json(path, as_plain(collection))
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {reason(error)}") from None
    return path


def add(data: Path, name: str, pin: Pin) -> Collection:
    """Put a pin at the end of a collection, a new one where there is none; safe beside other sessions."""
    path = path_of(data, name)
    try:
        folder(data).mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder(data) / ".lock").acquire()
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {reason(error)}") from None
    with lock:
        before = read(path) if path.exists() else Collection(name)
        if len(before.pins) >= MOST_PANELS:
            raise StoreError(f"collection {name}: {MOST_PANELS} figures are its most; begin another")
        after = replace(before, pins=(*before.pins, pin))
        save(data, after)
    return after


def as_plain(collection: Collection) -> dict:
    """What the file holds. Values of options that JSON has no word for are made plain."""
    plain = asdict(collection)
    for pin in plain["pins"]:
        pin["options"] = {key: _plain(value) for key, value in pin["options"].items()}
    return {"devdash collection": VERSION, **plain, "pins": list(plain["pins"])}


def _plain(value):
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value.item() if hasattr(value, "item") else value


def read(path: Path) -> Collection:
    """The collection of a file. StoreError: what in it is not as expected."""
    try:
        return parse(read_plain(path, LARGEST), path.stem)
    except FileNotFoundError:
        raise StoreError(
            f"{path}: no such file; the Figures page saves collections in data/figures/"
        ) from None
    except OSError as error:
        raise StoreError(f"{path.name} cannot be read ({reason(error)})") from None


def parse(content: bytes, name: str) -> Collection:
    """A collection from the content of its file. name: of the file, which the collection gets."""
    label = printable(name)
    try:
        plain = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{label}: no JSON ({reason(error)}); expected a collection of figures") from None
    if not isinstance(plain, dict) or plain.get("devdash collection") != VERSION:
        raise StoreError(f'{label}: expected {{"devdash collection": {VERSION}, "pins": […], …}}')
    pins = plain.get("pins")
    if not isinstance(pins, list) or len(pins) > MOST_PANELS:
        raise StoreError(f"{label}: pins must be a list of at most {MOST_PANELS} figures")
    read_pins = tuple(_pin(pin, f"{label}: figure {number}") for number, pin in enumerate(pins, 1))
    settings = {key: plain[key] for key in ("venue", "font", "font_pt", "columns", "letters") if key in plain}
    _check(settings, label)
    path_of(Path(), name)
    return Collection(name, read_pins, **settings)


def _check(settings: dict, name: str) -> None:
    allowed = {
        "venue": (lambda v: isinstance(v, str) and v in VENUES, f"one of {', '.join(VENUES)}"),
        "font": (lambda v: isinstance(v, str) and v in FONTS, f"one of {', '.join(FONTS)}"),
        "font_pt": (lambda v: _is_number(v) and 3 <= v <= 40, "3 to 40 points"),
        "columns": (lambda v: _is_number(v) and v in (1, 2, 3, 4), "1 to 4"),
        "letters": (lambda v: isinstance(v, bool), "true or false"),
    }
    for key, value in settings.items():
        is_good, expected = allowed[key]
        if not is_good(value):
            raise StoreError(f"{name}: {key} {printable(repr(value)[:60])} given; expected {expected}")


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _pin(plain, where: str) -> Pin:
    if not isinstance(plain, dict) or not isinstance(plain.get("figure"), str):
        raise StoreError(f'{where}: expected {{"figure": …, "run": …, "options": {{…}}}}')
    try:
        gallery.figure_named(plain["figure"])
    except LookupError as error:
        raise StoreError(f"{where}: {printable(str(error))}") from None
    run, options = plain.get("run"), plain.get("options", {})
    if run is not None and not is_name(run):
        raise StoreError(f"{where}: run {printable(repr(run)[:60])} is no name of a run")
    if not isinstance(options, dict) or not all(_is_option(value) for value in options.values()):
        raise StoreError(f"{where}: options must be numbers, texts, true, false, null, or lists of these")
    words = [plain.get(key, "") for key in ("name", "caption")]
    if not all(isinstance(text, str) and len(text) <= LONGEST for text in words):
        raise StoreError(f"{where}: name and caption must be texts of at most {LONGEST} letters")
    kept = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    return Pin(plain["figure"], run, kept, *words)


def _is_option(value) -> bool:
    parts = value if isinstance(value, list) else [value]
    return all(isinstance(part, SCALAR) for part in parts)


def file_stem(pin: Pin, place: int) -> str:
    """Of a panel's files: its letter and its name, in letters that every file system has."""
    words = re.sub(r"[^a-z0-9]+", "-", (pin.name or pin.figure).lower()).strip("-")[:60]
    return f"{letter(place)}-{words or pin.figure.replace('_', '-')}"


def letter(place: int) -> str:
    """a, b … z, aa, ab …

    >>> letter(0), letter(25), letter(26)
    ('a', 'z', 'aa')
    """
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(97 + place % 26)
