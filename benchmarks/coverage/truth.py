"""Where the truth comes from: formulas and quadrature, or long converged MALA kept in truths.json."""

import json
from functools import cache
from pathlib import Path

from benchmarks.coverage.systems import Built, System

FILE = Path(__file__).with_name("truths.json")


def of(system: System, built: Built) -> tuple[float, float]:
    """Value and standard error at the system's nβ and γ."""
    if built.exact is not None:
        return built.exact(system.nbeta, system.gamma)
    entry = stored(system.family, system.name)
    return entry["value"], entry["error"]


def stored(family: str, name: str) -> dict:
    """value, error, steepest and how they were found."""
    entry = _all().get(f"{family}: {name}")
    if entry is None:
        raise KeyError(f"coverage: no truth of {family}: {name}; run python -m benchmarks.coverage --truths")
    return entry


@cache
def _all() -> dict:
    return json.loads(FILE.read_text()) if FILE.exists() else {}
