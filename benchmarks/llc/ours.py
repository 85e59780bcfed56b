"""devdash's side: python -m benchmarks.llc.ours JOB RESULT."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import devdash.sampling
from benchmarks.llc.measure import Meter
from benchmarks.llc.problems import HEADS, curvatures, multilayer, squared_error
from devdash.models import linear
from devdash.models.next_token import NextToken
from devdash.models.transformer import head
from devdash.sampling import estimate_components


def load(folder: Path, device: str = "cpu"):
    """Loss, params and data of a problem folder."""
    facts = json.loads((folder / "problem.json").read_text())
    weights, data = (load_file(folder / f"{part}.safetensors", device) for part in ("weights", "data"))
    if "shape" in facts:
        return NextToken(), weights, (data["tokens"],)
    if "gaussian" in facts:
        h = curvatures(facts["gaussian"]).to(device)
        return lambda params, _: (h * params["w"].square()).sum() / 2, weights, None
    forward = multilayer if facts["tanh"] else linear.forward
    return squared_error(forward), weights, (data["x"], data["y"])


def components(name: str | None) -> dict:
    """The components of a job, by name: all weights, one head, or all heads."""
    if name is None:
        return {"all weights": None}
    places = HEADS if name == "all heads" else [tuple(map(int, name.removeprefix("head ").split(".")))]
    return {f"head {layer}.{number}": head(layer, number) for layer, number in places}


def estimate(problem, parts: dict, settings: dict, seed: int, sampler: str | None) -> list:
    """One call with the job's settings: an estimate for each component."""
    kind = getattr(devdash.sampling, sampler or "SGLD")
    bound = kind(**{name: settings[name] for name in ("epsilon", "nbeta", "gamma")})
    shared = {name: settings[name] for name in ("chains", "draws", "burn_in")}
    if problem[2] is not None:
        shared["batch_size"] = settings["batch_size"]
    return list(estimate_components(*problem, parts, sampler=bound, seed=seed, **shared).values())


def trace(estimate) -> list[float]:
    """nβ (L − L(w*)) of every step, the mean over chains; NaN where one diverged."""
    return (estimate.sampler.nbeta * (estimate.losses - estimate.init_loss).mean(0)).tolist()


def answers(job: dict) -> list:
    """The losses of some examples, or one estimate or trace for each seed."""
    loss, params, data = problem = load(Path(job["folder"]), job["device"])
    if job["check"]:
        few = data and tuple(tensor[: job["check"]] for tensor in data)
        with torch.no_grad():
            return np.atleast_1d(loss(params, few).double().cpu()).tolist()
    parts, settings, results = components(job["component"]), job["settings"], []
    if job["trace"]:
        return [trace(estimate(problem, parts, settings, seed, job["sampler"])[0]) for seed in job["seeds"]]
    small = {**settings, "chains": 1, "draws": 2, "burn_in": 0, "batch_size": 1}
    few = loss, params, data and tuple(tensor[:64] for tensor in data)
    estimate(few, parts, small, 0, job["sampler"])  # what is imported late does not count
    for seed in job["seeds"]:
        with Meter(job["device"]) as meter:
            first = estimate(problem, parts, settings, seed, job["sampler"])[0]
        # the spread over seeds is what Monte Carlo's part of the error foretells
        result = {"llc": first.llc, "std": first.budget.monte_carlo, "verdict": first.verdict}
        results.append({"seed": seed, **result, "cpu_s": meter.cpu_s, "peak_mb": meter.peak_mb})
    return results


if __name__ == "__main__":
    torch.set_num_threads(1)
    Path(sys.argv[2]).write_text(json.dumps(answers(json.loads(Path(sys.argv[1]).read_text()))))
