"""devdash's side: python -m benchmarks.llc.ours JOB RESULT."""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from benchmarks.llc.measure import Meter
from benchmarks.llc.problems import HEADS, multilayer, squared_error
from devdash.models import linear
from devdash.models.next_token import NextToken
from devdash.models.transformer import head
from devdash.sampling import SGLD, estimate_components


def load(folder: Path):
    """Loss, params and data of a problem folder."""
    facts = json.loads((folder / "problem.json").read_text())
    weights, data = load_file(folder / "weights.safetensors"), load_file(folder / "data.safetensors")
    if "shape" in facts:
        return NextToken(), weights, (data["tokens"],)
    forward = multilayer if facts["tanh"] else linear.forward
    return squared_error(forward), weights, (data["x"], data["y"])


def components(name: str | None) -> dict:
    """The components of a job, by name: all weights, one head, or all heads."""
    if name is None:
        return {"all weights": None}
    places = HEADS if name == "all heads" else [tuple(map(int, name.removeprefix("head ").split(".")))]
    return {f"head {layer}.{number}": head(layer, number) for layer, number in places}


def estimate(problem, parts: dict, settings: dict, seed: int) -> list:
    """One call with the job's settings: an estimate for each component."""
    sampler = SGLD(settings["epsilon"], settings["nbeta"], settings["gamma"])
    shared = {name: settings[name] for name in ("chains", "draws", "burn_in", "batch_size")}
    return list(estimate_components(*problem, parts, sampler=sampler, seed=seed, **shared).values())


def main(job_file: str, result_file: str) -> None:
    """Carry out the job: the losses of some examples, or one estimate for each seed."""
    job = json.loads(Path(job_file).read_text())
    torch.set_num_threads(1)
    problem = load(Path(job["folder"]))
    if job["check"]:
        loss, params, data = problem
        with torch.no_grad():
            rows = loss(params, tuple(tensor[: job["check"]] for tensor in data)).double().tolist()
        Path(result_file).write_text(json.dumps(rows))
        return
    parts, settings, results = components(job["component"]), job["settings"], []
    small = {**settings, "chains": 1, "draws": 2, "burn_in": 0, "batch_size": 1}
    loss, params, data = problem
    few = loss, params, tuple(tensor[:64] for tensor in data)
    estimate(few, parts, small, 0)  # what is imported late does not count
    for seed in job["seeds"]:
        with Meter() as meter:
            found = estimate(problem, parts, settings, seed)[0]
        first = {"llc": found.llc, "std": found.std_err, "verdict": found.verdict}
        results.append({"seed": seed, **first, "cpu_s": meter.cpu_s, "peak_mb": meter.peak_mb})
    Path(result_file).write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
