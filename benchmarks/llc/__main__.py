"""devdash's LLC against devinterp 2.0.1: time, memory, variance, and whether reported errors are real.

python -m benchmarks.llc [--quick] [--peer-env DIR] [--work DIR]

Same weights, data, ε, nβ, γ, chains, draws and batch size, one thread, CPU time without imports, each
side in a process of its own, in turn. Run it with nothing else running. Prints Markdown tables; writes
benchmarks/llc/results.json and docs/llc_benchmark.svg (not with --quick).
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

from benchmarks.llc import jobs, problems, report
from benchmarks.llc.works import INIT_BATCHES, SEEDED, SEEDS, TIMED, Seeded, Timed, quick

REPEATS, TRAINING_STEPS, SAME = 3, 1000, 1e-5


def make_problems(work: Path, steps: int) -> None:
    """The folders of the problems; those that are there are kept."""
    makers = {
        "deep linear": problems.deep_linear,
        "tanh": problems.tanh_network,
        "transformer": partial(problems.transformer, steps=steps),
    }
    for name, make in makers.items():
        if not (work / name / "problem.json").exists():
            make(work / name)


def check_losses(work: Path, peer: Path) -> float:
    """Largest relative difference of all sides' losses at w*, over 64 examples of each problem."""
    worst = 0.0
    for folder in sorted(path.parent for path in work.glob("*/problem.json")):
        kinds = (False, True) if folder.name == "transformer" else (False,)
        sides = [(sys.executable, "ours", False), *((peer, "peer", hooked) for hooked in kinds)]
        ours, *others = (
            np.array(jobs.run(python, side, folder, None, None, [], check=64, hooked=hooked))
            for python, side, hooked in sides
        )
        for theirs in others:
            worst = max(worst, float((np.abs(ours - theirs) / np.maximum(np.abs(ours), 1)).max()))
    if worst > SAME:
        raise RuntimeError(f"the two sides' losses at w* differ by {worst:.1e}, more than {SAME:.0e}")
    return worst


def measure_times(row: Timed, work: Path, peer: Path, repeats: int) -> dict:
    """Least CPU seconds and peak memory of both sides, for one component."""
    folder, ours, theirs = work / row.problem, [], []
    for repeat in range(repeats):
        ours += jobs.run(sys.executable, "ours", folder, row.ours, row.settings, [repeat])
        theirs.append(
            [
                jobs.run(
                    peer, "peer", folder, part, row.settings, [repeat], row.init_batches, hooked=row.hooked
                )[0]
                for part in row.theirs
            ]
        )
    our_s = min(one["cpu_s"] for one in ours) / row.share
    their_s = float(np.mean([min(one["cpu_s"] for one in part) for part in zip(*theirs, strict=True)]))
    return {
        "work": row.title,
        "wanted": row.wanted,
        "ours_s": our_s,
        "peer_s": their_s,
        "ratio": their_s / our_s,
        "ours_mb": min(one["peak_mb"] for one in ours),
        "peer_mb": min(part[0]["peak_mb"] for part in theirs),
        "memory": row.memory,
        "ours_llc": [one["llc"] for one in ours],
        "peer_llc": [part[-1]["llc"] for part in theirs],
    }


def measure_seeds(rows: list[Seeded], work: Path, peer: Path, seeds: range) -> list[dict]:
    """Estimates with many seeds: ours, devinterp's, and devinterp's with ℓ(w*) from its chains' batches."""
    calls = {}
    for row in rows:
        settings = row.settings
        call = partial(
            jobs.run, folder=work / row.problem, component=row.component, settings=settings, seeds=seeds
        )
        calls[row, "ours"] = partial(call, sys.executable, "ours")
        if row.wanted is not None:
            batches = settings.burn_in + settings.draws
            calls[row, "peer"] = partial(call, peer, "peer", init_batches=INIT_BATCHES)
            calls[row, "peer_more"] = partial(call, peer, "peer", init_batches=batches)
    found = dict(zip(calls, jobs.side_by_side(list(calls.values())), strict=True))
    return [
        report.statistics(row, {side: results for (own, side), results in found.items() if own == row})
        for row in rows
    ]


def compare(work: Path, peer: Path, few: bool) -> dict:
    """Everything that is measured. few: the short form of --quick."""
    make_problems(work, TRAINING_STEPS // 15 if few else TRAINING_STEPS)
    timed, seeded = ([quick(row) for row in rows] if few else rows for rows in (TIMED, SEEDED))
    repeats, seeds = (1, range(4)) if few else (REPEATS, range(SEEDS))
    return {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
        "versions": {"devdash": f"torch {torch.__version__}", "devinterp": " ".join(jobs.PEER)},
        "loss_difference": check_losses(work, peer),
        "times": [measure_times(row, work, peer, repeats) for row in timed],
        "seeds": measure_seeds(seeded, work, peer, seeds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.llc", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few steps, 4 seeds: only whether it works")
    parser.add_argument("--peer-env", type=Path, help="environment with devinterp, made where absent")
    parser.add_argument("--work", type=Path, help="folder for the problems, kept")
    given = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        work = (given.work or Path(temporary, "problems")).resolve()
        peer = jobs.peer_python((given.peer_env or Path(temporary, "peer")).resolve())
        result = compare(work / "quick" if given.quick else work, peer, given.quick)
    result["wall_s"] = time.perf_counter() - began
    if given.quick:
        print("--quick: a twentieth of the steps and 4 seeds, these are not the benchmark's numbers\n")
    print(report.tables(result))
    if not given.quick:
        Path(__file__).with_name("results.json").write_text(json.dumps(result, indent=1) + "\n")
        (jobs.ROOT / "docs" / "llc_benchmark.svg").write_bytes(report.picture(result))


if __name__ == "__main__":
    main()
