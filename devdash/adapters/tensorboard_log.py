"""TensorBoard's event files: the scalars of each run, as it stands in a folder of its own."""

from pathlib import Path

import pandas as pd

EVENTS = "*tfevents*"


def read(path: Path) -> dict[str, pd.DataFrame]:
    """Run → columns name, step, value. A run is a folder with event files, named by its place below `path`.

    Folders within a run's are of the run: `add_scalars` and `add_hparams` make such. What has one name in
    several of them has the folder's before it. Raises ValueError where there is no scalar.
    """
    try:
        from tbparse import SummaryReader
    except ImportError:
        raise ValueError("import: TensorBoard's files need tbparse; pip install tbparse") from None
    top = path if path.is_dir() else path.parent
    files = [file for file in sorted(path.rglob(EVENTS)) if file.is_file()] if path.is_dir() else [path]
    parts: dict[Path, list[tuple[Path, pd.DataFrame]]] = {}
    for folder in sorted({file.parent for file in files}):
        inside = [SummaryReader(str(file)).scalars for file in files if file.parent == folder]
        home = next((run for run in parts if run in folder.parents), folder)
        parts.setdefault(home, []).extend((folder, scalars) for scalars in inside if len(scalars))
    parts = {run: scalars for run, scalars in parts.items() if scalars}
    if not parts:
        raise ValueError(f"import: {path.name} has no scalar of TensorBoard's")
    return {run.relative_to(top).as_posix(): _together(run, of_run) for run, of_run in parts.items()}


def _together(run: Path, parts: list[tuple[Path, pd.DataFrame]]) -> pd.DataFrame:
    """The scalars of a run's own folder and of those within it."""
    rows = [scalars.assign(folder=folder.relative_to(run).as_posix()) for folder, scalars in parts]
    both = pd.concat(rows, ignore_index=True).rename(columns={"tag": "name"})
    several = (both.groupby("name")["folder"].transform("nunique") > 1) & (both["folder"] != ".")
    both.loc[several, "name"] = both["folder"] + "/" + both["name"]
    return both[["name", "step", "value"]]
