"""Where a run comes from: commit, package versions, machine, time."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import joblib
import torch

PACKAGES = ("torch", "numpy", "numba", "scipy", "pandas", "arviz-stats", "pyarrow", "duckdb")


def now() -> str:
    """UTC, to the second: '2026-01-31 12:00:00'."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def provenance() -> dict:
    """Commit (with '+changes' where files differ from it), versions, and a word on the machine."""
    return {
        "commit": _commit(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "machine": ", ".join(
            [f"{platform.system()} {platform.machine()}", f"{joblib.cpu_count()} cores", *_gpus()]
        ),
    }


def _gpus() -> list[str]:
    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]


def _commit() -> str | None:
    here = Path(__file__).parent

    def git(*arguments) -> str:
        command = ["git", "-C", str(here), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        code = ("--", "../..", ":(exclude,top)data")
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain", *code) else "")
    except (OSError, subprocess.CalledProcessError):
        return None
