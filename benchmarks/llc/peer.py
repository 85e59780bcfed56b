"""devinterp's side, run in its own environment: python -m benchmarks.llc.peer JOB RESULT.

Used as its documentation says: `llc()` on a Hugging Face dataset of `input_ids`, masks for one head,
no observables (they cost time), a fresh output for every call. Progress bars are off.
"""

import json
import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path

import torch
from datasets import Dataset
from devinterp.slt.llc import llc
from safetensors.torch import load_file

from benchmarks.llc.measure import Meter
from benchmarks.llc.peer_models import (
    Gaussian,
    Transformer,
    gaussian_loss,
    hooked_layout,
    hooked_model,
    multilayer,
    next_token,
    regression,
    sizes,
    transformer_layout,
)

ROWS = 64  # of a dataset that nothing reads


def load(folder: Path, component: str | None, hooked: bool, device: str):
    """Model, input_ids (example, token), loss and masks of a problem folder."""
    facts = json.loads((folder / "problem.json").read_text())
    weights, data = (load_file(folder / f"{part}.safetensors", device) for part in ("weights", "data"))
    if "gaussian" in facts:
        rows = torch.arange(ROWS)[:, None].expand(-1, 2)
        return Gaussian(data["h"]).to(device), rows, gaussian_loss, None
    if "shape" not in facts:
        return multilayer(weights, facts["tanh"]).to(device), *regression(data), None
    shape = sizes(facts["shape"])
    layout = hooked_layout if hooked else partial(transformer_layout, layers=shape["layers"])
    model = (hooked_model if hooked else Transformer)(**shape).to(device)
    missing = set(layout(weights)) ^ {name for name, _ in model.named_parameters()}
    if missing:
        raise RuntimeError(f"names that only one side has: {sorted(missing)}")
    model.load_state_dict(layout(weights), strict=False)
    masks = None
    if component is not None:
        masked = layout(load_file(folder / f"{component}.safetensors", device))
        masks = {name: mask.bool() for name, mask in masked.items() if mask.any()}
    return model, data["tokens"].cpu(), next_token, masks


def sampled(model, dataset, loss, masks, job: dict, settings: dict, seed: int):
    """One call of devinterp: its result, kept in memory."""
    method = {} if job["sampler"] is None else {"sampling_method": job["sampler"]}
    with tempfile.TemporaryDirectory() as folder:
        result = llc(
            model,
            dataset,
            {},
            param_masks=masks,
            loss_fn=loss,
            output_path=Path(folder) / "samples.zarr",
            lr=settings["epsilon"],
            n_beta=settings["nbeta"],
            localization=settings["gamma"],
            num_chains=settings["chains"],
            num_draws=settings["draws"],
            batch_size=settings["batch_size"],
            num_burnin_steps=settings["burn_in"],
            num_init_loss_batches=max(job["init_batches"], 1),
            init_seed=1000 * seed,
            device=job["device"],
            **method,
        )
        return result.load()


def estimate(model, dataset, loss, masks, job: dict, seed: int) -> dict:
    """Its λ̂, its spread over chains, and λ̂ with the burn-in left out."""
    settings = job["settings"]
    result = sampled(model, dataset, loss, masks, job, settings, seed)
    kept = result["loss_trace"].values[:, settings["burn_in"] :]
    per_chain = settings["nbeta"] * (kept.mean(1) - float(result["init_loss"]))
    published = {"published_llc": float(result["llc_mean"]), "published_std": float(result["llc_std"])}
    return {"llc": float(per_chain.mean()), "std": float(per_chain.std()), **published}


def trace(model, dataset, loss, masks, job: dict, seed: int, start: float) -> list[float]:
    """nβ (L − L(w*)) of every step, the mean over chains, with L(w*) over all data: better than it comes."""
    settings = job["settings"]
    result = sampled(model, dataset, loss, masks, job, settings, seed)
    return (settings["nbeta"] * (result["loss_trace"].values.mean(0) - start)).tolist()


@torch.no_grad()
def losses(model, input_ids, loss, device: str) -> list[float]:
    """Of each example, the mean over its tokens."""
    blocks = [loss(model, rows.to(device)).double().mean(1) for rows in input_ids.split(256)]
    return torch.cat(blocks).tolist()


def answers(job: dict) -> list:
    """The losses of some examples, or one estimate or trace for each seed."""
    warnings.filterwarnings("ignore")
    problem = load(Path(job["folder"]), job["component"], job["hooked"], job["device"])
    model, input_ids, loss, masks = problem
    if job["check"]:
        return losses(model, input_ids[: job["check"]], loss, job["device"])
    dataset = Dataset.from_dict({"input_ids": input_ids.numpy()}).with_format("torch")
    settings, results = job["settings"], []
    if job["trace"]:
        start = sum(losses(model, input_ids, loss, job["device"])) / len(input_ids)
        return [trace(model, dataset, loss, masks, job, seed, start) for seed in job["seeds"]]
    small = {**settings, "chains": 1, "draws": 2, "burn_in": 0, "batch_size": 1}
    estimate(model, dataset, loss, masks, {**job, "settings": small, "init_batches": 1}, 0)  # late imports
    for seed in job["seeds"]:
        with Meter(job["device"]) as meter:
            result = estimate(model, dataset, loss, masks, job, seed)
        results.append({"seed": seed, **result, "cpu_s": meter.cpu_s, "peak_mb": meter.peak_mb})
    return results


if __name__ == "__main__":
    torch.set_num_threads(1)
    Path(sys.argv[2]).write_text(json.dumps(answers(json.loads(Path(sys.argv[1]).read_text()))))
