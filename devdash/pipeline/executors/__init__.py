"""Where jobs run: one file each, found by its name. It has

    start(workers: int | None, cluster: Cluster) → context manager that gives run(jobs, folder, at_once)

`run` gives an outcome for each job as it comes, in any order; jobs write to the run's folder themselves
(`attempt`), so that what is done stands there even where the outcome is lost on its way. at_once: a bound on
the jobs that run beside each other, None: as many as there are workers. A file imports the packages that it
needs when it starts, so that they may be missing elsewhere.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType

from devdash.pipeline.attempt import Outcome
from devdash.pipeline.cluster import Cluster
from devdash.pipeline.experiment import Job

RunJobs = Callable[[list[Job], Path, int | None], Iterator[Outcome]]
Executor = Callable[[int | None, Cluster], AbstractContextManager[RunJobs]]
INSTALL = 'pip install "devdash[cluster]"'
AT_ONCE = 32  # jobs beside each other on a cluster where --workers says nothing


class Unavailable(ValueError):
    """An executor cannot be used here: its package is not installed, or its cluster does not answer."""


def names() -> list[str]:
    """The executors, by their files."""
    return [file.name for file in pkgutil.iter_modules(__path__)]


def refuse_unknown(name: str) -> None:
    """Raise ValueError where there is no executor of this name."""
    if name not in names():
        raise ValueError(f"executor {name!r} given, expected one of {', '.join(names())}")


def executor(name: str) -> Executor:
    """`start` of the executor of this name."""
    refuse_unknown(name)
    return importlib.import_module(f"{__name__}.{name}").start


def needed(package: str, name: str) -> ModuleType:
    """A package that an executor cannot do without."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise Unavailable(
            f"executor {name!r} needs the package {package}, which is not here ({error}); install it with "
            f"{INSTALL}"
        ) from None
