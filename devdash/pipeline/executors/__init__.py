"""Where jobs run: one file each, with `run(jobs, workers)`, which gives outcomes as they come, in any order.

The caller alone writes to the store, and what is done is read there. A file is imported when its executor
is chosen, so that the packages it needs may be missing elsewhere.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator

from devdash.pipeline.attempt import Outcome
from devdash.pipeline.experiment import Job

Executor = Callable[[list[Job], int], Iterator[Outcome]]


def names() -> list[str]:
    """The executors, by their files."""
    return [file.name for file in pkgutil.iter_modules(__path__)]


def executor(name: str) -> Executor:
    """`run` of the executor of this name."""
    if name not in names():
        raise ValueError(f"executor {name!r} given, expected one of {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name}").run
