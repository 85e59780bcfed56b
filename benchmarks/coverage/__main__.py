"""Are values called `reliable` right? Estimates of systems with known truth.

python -m benchmarks.coverage                          all, about 20 minutes on two cores
python -m benchmarks.coverage --part tuning --family gaussian regression --sampler SGLD
python -m benchmarks.coverage --quick                  one system of each family: only whether it works
python -m benchmarks.coverage --truths                 long MALA for what is missing in truths.json

Prints Markdown tables. With neither --part nor --family nor --quick it writes results.json, results.md and
docs/coverage.svg. --out writes the rows of any selection as CSV.
"""

import argparse
import os
import time
from pathlib import Path

import pandas as pd
import torch

from benchmarks.coverage import long_runs, report, systems, trials, truth

SAMPLERS = ("SGLD", "Langevin", "calibrated")
QUICK_BURN_IN = 20


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.coverage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sampler", nargs="+", default=SAMPLERS, help="of devdash.sampling, or calibrated")
    parser.add_argument("--family", nargs="+", help="a file in families/")
    parser.add_argument("--part", choices=systems.PARTS, help="half of the systems, by their names' hash")
    parser.add_argument("--setting", nargs="+", default=(), help="names of settings: careful, usual …")
    parser.add_argument("--quick", action="store_true", help="one system of each family, few settings")
    parser.add_argument("--truths", action="store_true", help="compute what truths.json lacks")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, help="CSV of all trials")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chosen = systems.chosen(arguments.family, arguments.part)
    if arguments.truths:
        long_runs.compute(chosen, arguments.workers)
        return
    settings = tuple(arguments.setting) or (("usual", "huge") if arguments.quick else ())
    if arguments.quick:
        chosen = systems.few(chosen)
    lost = [system.name for system in chosen if not truth.is_usable(system)]
    chosen = [system for system in chosen if system.name not in lost]
    if lost:
        print(f"left out, as there is no long run that converged: {'; '.join(lost)}\n")
    rows, began = [], time.perf_counter()
    burn_in = QUICK_BURN_IN if arguments.quick else None
    for sampler in arguments.sampler:
        trial_rows = trials.run(chosen, sampler, arguments.workers, settings, burn_in)
        rows += [{"sampler": sampler} | row for row in trial_rows]
    frame = report.judged(pd.DataFrame(rows))
    print(report.tables(frame))
    print(
        f"\n{len(frame)} trials of {len(chosen)} systems in {(time.perf_counter() - began) / 60:.1f} minutes"
    )
    if arguments.out:
        frame.to_csv(arguments.out, index=False)
    if not (arguments.quick or arguments.part or arguments.family or arguments.setting):
        report.write(frame)


if __name__ == "__main__":
    main()
