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
command = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@command.command(context_settings=PASS_ON)
def app(context: typer.Context, data: DataFolder = None) -> None:
    """Open the dashboard in a browser; further options go to Streamlit (--server.port 8502)."""
    from devdash.app import SCRIPT
    from devdash.store.runs import data_folder

    folder = data_folder(data).absolute()
    print(f"runs of {folder}", file=sys.stderr)
    streamlit = [sys.executable, "-m", "streamlit", "run", str(SCRIPT), *context.args]
    raise typer.Exit(subprocess.run(streamlit, env=os.environ | {"DEVDASH_DATA": str(folder)}).returncode)


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
