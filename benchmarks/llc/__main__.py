"""devdash's LLC against devinterp 2.0.1: gradients to a total error of 2 %, time, memory, reported errors.

python -m benchmarks.llc [--quick] [--only cost [--row WORD]] [--device cuda] [--without-peer] …

Same weights, data, nβ, γ, chains and batch size, one thread, each side in a process of its own, in turn;
for times also the same ε and draws, CPU time without imports (on a device the time on the clock). Run it
with nothing else running, but for the costs, which are counts. Prints Markdown tables; writes
benchmarks/llc/results.json, with --only its part of it, and docs/llc_benchmark.svg (not with --quick,
--without-peer or another device).
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.llc import cost, jobs, problems, report, speed
from benchmarks.llc.works import COSTS, INIT_BATCHES, SEEDED, SEEDS, TIMED, Seeded, Timed, quick, quick_cost

REPEATS, SAME = 3, 1e-5
TANH_STEPS, TRANSFORMER_STEPS = 2000, 1000  # of training
PARTS = ("cost", "times", "seeds", "speed")


def make_problems(work: Path, few: bool) -> None:
    """The folders of the problems; those that are there are kept. few: small and hardly trained."""
    transformer = partial(problems.transformer, steps=TRANSFORMER_STEPS)
    if few:
        transformer = partial(problems.transformer, steps=60, shape=problems.SMALL, examples=problems.FEW)
    makers = {
        "gaussian": problems.gaussian,
        "deep linear": problems.deep_linear,
        "tanh": partial(problems.tanh_network, steps=100 if few else TANH_STEPS),
        "transformer": transformer,
    }
    for name, make in makers.items():
        if not (work / name / "problem.json").exists():
            make(work / name)


def check_losses(work: Path, peer: Path) -> float:
    """Largest relative difference of all sides' losses at w*, over 64 examples of each problem."""
    worst = 0.0
    for folder in sorted(path.parent for path in work.glob("*/problem.json")):
        kinds = (False, True) if folder.name == "transformer" else (False,)
        job = partial(jobs.Job, str(folder), check=64)
        ours = np.array(jobs.run(sys.executable, "ours", job()))
        for hooked in kinds:
            theirs = np.array(jobs.run(peer, "peer", job(hooked=hooked)))
            worst = max(worst, float((np.abs(ours - theirs) / np.maximum(np.abs(ours), 1)).max()))
    if worst > SAME:
        raise RuntimeError(f"the two sides' losses at w* differ by {worst:.1e}, more than {SAME:.0e}")
    return worst


def measure_times(row: Timed, work: Path, pythons: dict, repeats: int, device: str) -> dict:
    """Least seconds and peak memory of both sides, for one component."""
    job = partial(jobs.Job, str(work / row.problem), row.settings, device=device)
    ours, theirs = [], []
    for repeat in range(repeats):
        ours += jobs.run(pythons["ours"], "ours", job(row.ours, seeds=(repeat,)))
        if "peer" in pythons:
            alike = {"seeds": (repeat,), "init_batches": row.init_batches, "hooked": row.hooked}
            theirs.append([jobs.run(pythons["peer"], "peer", job(part, **alike))[0] for part in row.theirs])
    ours_row = {
        "work": row.title,
        "wanted": row.wanted,
        "memory": row.memory,
        "ours_s": min(one["cpu_s"] for one in ours) / row.share,
        "ours_mb": min(one["peak_mb"] for one in ours),
        "ours_llc": [one["llc"] for one in ours],
    }
    if not theirs:
        return ours_row
    their_s = float(np.mean([min(one["cpu_s"] for one in part) for part in zip(*theirs, strict=True)]))
    return ours_row | {
        "peer_s": their_s,
        "ratio": their_s / ours_row["ours_s"],
        "peer_mb": min(part[0]["peak_mb"] for part in theirs),
        "peer_llc": [part[-1]["llc"] for part in theirs],
    }


def measure_seeds(rows: list[Seeded], work: Path, pythons: dict, seeds: int, device: str) -> list[dict]:
    """Estimates with many seeds: ours, devinterp's, and devinterp's with ℓ(w*) from its chains' batches.

    On another device than the processor also ours on the processor, which has to give the same values.
    """
    calls = {}
    for row in rows:
        settings = row.settings
        job = partial(
            jobs.Job, str(work / row.problem), settings, row.component, tuple(range(seeds)), device=device
        )
        calls[row, "ours"] = partial(jobs.run, pythons["ours"], "ours", job())
        if device != "cpu":
            calls[row, "processor"] = partial(jobs.run, pythons["ours"], "ours", job(device="cpu"))
        if row.wanted is not None and "peer" in pythons:
            for side, batches in (("peer", INIT_BATCHES), ("peer_more", settings.burn_in + settings.draws)):
                calls[row, side] = partial(jobs.run, pythons["peer"], "peer", job(init_batches=batches))
    results = dict(zip(calls, jobs.side_by_side(list(calls.values())), strict=True))
    sides = {row: {} for row in rows}
    for (row, side), by_seed in results.items():
        sides[row][side] = by_seed
    return [report.statistics(row, sides[row]) for row in rows]


def compare(work: Path, pythons: dict, few: bool, parts: tuple[str, ...], device: str, row: str = "") -> dict:
    """Everything that is measured. pythons: side → interpreter. few: the short form of --quick.

    row: a word in the titles of the costs that are measured.
    """
    make_problems(work, few)
    timed, seeded = ([quick(row) for row in rows] if few else rows for rows in (TIMED, SEEDED))
    if "peer" not in pythons:
        timed = [row for row in timed if not row.hooked]
    costs = [quick_cost(one) if few else one for one in COSTS if row in one.title]
    repeats, seeds = (1, 4) if few else (REPEATS, SEEDS)
    effort = 0.005 if few else 1.0
    result = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "device": device},
        "versions": {"devdash": f"torch {torch.__version__}", "devinterp": " ".join(jobs.PEER)},
        "loss_difference": check_losses(work, pythons["peer"]) if "peer" in pythons else None,
    }
    measured = {
        "cost": lambda: cost.measure(costs, work, pythons, device, effort),
        "times": lambda: [measure_times(row, work, pythons, repeats, device) for row in timed],
        "seeds": lambda: measure_seeds(seeded, work, pythons, seeds, device),
        "speed": lambda: speed.draws_per_second(device, few),
    }
    return result | {part: measured[part]() for part in parts}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.llc", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few steps, 4 seeds: only whether it works")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts of the benchmark")
    parser.add_argument("--row", default="", help="of the costs those alone whose title has this word")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--without-peer", action="store_true", help="devdash's side alone")
    parser.add_argument("--peer-env", type=Path, help="environment with devinterp, made where absent")
    parser.add_argument("--work", type=Path, help="folder for the problems, kept")
    arguments = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        work = (arguments.work or Path(temporary, "problems")).resolve()
        pythons = {"ours": jobs.HERE if arguments.quick else sys.executable}
        if not arguments.without_peer:
            pythons["peer"] = jobs.peer_python((arguments.peer_env or Path(temporary, "peer")).resolve())
        work = work / "quick" if arguments.quick else work
        result = compare(
            work, pythons, arguments.quick, tuple(arguments.only), arguments.device, arguments.row
        )
    result["wall_s"] = time.perf_counter() - began
    if arguments.quick:
        print("--quick: a twentieth of the steps and few seeds, these are not the benchmark's numbers\n")
    print(report.tables(result))
    print(f"\n{result['wall_s'] / 60:.1f} minutes")
    if not (arguments.quick or arguments.without_peer) and arguments.device == "cpu":
        write(result)


def write(result: dict) -> None:
    """Into results.json, whose other parts and costs stay, and the picture of all."""
    file = Path(__file__).with_name("results.json")
    before = json.loads(file.read_text()) if file.exists() else {}
    if "cost" in result:  # rows that were not measured now stay
        rows = {row["work"]: row for row in [*before.get("cost", []), *result["cost"]]}
        result["cost"] = list(rows.values())
    result = before | result
    file.write_text(json.dumps(result, indent=1) + "\n")
    if set(PARTS) <= set(result):
        from benchmarks.llc import picture

        (jobs.ROOT / "docs" / "llc_benchmark.svg").write_bytes(picture.svg(result))


if __name__ == "__main__":
    main()
