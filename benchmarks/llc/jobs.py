"""Jobs run in processes of their own, devdash's and devinterp's, each with one thread."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.llc.ours import answers
from benchmarks.llc.works import Settings

ROOT = Path(__file__).resolve().parents[2]
PEER = ("devinterp==2.0.1", "torch==2.13.0", "transformer-lens<4")
HERE = None  # in place of the interpreter of another process
_here = threading.Lock()
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TQDM_DISABLE": "1"}


@dataclass(frozen=True)
class Job:
    """What one process does on a problem: an estimate for each seed, or one of

    check: the losses at w* of so many examples; trace: nβ (L − L(w*)) of every step, the mean over chains.
    sampler: a name in devdash.sampling, or devinterp's sampling_method. hooked: TransformerLens's class.
    """

    folder: str
    settings: Settings | None = None
    component: str | None = None
    seeds: tuple[int, ...] = ()
    sampler: str | None = None
    init_batches: int = 0
    check: int = 0
    trace: bool = False
    hooked: bool = False
    device: str = "cpu"


def peer_python(folder: Path) -> Path:
    """Python of the environment with devinterp, which is made where it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER], check=True)
    return python


def run(python, side: str, job: Job) -> list:
    """Carry out a job in a process of its own, or `HERE`, where times and memory are worth nothing.

    side: "ours" or "peer", whose packages are not here.
    """
    if python is HERE:
        with _here:
            return answers(asdict(job))
    with tempfile.TemporaryDirectory() as place:
        files = Path(place) / "job.json", Path(place) / "result.json"
        files[0].write_text(json.dumps(asdict(job)))
        command = [python, "-m", f"benchmarks.llc.{side}", *files]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{side} failed on {job.folder}, {job.component}:\n{done.stderr[-3000:]}")
        return json.loads(files[1].read_text())


def side_by_side(calls: list) -> list:
    """Results of several calls, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
