"""One page per file: a declaration PAGE (see devdash/ui/page.py) and render(); no list is edited."""

import functools
import sys
from collections.abc import Mapping
from types import ModuleType

from devdash import figures
from devdash.discovery import by_name, find, leaf, modules


@functools.cache
def discover() -> dict[str, ModuleType]:
    """Name → page module, in the order in which the sidebar shows them."""
    views = sorted(modules(sys.modules[__name__]), key=lambda view: view.PAGE.order)
    for view in views:
        check(view)
    return {leaf(view): view for view in views}


def check(view: ModuleType) -> None:
    """Raise LookupError, with the near names, where a page shows a figure that there is not."""
    for section in view.PAGE.sections or ("",):
        for figure in view.PAGE.drawn(section):
            find(figure, figures.discover(), f"figure, as {view.__name__} shows one,")


@functools.cache
def places() -> dict[str, tuple[str, str]]:
    """Figure → the page that it stands on, and its section, "" where the page has none."""
    return places_in(discover())


def places_in(views: Mapping[str, ModuleType]) -> dict[str, tuple[str, str]]:
    """Figure → page and section, of some pages; a figure that stands twice is refused."""
    stands = (
        (figure, view, (name, section))
        for name, view in views.items()
        for figure, section in view.PAGE.places()
    )
    return by_name(stands, "places of a figure")


def experiments() -> tuple[str, ...]:
    """All experiments that pages show, each after those that it measures."""
    return tuple(dict.fromkeys(name for view in discover().values() for name in view.PAGE.compute))
