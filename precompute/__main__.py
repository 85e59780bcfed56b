"""python -m precompute: list, run, judge or publish."""

import argparse
import sys
from pathlib import Path

import joblib

from devdash.pipeline import executors, progress
from devdash.pipeline.experiment import Experiment
from devdash.pipeline.run import Run, execute
from devdash.pipeline.settings import override
from devdash.store.runs import StoreError, data_folder
from devdash.store.snapshot import publish
from precompute import discover
from precompute.judge import judge_runs


def main(arguments: list[str] | None = None) -> int:
    """0: all done; 1: a job failed; 2: wrong arguments or a fault of the store."""
    try:
        args = parser(discover()).parse_args(arguments)
        return args.action(args)
    except (StoreError, ValueError, FileNotFoundError) as error:
        print(f"precompute: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it stopped", file=sys.stderr)
        return 130


def parser(experiments: dict[str, Experiment]) -> argparse.ArgumentParser:
    """One sub-command for each experiment, besides list, publish and judge."""
    top = argparse.ArgumentParser(prog="python -m precompute", description=__doc__)
    actions = top.add_subparsers(required=True, metavar="list | publish | judge | EXPERIMENT")
    listing = actions.add_parser("list", help="experiments and their presets")
    listing.set_defaults(action=lambda _: show_list(experiments))
    publishing = actions.add_parser("publish", help="build the snapshot that the app reads")
    publishing.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    publishing.set_defaults(action=show_publish)
    judging = actions.add_parser("judge", help="judge the claims of finished runs again")
    judging.add_argument("runs", nargs="*", metavar="RUN", help="name of a run folder")
    judging.add_argument("--all", action="store_true", help="every finished run")
    judging.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    judging.set_defaults(action=lambda args: judge_runs(args.runs, args.all, args.data))
    for experiment in experiments.values():
        add_experiment(actions, experiment)
    return top


def add_experiment(actions, experiment: Experiment) -> None:
    """python -m precompute <experiment> …"""
    one = actions.add_parser(experiment.name, help=experiment.title)
    one.add_argument("--preset", choices=list(experiment.presets), default="laptop")
    one.add_argument("--seeds", type=int, nargs="+", default=[0], help="one run for each")
    one.add_argument("--workers", type=int, default=joblib.cpu_count(), help="processes at once")
    one.add_argument("--executor", choices=executors.names(), default="local")
    one.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    one.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", action="extend")
    for option in experiment.options:
        one.add_argument(f"--{option.name}", metavar=option.metavar, help=option.help)
    one.add_argument("--dry-run", action="store_true", help="print the jobs and the time they take")
    one.set_defaults(action=lambda args: run_all(experiment, args))


def run_all(experiment: Experiment, args) -> int:
    """A run for each seed, then publish."""
    if args.workers < 1:
        raise ValueError(f"--workers {args.workers} given, expected 1 or more")
    config = override(experiment.presets[args.preset], assignments(experiment, args))
    data, failures = data_folder(args.data), 0
    for seed in args.seeds:
        run = Run(experiment, args.preset, config, seed)
        if args.dry_run:
            show_plan(run, data, args.workers)
            continue
        failed = execute(run, data, args.workers, args.executor)
        failures += failed
        progress.say(f"{run.name}: {f'{failed} jobs failed' if failed else 'finished'}")
    if not args.dry_run:
        publish(data)
    return 1 if failures else 0


def assignments(experiment: Experiment, args) -> list[str]:
    """What the experiment's options and --set say, as 'name=value'."""
    values = {option.setting: getattr(args, option.name.replace("-", "_")) for option in experiment.options}
    return [*(f"{name}={value}" for name, value in values.items() if value is not None), *args.set]


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


def show_list(experiments: dict[str, Experiment]) -> int:
    for experiment in experiments.values():
        print(f"{experiment.name}: {experiment.title}\n  paper: {experiment.paper}")
        if experiment.after:
            print(f"  reads a run of: {', '.join(experiment.after)}")
        print(f"  presets: {', '.join(experiment.presets)}")
    return 0


def show_publish(args) -> int:
    print(publish(data_folder(args.data), force=True).name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
