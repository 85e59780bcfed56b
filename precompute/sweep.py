"""One experiment with one configuration or a grid of them, each with one seed or several: a run for each."""

import itertools
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

import joblib

from devdash.pipeline import cluster, executors, progress
from devdash.pipeline.experiment import Experiment
from devdash.pipeline.run import Run, execute
from devdash.pipeline.settings import override, points
from devdash.store.runs import StoreError, data_folder
from devdash.store.snapshot import publish


def add_experiment(actions, experiment: Experiment) -> None:
    """python -m precompute <experiment> …"""
    one = actions.add_parser(experiment.name, help=experiment.title)
    one.add_argument("--preset", choices=list(experiment.presets), default="laptop")
    one.add_argument("--seeds", type=int, nargs="+", default=[0], help="one run for each")
    one.add_argument("--workers", type=int, help="jobs at once (default: this machine's cores)")
    one.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    one.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        action="extend",
        help="a setting; NAME=1,2,3 is one run for each value, 'NAME=\"a, b\"' one value",
    )
    for option in experiment.options:
        one.add_argument(f"--{option.name}", metavar=option.metavar, help=option.help)
    one.add_argument("--dry-run", action="store_true", help="print the jobs and the time they take")
    add_cluster(one)
    one.set_defaults(action=lambda args: run_all(experiment, args))


def add_cluster(one: ArgumentParser) -> None:
    """Where jobs run, and what each gets there."""
    group = one.add_argument_group("on more than one machine (docs/scaling.md)")
    group.add_argument("--executor", choices=executors.names(), help="where jobs run (default: local)")
    group.add_argument("--cluster", type=Path, metavar="FILE", help="the settings below, and others, as TOML")
    group.add_argument("--dask", metavar="ADDRESS", help="of a scheduler, or slurm, pbs …: dask-jobqueue")
    group.add_argument("--partition", help="of the queue")
    group.add_argument("--minutes", type=int, help="that an array task or a worker may take (60)")
    group.add_argument("--gpus", type=int, help="of each (0)")
    group.add_argument("--memory-gb", type=float, help="of each (4)")
    group.add_argument("--cores", type=int, help="of each (1)")


def run_all(experiment: Experiment, args: Namespace) -> int:
    """Every run, then publish. Runs that ended well before are left alone, of others only what failed is run.

    A run that cannot be begun keeps none of the others from it.
    """
    if args.workers is not None and args.workers < 1:
        raise ValueError(f"--workers {args.workers} given, expected 1 or more")
    runs, data = list(_runs(experiment, args)), data_folder(args.data)
    if args.dry_run:
        for run, _ in runs:
            show_plan(run, data, args.workers or joblib.cpu_count())
        return 0
    where = _where(args)
    ends = [_end(run, words, data, where, alone=len(runs) == 1) for run, words in runs]
    if len(runs) > 1:
        progress.say(f"{len(runs)} runs: {ends.count(0)} finished, {len(runs) - ends.count(0)} failed")
    publish(data)
    return max(ends)


def _runs(experiment: Experiment, args: Namespace) -> Iterator[tuple[Run, str]]:
    """Each run, with what tells its settings from those of the others."""
    config = experiment.presets[args.preset]
    grid = points(config, assignments(experiment, args), args.set)
    for assigned, seed in itertools.product(grid, args.seeds):
        words = ", ".join([*assigned.varied, *([f"seed {seed}"] if len(args.seeds) > 1 else [])])
        yield Run(experiment, args.preset, override(config, assigned.all), seed), words


def _where(args: Namespace) -> tuple:
    """workers, name of the executor and cluster, for `execute`."""
    names = ("dask", "partition", "minutes", "gpus", "memory_gb", "cores")
    settings = cluster.read(args.cluster, **{name: getattr(args, name) for name in names})
    return args.workers, args.executor or ("dask" if settings.dask else "local"), settings


def _end(run: Run, words: str, data: Path, where: tuple, alone: bool) -> int:
    """0 where a run ended well, 1 where jobs failed, 2 where it could not be begun."""
    if words:
        progress.say(f"{run.name}: {words}")
    try:
        failed = execute(run, data, *where)
    except (StoreError, ValueError, FileNotFoundError) as error:
        if alone or isinstance(error, executors.Unavailable):
            raise
        progress.say(f"{run.name}: {error}")
        return 2
    progress.say(f"{run.name}: {f'{failed} jobs failed' if failed else 'finished'}")
    return 1 if failed else 0


def assignments(experiment: Experiment, args: Namespace) -> list[str]:
    """What the experiment's options say, as 'name=value'."""
    values = {option.setting: getattr(args, option.name.replace("-", "_")) for option in experiment.options}
    return [f"{name}={value}" for name, value in values.items() if value is not None]


def show_plan(run: Run, data: Path, workers: int) -> None:
    """Jobs and time, without touching the store."""
    print(run.name)
    total = 0.0
    for round_ in run.rounds(data):
        seconds = sum(job.seconds for job in round_.jobs)
        total += seconds
        print(f"  {round_.name}: {len(round_.jobs)} jobs, {progress.duration(seconds)} of one core")
        for job in round_.jobs:
            print(f"    {job.key}  (about {progress.duration(job.seconds)})")
    print(f"  about {progress.duration(total / workers)} with {workers} workers")
