"""Where the truth comes from: formulas and quadrature, or long converged MALA kept in truths.json."""

import json
import math
from functools import cache
from pathlib import Path

from benchmarks.coverage.systems import Built, Landscape, System

FILE = Path(__file__).with_name("truths.json")
CONVERGED_RHAT, CONVERGED_SHARE = 1.03, 0.03
LOWER = 1.0  # nats below w* from which on it is no minimum


def of(system: System, built: Built) -> tuple[float, float]:
    """Value and standard error at the system's nβ and γ."""
    if built.exact is not None:
        return built.exact(system.nbeta, system.gamma)
    entry = stored()[key(system.family, system.name)]
    return entry["value"], entry["error"]


def key(family: str, name: str) -> str:
    return f"{family}: {name}"


def landscape(family: str, name: str, noise: float = 0.0) -> Landscape:
    """Of a singular system: its steepest curvature is that of the long run's draws, its slowest is 0."""
    entry = stored().get(key(family, name))
    if entry is None:  # only --truths gets along without
        return Landscape(math.nan, 0.0, noise)
    return Landscape(entry["steepest"], 0.0, noise, entry["lowest"] > -LOWER)


@cache
def stored() -> dict:
    """Family and name → value, error, steepest (curvature), lowest (nats) and how they were found."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def is_usable(system: System) -> bool:
    """False where the long run did not converge, as chains leave w* for other places, or is not made yet."""
    if not system.long or system.build().exact is not None:
        return True
    entry = stored().get(key(system.family, system.name))
    return (
        entry is not None
        and entry["rhat"] <= CONVERGED_RHAT
        and entry["error"] <= CONVERGED_SHARE * abs(entry["value"])
    )


def missing(systems: list[System]) -> list[System]:
    """Those whose long run has not been made."""
    return [system for system in systems if system.long and key(system.family, system.name) not in stored()]


def keep(entries: dict) -> None:
    """Add to the file, one line an entry, in order of names."""
    before = json.loads(FILE.read_text()) if FILE.exists() else {}
    merged = dict(sorted((before | entries).items()))
    lines = [f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(entry)}" for name, entry in merged.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
