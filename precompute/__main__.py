"""python -m precompute: list, run, judge or publish."""

import argparse
import sys
from pathlib import Path

import joblib

from devdash.pipeline import progress
from devdash.pipeline.executors import EXECUTORS
from devdash.pipeline.runner import Experiment, Workspace, plan, run_experiment, run_name
from devdash.pipeline.settings import override
from devdash.store.runs import StoreError, data_folder
from devdash.store.snapshot import publish
from precompute import discover
from precompute.judge import judge_runs


def main(arguments: list[str] | None = None) -> int:
    """0: all done; 1: a task failed; 2: wrong arguments or a fault of the store."""
    given = parser(discover()).parse_args(arguments)
    try:
        return given.action(given)
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
    listing = actions.add_parser("list", help="experiments, their presets and tasks")
    listing.set_defaults(action=lambda _: show_list(experiments))
    publishing = actions.add_parser("publish", help="build the snapshot that the app reads")
    publishing.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    publishing.set_defaults(action=show_publish)
    judging = actions.add_parser("judge", help="judge the claims of finished runs again")
    judging.add_argument("runs", nargs="*", metavar="RUN", help="name of a run folder")
    judging.add_argument("--all", action="store_true", help="every finished run")
    judging.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    judging.set_defaults(action=lambda given: judge_runs(given.runs, given.all, given.data))
    for experiment in experiments.values():
        add_experiment(actions, experiment)
    return top


def add_experiment(actions, experiment: Experiment) -> None:
    """python -m precompute <experiment> …"""
    one = actions.add_parser(experiment.name, help=experiment.title)
    one.add_argument("--preset", choices=list(experiment.presets), default="laptop")
    one.add_argument("--seeds", type=int, nargs="+", default=[0], help="one run for each")
    one.add_argument("--workers", type=int, default=joblib.cpu_count(), help="processes at once")
    one.add_argument("--executor", choices=EXECUTORS, default="local")
    one.add_argument("--data", type=Path, help="data folder (or DEVDASH_DATA)")
    one.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", action="extend")
    if all(hasattr(preset, "corpus") for preset in experiment.presets.values()):
        one.add_argument(
            "--corpus", metavar="TEXT", help="a file or folder of your own text, or a Hugging Face data set"
        )
    one.add_argument("--dry-run", action="store_true", help="print the tasks and the time they take")
    one.set_defaults(action=lambda given: run_all(experiment, given))


def run_all(experiment: Experiment, given) -> int:
    """A run for each seed, then publish."""
    if given.workers < 1:
        raise ValueError(f"--workers {given.workers} given, expected 1 or more")
    own_text = [f"corpus.source={given.corpus}"] if getattr(given, "corpus", None) else []
    config = override(experiment.presets[given.preset], [*own_text, *given.set])
    data, failures = data_folder(given.data), 0
    for seed in given.seeds:
        if given.dry_run:
            show_plan(experiment, given, config, seed)
            continue
        name, failed = run_experiment(
            experiment, given.preset, config, seed, data, given.workers, given.executor
        )
        failures += failed
        progress.say(f"{name}: {f'{failed} tasks failed' if failed else 'finished'}")
    if not given.dry_run:
        publish(data)
    return 1 if failures else 0


def show_plan(experiment: Experiment, given, config, seed: int) -> None:
    """Tasks and time, without touching the store."""
    name = run_name(experiment, given.preset, config, seed)
    print(name)
    total = 0.0
    for round_ in plan(experiment, config, Workspace(data_folder(given.data) / "runs" / name, seed)):
        seconds = sum(task.seconds for task in round_.tasks)
        total += seconds
        print(f"  {round_.name}: {len(round_.tasks)} tasks, {progress.duration(seconds)} of one core")
        for task in round_.tasks:
            print(f"    {task.key}  (about {progress.duration(task.seconds)})")
    print(f"  about {progress.duration(total / given.workers)} with {given.workers} workers")


def show_list(experiments: dict[str, Experiment]) -> int:
    for experiment in experiments.values():
        print(f"{experiment.name}: {experiment.title}\n  paper: {experiment.paper}")
        print(f"  presets: {', '.join(experiment.presets)}")
    return 0


def show_publish(given) -> int:
    print(publish(data_folder(given.data), force=True).name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
