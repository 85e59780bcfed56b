"""The command devdash: open the dashboard, measure a model, reproduce a paper."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
DATA = typer.Option(help="Data folder (or DEVDASH_DATA); devdash-data/ of the current directory by default.")
DataFolder = Annotated[Path | None, DATA]
command = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)


@command.command(context_settings=PASS_ON)
def app(context: typer.Context, data: DataFolder = None) -> None:
    """Open the dashboard in a browser; further options go to Streamlit (--server.port 8502)."""
    from devdash.app import SERVER
    from devdash.store.runs import data_folder

    folder = data_folder(data).absolute()
    print(f"runs of {folder}", file=sys.stderr)
    streamlit = [sys.executable, "-m", "streamlit", "run", str(SERVER), *context.args]
    raise typer.Exit(subprocess.run(streamlit, env=os.environ | {"DEVDASH_DATA": str(folder)}).returncode)


@command.command()
def measure(
    run: Annotated[str, typer.Argument(help="A recorded run, a folder of checkpoints, or hub:owner/name.")],
    task: Annotated[str, typer.Option(help="Where the devdash.Task stands: FILE.py:NAME.")],
    heads: Annotated[bool, typer.Option(help="λ̂ of each attention head too.")] = False,
    checkpoints: Annotated[str, typer.Option(help="Steps, such as 0,100,1000; all by default.")] = "",
    name: Annotated[str | None, typer.Option(help="Name of the run that is written.")] = None,
    workers: Annotated[int, typer.Option(help="Processes at once.")] = 1,
    executor: Annotated[str | None, typer.Option(help="Where jobs run: local, dask, slurm.")] = None,
    cluster: Annotated[
        Path | None, typer.Option(help="The settings below, and others, as TOML: docs/scaling.md.")
    ] = None,
    dask: Annotated[str | None, typer.Option(help="Address of a scheduler, or slurm, pbs …")] = None,
    partition: Annotated[str | None, typer.Option(help="Of the queue.")] = None,
    minutes: Annotated[int | None, typer.Option(help="That an array task or a worker may take (60).")] = None,
    gpus: Annotated[int | None, typer.Option(help="Of each (0).")] = None,
    memory_gb: Annotated[float | None, typer.Option(help="Of each (4).")] = None,
    cores: Annotated[int | None, typer.Option(help="Of each (1).")] = None,
    draws: Annotated[int, typer.Option(help="Draws of each chain.")] = 200,
    chains: Annotated[int, typer.Option(help="Chains of each estimate.")] = 4,
    batch_size: Annotated[int | None, typer.Option(help="Examples of a minibatch.")] = None,
    seed: int = 0,
    again: Annotated[bool, typer.Option("--again", help="Forget an earlier measuring.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Measure while the run trains.")] = False,
    data: DataFolder = None,
) -> None:
    """Measure a model at its checkpoints: λ̂, stages, the path of its outputs; killed, it goes on."""
    from devdash.measuring.api import measure as measure_run
    from devdash.measuring.command import steps_in, task_in
    from devdash.measuring.follow import landings
    from devdash.pipeline.cluster import read
    from devdash.pipeline.executors import refuse_unknown

    refuse_unknown(executor or "local")
    options = {"dask": dask, "partition": partition, "minutes": minutes}
    where = read(cluster, **options, gpus=gpus, memory_gb=memory_gb, cores=cores)
    settings = {"heads": heads, "name": name, "workers": workers, "cluster": where, "data": data}
    settings |= {"executor": executor or ("dask" if where.dask else "local")}
    settings |= {"draws": draws, "chains": chains, "batch_size": batch_size, "seed": seed}
    chosen = steps_in(checkpoints)
    loaded = task_in(task)
    for steps in landings(run, data) if follow else [chosen]:
        measured = measure_run(run, loaded, checkpoints=steps, again=again, **settings)
        again = False
        print(measured)
    raise typer.Exit(1 if measured.failures else 0)


@command.command("import")
def import_scalars(
    path: Annotated[
        Path, typer.Argument(help="A CSV or Parquet file, or a folder of TensorBoard, W&B or trackio.")
    ],
    name: Annotated[str, typer.Option(help="Name of the run that is written.")],
    run: Annotated[str | None, typer.Option(help="Which, of a folder with several.")] = None,
    data: DataFolder = None,
) -> None:
    """Make a run of numbers that another tool logged: Home and Compare show it."""
    from devdash.recording.imported import import_run

    print(import_run(path, name, data, run))


@command.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A run folder.")] = None,
    table: Annotated[str, typer.Option(help="List the columns of this table instead.")] = "",
) -> None:
    """Say what keeps a run folder from being shown, in the words of docs/run-folder.md."""
    from devdash.store.check import columns_of, faults, rows_of
    from devdash.store.schema import table_named

    if table:
        columns = columns_of(table_named(table).name)
        print("\n".join([*(f"{name}: {kind}; {label}" for name, kind, label in columns), rows_of(table)]))
        return
    if folder is None:
        raise ValueError("check: no folder given, expected a run folder such as devdash-data/runs/my-run")
    odd = faults(folder)
    print("\n".join(odd) if odd else f"{folder.name}: nothing is missing")
    raise typer.Exit(1 if odd else 0)


@command.command()
def figures(
    file: Annotated[Path, typer.Argument(help="A collection, as the Figures page saves it in data/figures.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("figures"),
    formats: Annotated[str, typer.Option("--format", help="Of svg, pdf and png, with commas.")] = "pdf,svg",
    data: DataFolder = None,
) -> None:
    """Draw a collection of figures again: one composed figure, its panels, data and captions."""
    from devdash.collected import command as draw

    print(draw(file, out, formats, data))


@command.command()
def share(
    what: Annotated[str, typer.Argument(help="A run, or the file of a collection.")],
    out: Annotated[Path | None, typer.Option(help="The HTML file; WHAT.html by default.")] = None,
    data: DataFolder = None,
) -> None:
    """Write a run or a collection as one HTML file, which opens without a server or a network."""
    from devdash.share import command as write

    print(write(what, out, data))


@command.command(context_settings=PASS_ON, add_help_option=False)
def precompute(context: typer.Context) -> None:
    """Reproduce a paper: the same as python -m precompute (list, superposition, --help …)."""
    sys.argv = ["devdash precompute", *context.args]
    runpy.run_module("precompute", run_name="__main__")


def main() -> None:
    """Run the command; faults of a kind that a user can mend are told without a traceback."""
    from devdash.store.runs import StoreError

    try:
        command()
    except (StoreError, ValueError, LookupError, FileNotFoundError) as error:
        print(f"devdash: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
