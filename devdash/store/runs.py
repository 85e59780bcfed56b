"""Run folders: data/runs/<run>/ with run.json. Names are checked before any path is made of them."""

import json
import os
import re
import secrets
import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path

from devdash.store.errors import StoreError
from devdash.store.plain import printable, read_plain, reason

RUN_NAME = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9._-]{0,99}\Z")
STATUSES = ("running", "finished", "failed")
MEASURED = "measured"  # in the folder of a recorded run: what devdash.measure adds, laid out as a run
SHIPPED = Path(__file__).resolve().parents[2] / "data"
KINDS = {  # what run.json must state, and of which kind
    "experiment": str,
    "preset": str,
    "title": str,
    "seed": int,
    "config": dict,
    "created_at": str,
    "status": str,
}
MAY_STATE = {"finished_at": str, "parameters": int, "paper": str}
TIMES = ("created_at", "finished_at")
CALLED = {str: "a text", int: "a whole number", dict: "an object"}
LARGEST_JSON = 2**20  # bytes
DEEPEST = 50  # objects and lists in one another
LONGEST = 1000  # letters of a text in run.json


def data_folder(chosen: str | Path | None = None) -> Path:
    """The data folder that is read: the chosen one, else DEVDASH_DATA, else `devdash-data/` of the current
    directory; where there is none and the package stands in its repository, that of the shipped runs."""
    folder = user_folder(chosen)
    named = chosen or os.environ.get("DEVDASH_DATA")
    return SHIPPED if not named and not folder.is_dir() and (SHIPPED / "runs").is_dir() else folder


def user_folder(chosen: str | Path | None = None) -> Path:
    """The data folder that a user's own runs are written to; it may not be there yet."""
    return Path(chosen or os.environ.get("DEVDASH_DATA") or Path.cwd() / "devdash-data")


def is_name(name: object) -> bool:
    """Whether it can be the name of a run, or of a collection: a part of a path and of an address."""
    return isinstance(name, str) and RUN_NAME.match(name) is not None


def named(what: str, name: str) -> str:
    """The name, after it was matched against the pattern. what: it is the name of, for the error."""
    if not is_name(name):
        raise StoreError(
            f"{what} {str(name)[:80]!r} given; expected small letters, digits, '.', '_' and '-', "
            "at most 100, starting with a letter or digit, no two dots together"
        )
    return name


def run_folder(data: Path, run: str) -> Path:
    """data/runs/<run>."""
    return data / "runs" / named("run name", run)


def read_run_json(folder: Path) -> dict:
    """The content of run.json, checked for what every run must state."""
    name = printable(folder.name)
    try:
        content = _parsed(read_plain(folder / "run.json", LARGEST_JSON))
    except FileNotFoundError:
        raise StoreError(f"{name}: no run.json; copy the whole run folder") from None
    except StoreError as error:
        raise StoreError(f"{name}: {error}") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{name}: run.json cannot be read ({reason(error)})") from None
    faults = _faults(content) if isinstance(content, dict) else ["holds no object"]
    if faults:
        raise StoreError(f"{name}: run.json {'; '.join(faults)}")
    if content["status"] not in STATUSES:
        raise StoreError(
            f"{name}: run.json has status {content['status'][:80]!r}; expected {', '.join(STATUSES)}"
        )
    return content


def _parsed(text: bytes) -> object:
    """The content of run.json. StoreError: nested too deep, or a name twice, of which one would be lost."""
    try:
        content = json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        content = None
    if content is None or _is_deep(content):
        raise StoreError(f"run.json is nested more than {DEEPEST} deep; write a flat config")
    return content


def _object(pairs: list[tuple[str, object]]) -> dict:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise StoreError(f"run.json states {_short(twice)} twice; state it once")
    return content


def _is_deep(value: object, left: int = DEEPEST) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left < 0 or any(_is_deep(part, left - 1) for part in parts)


def _faults(content: dict) -> list[str]:
    """What run.json lacks, or states in another kind than pages can show."""
    missing = [key for key in KINDS if key not in content]
    stated = {**KINDS, **{key: kind for key, kind in MAY_STATE.items() if content.get(key) is not None}}
    odd = {
        key: CALLED[kind] for key, kind in stated.items() if key in content and not _fits(content[key], kind)
    }
    for key in TIMES:
        if key in stated and key in content and key not in odd and not _is_time(content[key]):
            odd[key] = "a time such as 2026-01-31 12:00:00"
    return [
        *([f"lacks {', '.join(missing)}"] if missing else []),
        *(f"states {key} as {_short(content[key])}, expected {expected}" for key, expected in odd.items()),
    ]


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _short(value: object) -> str:
    return printable(repr(value)[:40])


def _fits(value: object, kind: type) -> bool:
    """Whether a value is of a kind, and can be stored: numbers of 64 bits, texts of a sensible length."""
    if not isinstance(value, kind) or isinstance(value, bool):
        return False
    if isinstance(value, str):
        return len(value) <= LONGEST and printable(value) == value
    return not isinstance(value, int) or abs(value) < 2**63


def layers(folder: Path) -> list[Path]:
    """The folders with tables of a run: that of the run, and where a recorded run was measured that in it."""
    measured = folder / MEASURED
    return [folder, measured] if measured.is_dir() and not measured.samefile(folder) else [folder]


def odd_folders(folder: Path) -> list[str]:
    """Names of folders of a run under which something else lies: a file, a pipe, a link to nothing."""
    names = ("parts", MEASURED, f"{MEASURED}/parts")
    return [name for name in names if os.path.lexists(folder / name) and not (folder / name).is_dir()]


def run_facts(folder: Path) -> dict:
    """run.json of a run; of one that was measured, its status too, and the measurement's facts."""
    facts = read_run_json(folder)
    if not (folder / MEASURED / "run.json").exists():
        return facts
    measured = read_run_json(folder / MEASURED)
    both = (facts["status"], measured["status"])
    status = next(word for word in ("running", "failed", "finished") if word in both)
    return facts | {"status": status, MEASURED: measured}


def is_finished(folder: Path) -> bool:
    """Whether a run folder says that its run ended well."""
    return (folder / "run.json").exists() and read_run_json(folder)["status"] == "finished"


def write_json(path: Path, content: dict) -> None:
    """Write whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(
            json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )


def clear_temporary(folder: Path, name: str = "*") -> None:
    """Remove what killed processes began to write in a folder; for who holds the lock on those files."""
    for path in folder.glob(f".{name}.tmp*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


class replacing:
    """`with replacing(path) as temporary:` write there; on success it takes path's place.

    On any fault the temporary file is removed, and a full disk is said in words. Its name is used by no
    other process, nor on another machine that writes there.
    """

    def __init__(self, path: Path):
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")

    def __enter__(self) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.temporary

    def __exit__(self, kind, error, trace) -> None:
        try:
            if kind is None:
                self.temporary.replace(self.path)
        except OSError as refused:
            raise self._refusal(refused) from refused
        finally:
            self.temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> StoreError:
        return StoreError(
            f"cannot write {self.path.name} in {printable(str(self.path.parent))}: {reason(error)}. "
            "Free space or permit writing there, then start again: what is finished is kept"
        )
