"""All SQL of the app. Each query takes a snapshot and values that are bound, and gives a DataFrame.

A figure names the query that feeds it; its options are passed to the query by name. A query is a function
of a file here that is declared with @rows_of, which says of which tables its columns are.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pandas as pd

from devdash.discovery import by_name, modules, near


def _declared() -> Iterator[tuple[str, ModuleType, Callable]]:
    """Name, module and function of every query."""
    for module in modules(sys.modules[__name__]):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            rows = inspect.signature(function).return_annotation in (pd.DataFrame, inspect.Signature.empty)
            if name.startswith("_") or function.__module__ != module.__name__ or not rows:
                continue
            if not hasattr(function, "tables"):
                raise ImportError(
                    f"query {name!r} of {module.__name__} does not say of which tables its columns are; "
                    "declare it with @rows_of, or name it with an underscore"
                )
            yield name, module, function


QUERIES = by_name(_declared(), "queries")
if hidden := QUERIES.keys() & globals().keys():
    raise ImportError(f"queries {sorted(hidden)} have the name of a file or folder beside them; rename one")


def __getattr__(name: str):
    """queries.claims is the query of that name."""
    try:
        return QUERIES[name]
    except KeyError:
        raise AttributeError(f"no query {name!r}; {near(name, QUERIES)}") from None
