"""Run in a copy of the packages that the examples of docs/adding.md are saved in: does each work there?

python adding_checks.py DATA prints JSON: kind of example → the traceback of its check, or null.
"""

import contextlib
import dataclasses
import doctest
import functools
import json
import os
import runpy
import sys
import traceback
from pathlib import Path


def experiment(data: Path) -> None:
    """It is listed, and its smoke run is computed, stored and published by the command."""
    import precompute
    from precompute.command import main

    assert "coins" in precompute.discover()
    assert main(["coins", "--preset", "smoke", "--workers", "1", "--data", str(data)]) == 0
    assert (data / "CURRENT").exists()


def table(data: Path) -> None:
    """What the experiment stored has its columns."""
    from devdash.store.schema import label
    from devdash.store.shards import read_table

    rows = read_table(data / "runs" / run_in(data), "coin_error")
    assert list(rows.columns) == ["run", "n", "repeat", "value"] and len(rows) == 10_000
    assert label("coin_error", "value") == "G (nats)"


def measure(data: Path) -> None:
    """Its example gives what it says, found as the tests find measures."""
    from devdash import measures
    from devdash.discovery import modules

    (module,) = (one for one in modules(measures) if one.__name__ == "devdash.measures.coins")
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


def query(data: Path) -> None:
    """n·G is λ = 1/2 within its error where the tosses are many."""
    from devdash import gallery

    rows = gallery.query(snapshot(data), "coin_errors", run_in(data))
    assert rows["n"].tolist() == [10, 30, 100, 300, 1000]
    last = rows.iloc[-1]
    assert abs(last["scaled"] - 0.5) < 4 * last["std_err"] < 0.1
    assert gallery.labels("coin_errors", ["n", "scaled"]) == {"n": "tosses n", "scaled": "n·G"}


def figure(data: Path) -> None:
    """It is drawn from the query's rows, and the batch export writes them."""
    from devdash import export, gallery

    module, run = gallery.figure_named("coin_errors"), run_in(data)
    frames, drawn = gallery.build(module, functools.partial(gallery.query, snapshot(data)), run, {})
    assert list(drawn.data[0].y) == frames["data"]["scaled"].tolist()
    files = export.export_run(snapshot(data), run, data / "figures", ["csv"], export.Size())
    assert data / "figures" / "coin_errors.csv" in files


def page(data: Path) -> None:
    """It opens with its figure, and links from claims would find it."""
    from streamlit.testing.v1 import AppTest

    from devdash import views

    os.environ["DEVDASH_DATA"] = str(data)
    test = AppTest.from_string("from app import main\nmain('coins')", default_timeout=120).run()
    assert not test.exception and not test.error, [*test.exception, *test.error]
    assert test.title[0].value == "Coins: how fast a bias is learned"
    parts = [part.proto.component_name for part in test.get("bidi_component")]
    assert sum(name.endswith("plot") for name in parts) == 1
    assert views.places()["coin_errors"] == ("coins", "")


def sampler(data: Path) -> None:
    """A script's sampler gives a Gaussian's λ̂, and what it changes in SGLD has its effect."""
    from devdash.sampling import estimate_llc

    script = runpy.run_path("clipped.py", run_name="__main__")
    estimate, exact = script["estimate"], script["exact"]
    assert estimate.verdict == "reliable", estimate.message
    # 1 % for the step's bias
    assert abs(estimate.llc - exact) < 4 * estimate.std_err + 0.01 * exact
    free = script["Mine"](2e-4, script["nbeta"], 0.0)
    tight = dataclasses.replace(free, longest=1e-3)
    point = {"w": script["torch"].zeros(3)}
    loose, held = (estimate_llc(script["loss"], point, None, sampler=one, draws=20) for one in (free, tight))
    assert held.mean_loss > 2 * loose.mean_loss, "gradients cut short hold the chains less"


def run_in(data: Path) -> str:
    """The name of the one run."""
    (folder,) = (data / "runs").iterdir()
    return folder.name


def snapshot(data: Path):
    """What is published."""
    from devdash.store.snapshot import Snapshot, publish

    return Snapshot(publish(data))


CHECKS = (experiment, table, measure, query, figure, page, sampler)  # the first stores what others read


def outcome(check, data: Path) -> str | None:
    try:
        with contextlib.redirect_stdout(sys.stderr):
            check(data)
    except Exception:
        return traceback.format_exc()
    return None


if __name__ == "__main__":
    print(json.dumps({check.__name__: outcome(check, Path(sys.argv[1])) for check in CHECKS}))
