"""All SQL of the app. Each query takes a snapshot and values that are bound, and gives a DataFrame.

A figure names the query that feeds it; its options are passed to the query by name. Every public
function of a file here is a query.
"""

import importlib
import inspect
import pkgutil


def _discover() -> dict:
    """Name → query, over all files of this folder."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if not name.startswith("_") and function.__module__ == loaded.__name__:
                found[name] = function
    return found


QUERIES = _discover()


def __getattr__(name: str):
    """queries.claims is the query of that name."""
    try:
        return QUERIES[name]
    except KeyError:
        raise AttributeError(f"no query {name!r}; there are {', '.join(sorted(QUERIES))}") from None
