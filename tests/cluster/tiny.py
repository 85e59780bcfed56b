"""An experiment of a few seconds, for tests of where jobs run: python -m tests.cluster.tiny --executor …

Each job waits and draws a number from its seed; the last round sums what stands in the folder.
"""

import os
import signal
import sys
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from devdash.pipeline.experiment import Experiment, Job, Round, Workspace
from devdash.pipeline.stopping import stoppable


@dataclass(frozen=True)
class Config:
    """jobs: how many, each of so many seconds. deaths: how often job 0 is killed before it ends.

    fails: a job that raises. scale: what the numbers are times.
    """

    jobs: int = 6
    seconds: float = 0.2
    deaths: int = 0
    fails: int = -1
    scale: float = 1.0


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Independent draws, then their sum."""
    draws = [Job(f"draw {i}", partial(draw, config, workspace, i), 60.0) for i in range(config.jobs)]
    return [Round("draw", draws), Round("sum", [Job("sum", partial(total, workspace))])]


def draw(config: Config, workspace: Workspace, job: int) -> dict[str, pd.DataFrame]:
    """A number of this job's seed. The file `began-…` says in which process, and with which GPU."""
    began = workspace.folder / f"began-{job}"
    with began.open("a") as file:
        file.write(f"{os.getpid()} {os.environ.get('CUDA_VISIBLE_DEVICES', 'all')}\n")
    if job == 0 and len(began.read_text().splitlines()) <= config.deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    if job == config.fails:
        raise ValueError(f"job {job} fails")
    time.sleep(config.seconds)
    value = config.scale * np.random.default_rng(workspace.seed_of("draw", job)).normal()
    return {"metric": metric(job, "draw", value)}


def total(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The sum of all draws so far."""
    return {"metric": metric(0, "sum", workspace.read("metric")["value"].sum())}


def metric(step: int, name: str, value: float) -> pd.DataFrame:
    row = {"step": step, "name": name, "component": "full", "distribution": "data", "value": value}
    return pd.DataFrame([row | {"std_err": 0.0}])


EXPERIMENT = Experiment(
    name="tiny",
    title="Numbers of seeds",
    paper="none",
    presets={"smoke": Config(), "laptop": Config()},
    rounds=rounds,
    parameters=lambda config: 1,
)


def command() -> int:
    """What `python -m precompute` does, with this experiment alone."""
    from precompute.sweep import add_experiment

    parser = ArgumentParser()
    add_experiment(parser.add_subparsers(required=True), EXPERIMENT)
    args = parser.parse_args(["tiny", *sys.argv[1:]])
    try:
        return args.action(args)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    from tests.cluster import tiny  # jobs are to name this module, which is __main__ here and nowhere else

    sys.exit(stoppable(lambda: tiny.command))
