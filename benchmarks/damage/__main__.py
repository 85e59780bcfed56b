"""A thousand ways to damage a run, each done to a copy: the others stand, and every page opens.

python -m benchmarks.damage              every run in data/runs, about an hour of a core
python -m benchmarks.damage --every 50   each 50th case

After each damage the runs are published, the run beside it is compared with what it was, and pages of the
damaged run are opened. Prints a Markdown table, and each fault; exit code 1 where there is one.
"""

import argparse
import logging
import os
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from benchmarks.app_speed import ROOT
from benchmarks.damage.kinds import Case, cases
from devdash import views
from devdash.store import parquet, queries
from devdash.store.folders import fingerprint
from devdash.store.schema import TABLES
from devdash.store.snapshot import Snapshot, publish
from devdash.ui import chart

Digest = dict[str, tuple[int, int]]
COLUMNS = ("cases", "told", "same rows", "others hurt", "silent", "pages opened", "pages broken")


@dataclass
class Tally:
    """Counts of a kind of damage. faults: what happened that may not."""

    counts: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def copied(source: Path, data: Path) -> list[Path]:
    """The runs of a data folder, their tables written as they are today, with sums of their pages."""
    for folder in sorted((source / "runs").iterdir()):
        shutil.copytree(folder, data / "runs" / folder.name)
    for path in data.glob("runs/*/*.parquet"):
        parquet.write(path, parquet.read(path))
    return sorted((data / "runs").iterdir())


def digest(db: Snapshot, run: str) -> Digest:
    """Table → how many rows of a run it holds, and a number that changes with any of them."""
    whole = {}
    for name in TABLES:
        row = db.rows(
            f"SELECT count(*) AS rows, coalesce(bit_xor(hash({name})), 0) AS sum FROM {name} WHERE run = ?",
            [run],
        )
        whole[name] = (int(row["rows"][0]), int(row["sum"][0]))
    return whole


def up_to_date(data: Path) -> Path:
    """The snapshot of what is there now: while a page of the case before publishes, its own is given."""
    while (path := publish(data)).stem != f"devdash-{fingerprint(data)}":
        time.sleep(0.05)
    return path


def pages_of(experiment: str) -> list[str]:
    """Pages that show one run of an experiment."""
    pages = {name: view.PAGE for name, view in views.discover().items()}
    return [name for name, page in pages.items() if page.one_run and experiment in page.compute]


def open_page(view: str, run: str) -> str:
    """What a page says that may not be: an exception, or a figure that cannot be drawn; else ""."""
    test = AppTest.from_string(f"from app import main\nmain({view!r})", default_timeout=120)
    test.query_params["run"] = run
    test.run()
    words = [one.value for one in test.exception]
    return "; ".join(words + [one.value for one in test.error if one.value.startswith(chart.CANNOT)])


@dataclass(frozen=True)
class Campaign:
    """data: of copies. before: run → its digest."""

    data: Path
    before: dict[str, Digest]

    def try_one(self, case: Case, folder: Path, other: str, view: str | None, tally: Tally) -> None:
        """Damage a run, publish, look, and put the run back."""
        safe = self.data / "safe"
        shutil.copytree(folder, safe)
        try:
            case.damage(folder)
            self._look(case, folder.name, other, view, tally)
        except Exception as error:  # whatever it is, it is what the campaign looks for
            tally.faults.append(f"{folder.name}: {type(error).__name__}: {str(error)[:200]}")
        finally:
            shutil.rmtree(folder)
            safe.rename(folder)

    def _look(self, case: Case, run: str, other: str, view: str | None, tally: Tally) -> None:
        db = Snapshot(up_to_date(self.data))
        named = run in "\n".join(queries.problems(db).astype(str).agg(" ".join, axis=1))
        same = digest(db, run) == self.before[run]
        hurt = digest(db, other) != self.before[other]
        present = run in set(queries.runs(db)["run"])
        db.close()
        silent = case.inside and not named and not same
        tally.counts.update(
            dict(zip(COLUMNS, (1, int(named), int(same), int(hurt), int(silent)), strict=False))
        )
        if hurt or silent:
            tally.faults.append(f"{run}: {'the run beside it changed' if hurt else 'other numbers, no word'}")
        if present and view:
            tally.counts["pages opened"] += 1
            if words := open_page(view, run):
                tally.counts["pages broken"] += 1
                tally.faults.append(f"{run}: {view}: {words[:300]}")


def run(source: Path, data: Path, every: int) -> dict[str, Tally]:
    """All cases, by kind."""
    folders, random, tallies = copied(source, data), Random(0), {}
    db = Snapshot(publish(data))
    before = {folder.name: digest(db, folder.name) for folder in folders}
    db.close()
    campaign, number = Campaign(data, before), 0
    for place, folder in enumerate(folders):
        pages = cycle(pages_of(folder.name.split("-")[0]) or [None])
        for case in list(cases(folder, random)):
            number += 1
            if number % every == 0:
                tally = tallies.setdefault(case.kind, Tally())
                campaign.try_one(case, folder, folders[place - 1].name, next(pages), tally)
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """A row for each kind, and their sum."""
    lines = [f"| damage | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    whole = sum((tally.counts for tally in tallies.values()), Counter())
    for kind, counts in [*((kind, tally.counts) for kind, tally in tallies.items()), ("all", whole)]:
        lines.append(f"| {kind} | {' | '.join(str(counts[name]) for name in COLUMNS)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table and the faults."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.damage", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="whose runs are copied")
    parser.add_argument("--every", type=int, default=1, help="only each nth case")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # Streamlit's, of running without a server
    manifests = manifest_scanner.scan_component_manifests()  # once, and not for each page
    manifest_scanner.scan_component_manifests = lambda: manifests
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["DEVDASH_DATA"] = temporary
        tallies = run(arguments.data, Path(temporary), arguments.every)
    print(table(tallies))
    faults = [f"{kind}: {fault}" for kind, tally in tallies.items() for fault in tally.faults]
    print("\n".join(faults))
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
