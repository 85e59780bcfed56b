"""All SQL of the app. Each query takes a snapshot and values that are bound, and gives a DataFrame.

A figure names the query that feeds it; its options are passed to the query by name. Every public
function of a file here is a query.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

from devdash.discovery import by_name, modules


def _public() -> Iterator[tuple[str, ModuleType, Callable]]:
    """Name, module and function of every query."""
    for module in modules(sys.modules[__name__]):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if not name.startswith("_") and function.__module__ == module.__name__:
                yield name, module, function


QUERIES = by_name(_public(), "queries")


def __getattr__(name: str):
    """queries.claims is the query of that name."""
    try:
        return QUERIES[name]
    except KeyError:
        raise AttributeError(f"no query {name!r}; there are {', '.join(sorted(QUERIES))}") from None
