"""How well stages are found where checkpoints share most of their errors, on curves whose stages are known.

python -m benchmarks.stages            20 curves per row, 100 of pure noise; 8 minutes on two cores
python -m benchmarks.stages --quick    one curve per row at one scale: only whether it works

Prints a Markdown table.
"""

import argparse
import os
from itertools import islice, product

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy: workers that share cores would wait for each other

import numpy as np
from joblib import Parallel, delayed
from scipy.interpolate import CubicHermiteSpline

from devdash.measures.stages import find_stages

SCALES = (0, 1, 3, 10, 30)  # of the shared part of the errors, in units of the scatter
SCATTER = 0.079  # of λ̂ of 20 chains
NEAR = 0.1  # decades
EVERY_100 = np.arange(100, 50_001, 100)
BY_THE_LOG = np.unique(np.r_[0, np.geomspace(1, 50_000, 100).round(), EVERY_100])
FEW = np.unique(np.geomspace(1, 8000, 80).round())

# steps; ends of stages and λ̂ there; the first is Hoogland et al. 2024, two-layer model
PUBLISHED = (0, 900, 6500, 8500, 17_000, 50_000), (123.6, 149.9, 172.4, 170.9, 179.6, 181.3)
DROP_AND_RISE = (100, 900, 50_000), (150, 120, 160)
DROP_AND_PLATEAU = (100, 900, 50_000), (150, 120, 120)
CURVES = {
    "published, 596 checkpoints": (BY_THE_LOG, *PUBLISHED),
    "published, every 100 steps": (EVERY_100, *PUBLISHED),
    "drop to step 900, then a rise": (EVERY_100, *DROP_AND_RISE),
    "drop to step 900, then a plateau": (EVERY_100, *DROP_AND_PLATEAU),
}
NOISE = {
    "constant, 125 checkpoints": (EVERY_100[::4], (100, 49_700), (150, 150)),
    "constant, 69 checkpoints": (FEW, (1, 8000), (150, 150)),
}


def truth(step: np.ndarray, ends: tuple, llc: tuple) -> np.ndarray:
    """λ̂ at the steps: smooth in the log of the step, and flat where stages end, as they are defined."""
    return CubicHermiteSpline(np.log10(np.add(ends, 1)), llc, np.zeros(len(ends)))(np.log10(step + 1))


def with_errors(step: np.ndarray, llc: np.ndarray, scale: float, tilt: bool, seed: int) -> tuple:
    """λ̂ with scatter and with an error `scale` times as large that checkpoints share; and the standard error
    of both together. Each (checkpoint,).

    The shared error shifts the curve and stretches it (in equal parts), or shifts and tilts it.
    """
    random = np.random.default_rng(seed)
    x = np.log10(step + 1)
    form = (x - x.mean()) / x.std() if tilt else llc / np.sqrt((llc**2).mean())
    shared = np.column_stack([np.ones_like(x), form]) @ random.standard_normal(2) / np.sqrt(2)
    values = llc + SCATTER * (random.standard_normal(len(x)) + scale * shared)
    return values, np.full(len(x), SCATTER * np.hypot(1, scale))


def trial(step, ends: tuple, llc: tuple, scale: float, tilt: bool, seed: int) -> tuple[int, int, int, float]:
    """Boundaries there are, those found within .1 decades, all found, and fitted over true scatter."""
    values, std_err = with_errors(step, truth(step, ends, llc), scale, tilt, seed)
    stages = find_stages(step, values, std_err, seed=seed, bootstraps=50)
    inner, places = np.array(ends[1:-1]), stages["end_step"].to_numpy()[:-1]
    distance = np.abs(np.log10(np.add(places, 1)[:, None] / (inner + 1)))
    hits = int((distance.min(0, initial=np.inf) < NEAR).sum())
    return len(inner), hits, len(places), stages.attrs["scatter"] * np.hypot(1, scale)


def row(name: str, scale: float, trials: list[tuple]) -> str:
    """A line of the table."""
    there, hits, places, scatter = np.array(trials).T
    within = f"{hits.sum() / there.sum():.0%} of {there.sum():.0f}" if there.any() else ""
    more = f"{(places > there).mean():.1%}"
    low, high = np.quantile(scatter, [0.05, 0.95])
    spread = f"{np.median(scatter):.2f} ({low:.2f}–{high:.2f})"
    return f"| {name} | {scale} | {within} | {more} | {spread} |"


def rows(made: int, noise: int, scales: tuple) -> list[tuple]:
    """Name, curve, scale, tilt, and how many trials there are, for each line of the table."""
    shifted = [
        (name, curve, scale, False, count)
        for kinds, count in ((CURVES, made), (NOISE, noise))
        for (name, curve), scale in product(kinds.items(), scales)
    ]
    tilted = [
        (f"{name}; tilted", curve, scale, True, made)
        for (name, curve), scale in product(list(CURVES.items())[:1], scales[-2:])
    ]
    return shifted + tilted


def main(lines: list[tuple], workers: int) -> None:
    """Print the table."""
    jobs = (
        delayed(trial)(*curve, scale, tilt, seed)
        for _, curve, scale, tilt, count in lines
        for seed in range(count)
    )
    columns = (
        "curve",
        "shared error / scatter",
        "boundaries within .1 decades",
        "curves with more than there are",
        "fitted scatter / true",
    )
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    trials = Parallel(n_jobs=workers, return_as="generator")(jobs)
    for name, _, scale, _, count in lines:
        print(row(name, scale, list(islice(trials, count))), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only whether it works")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    main(rows(1, 1, (30,)) if options.quick else rows(20, 100, SCALES), options.workers)
