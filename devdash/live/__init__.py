"""What the app computes at the moment it is asked, from stored rows: a program that is run, say.

A live computation is a function of a file here that is declared with @rows_of, like a query: (fetch, run,
**options) → DataFrame, where fetch(query, run, **values) gives the rows of a query. A figure names one in
its DATA as it names a query; the app and the export compute it alike. Nothing here may take longer than a
control's rerun, or import torch.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

from devdash.discovery import by_name, modules


def _declared() -> Iterator[tuple[str, ModuleType, Callable]]:
    """Name, module and function of every live computation."""
    for module in modules(sys.modules[__name__]):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if hasattr(function, "tables") and function.__module__ == module.__name__:
                yield name, module, function


COMPUTATIONS = by_name(_declared(), "live computations")
