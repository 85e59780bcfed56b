"""One page per file: a declaration PAGE (see devdash/ui/page.py) and render(); no list is edited."""

import functools
import sys
from types import ModuleType

from devdash import figures
from devdash.discovery import by_name, find, leaf, modules


@functools.cache
def discover() -> dict[str, ModuleType]:
    """Name → page module, in the order in which the sidebar shows them.

    Raises LookupError where a page shows a figure that there is not.
    """
    views = sorted(modules(sys.modules[__name__]), key=lambda view: view.PAGE.order)
    for view in views:
        for section in view.PAGE.sections or ("",):
            for figure in view.PAGE.drawn(section):
                find(figure, figures.discover(), f"figure, as {view.__name__} shows one,")
    return {leaf(view): view for view in views}


@functools.cache
def places() -> dict[str, tuple[str, str]]:
    """Figure → the page that it stands on, and its section, "" where the page has none."""
    stands = (
        (figure, view, (name, section))
        for name, view in discover().items()
        for figure, section in view.PAGE.places()
    )
    return by_name(stands, "places of a figure")


def experiments() -> tuple[str, ...]:
    """All experiments that pages show, each after those that it measures."""
    return tuple(dict.fromkeys(name for view in discover().values() for name in view.PAGE.compute))
