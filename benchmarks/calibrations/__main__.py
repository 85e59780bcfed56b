"""Whether the step that `calibrate` chooses biases λ̂, on every model of this repository.

python -m benchmarks.calibrations                 models made on the spot; transformers take hours
python -m benchmarks.calibrations --data DIR      also the last steps of the runs whose checkpoints lie there
python -m benchmarks.calibrations --only digits   the one of that name, or those whose name contains the word
python -m benchmarks.calibrations --draws 50      shorter chains (or --chains 2), for dear gradients
python -m benchmarks.calibrations --device cuda   on a GPU, where losses can be evaluated there
python -m benchmarks.calibrations --quick         few and short chains: only whether it works

Each model is estimated with nothing but defaults, and again at a quarter of the chosen ε with four times the
steps. Prints a Markdown table.
"""

import argparse
import math
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before torch

from benchmarks.calibrations.points import Point, points
from devdash.sampling import Estimate, estimate_llc

FINE = 4
HEADER = (
    "| model | weights | ε | nβ | γ | calibrate says | λ̂ | at ε/4 | bias | verdict |\n" + "|---" * 10 + "|"
)


@dataclass(frozen=True)
class Lengths:
    """Of the chains: of the estimate, and its burn-in where it is not the usual one."""

    chains: int = 8
    draws: int = 200
    burn_in: int | None = None


def compare(point: Point, lengths: Lengths) -> tuple[Estimate, Estimate]:
    """The estimate by defaults, and at ε/4 over the same time."""
    place = (point.loss, point.params, point.data)
    plain = estimate_llc(*place, component=point.component, **vars(lengths))
    fine = estimate_llc(
        *place,
        sampler=replace(plain.sampler, epsilon=plain.sampler.epsilon / FINE),
        component=point.component,
        chains=lengths.chains,
        draws=lengths.draws,
        burn_in=FINE * plain.burn_in,
        steps_per_draw=FINE * plain.steps_per_draw,
        batch_size=plain.batch_size,
        seed=1,
    )
    return plain, fine


def row(name: str, point: Point, plain: Estimate, fine: Estimate) -> str:
    """A line of the table. A bias stands with its standard error, of Monte Carlo alone."""
    sampler = plain.sampler
    bias = plain.llc / fine.llc - 1
    error = math.hypot(plain.budget.monte_carlo, fine.budget.monte_carlo) / abs(fine.llc)
    says = "sure" if plain.calibration.sure else "none is without bias: " + plain.calibration.reason
    weights = sum(tensor.numel() for tensor in point.params.values())
    cells = (
        name if point.component is None else f"{name}, moved alone",
        f"{weights:,}",
        f"{sampler.epsilon:.2g}",
        f"{sampler.nbeta:.4g}",
        f"{sampler.gamma:.3g}",
        says,
        f"{plain.llc:.4g}",
        f"{fine.llc:.4g}",
        f"{100 * bias:+.1f} ± {100 * error:.1f} %",
        plain.verdict,
    )
    return "| " + " | ".join(cells) + " |"


def chosen(names: Iterable[str], only: str) -> list[str]:
    """The one of that name, or all with the word in them."""
    names = list(names)
    return [only] if only in names else [name for name in names if only in name]


def main() -> None:
    """Print the table, line by line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibrations", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with checkpoints of laptop runs")
    parser.add_argument("--problems", type=Path, help="folder for the problems of benchmarks.llc, kept")
    parser.add_argument("--only", default="", help="a name, or a word in the names of models")
    parser.add_argument("--draws", type=int, default=Lengths().draws, help="in each chain")
    parser.add_argument("--chains", type=int, default=Lengths().chains)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--quick", action="store_true", help="few and short chains: only whether it works")
    arguments = parser.parse_args()
    lengths = Lengths(2, 20, 10) if arguments.quick else Lengths(arguments.chains, arguments.draws)
    with tempfile.TemporaryDirectory() as temporary:
        problems = arguments.problems or Path(temporary)
        models = dict(points(problems, arguments.data, arguments.quick))
        if not (named := chosen(models, arguments.only)):
            parser.error(f"--only {arguments.only!r} is in no name; there are {', '.join(models)}")
        print(HEADER)
        for name in named:
            point = models[name]().on(arguments.device)
            print(row(name, point, *compare(point, lengths)), flush=True)


if __name__ == "__main__":
    main()
