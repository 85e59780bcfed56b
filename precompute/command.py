"""The command's parts: list, publish, judge, and one for each experiment."""

import argparse
import sys
from pathlib import Path

from devdash.pipeline.experiment import Experiment
from devdash.store.runs import StoreError, data_folder
from devdash.store.snapshot import publish
from precompute import discover
from precompute.judge import judge_runs
from precompute.sweep import add_experiment


def main(arguments: list[str] | None = None) -> int:
    """0: all done; 1: a job failed; 2: wrong arguments or a fault of the store."""
    try:
        args = parser(discover()).parse_args(arguments)
        return args.action(args)
    except (StoreError, ValueError, OSError) as error:
        print(f"precompute: {error}", file=sys.stderr)
        return 2


def parser(experiments: dict[str, Experiment]) -> argparse.ArgumentParser:
    """One sub-command for each experiment, besides list, publish and judge."""
    about = "python -m precompute: list, run, judge or publish."
    top = argparse.ArgumentParser(prog="python -m precompute", description=about)
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


def show_list(experiments: dict[str, Experiment]) -> int:
    """Each experiment with its paper, what it reads and its presets."""
    for experiment in experiments.values():
        print(f"{experiment.name}: {experiment.title}\n  paper: {experiment.paper}")
        if experiment.after:
            print(f"  reads a run of: {', '.join(experiment.after)}")
        print(f"  presets: {', '.join(experiment.presets)}")
    return 0


def show_publish(args) -> int:
    """Publish and print the snapshot's name."""
    print(publish(data_folder(args.data), force=True).name)
    return 0
