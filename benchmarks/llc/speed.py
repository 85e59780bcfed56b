"""Draws per second of the language paper's model (3.4 M weights), losses in bf16 summed in float32."""

import time

import torch

from devdash.models.next_token import NextToken
from devdash.models.transformer import Shape, initial
from devdash.sampling import Langevin, estimate_llc

SHAPE, SHORT, SHORTEST = Shape(), Shape(context=32), Shape(context=8)
SEQUENCES, BATCH, CHAINS = 64, 8, 4


def draws_per_second(device: str, quick: bool) -> dict:
    """Of random weights and tokens, which take as long as trained ones; on a processor a short context."""
    shape = (SHORTEST if quick else SHORT) if device == "cpu" else SHAPE
    draws = (2 if quick else 4) if device == "cpu" else 50 if quick else 200
    params = {name: W.to(device, torch.bfloat16) for name, W in initial(shape, seed=0).items()}
    generator = torch.Generator().manual_seed(0)
    size = (SEQUENCES, shape.context)
    tokens = torch.randint(shape.vocabulary, size, generator=generator).to(device)
    settings = {"sampler": Langevin(1e-4, 30.0, 300.0), "chains": CHAINS, "batch_size": BATCH}
    estimate_llc(
        NextToken(), params, (tokens,), draws=2, burn_in=0, **settings
    )  # late imports, first kernels
    began = time.perf_counter()
    estimate = estimate_llc(NextToken(), params, (tokens,), draws=draws, burn_in=0, **settings)
    seconds = time.perf_counter() - began  # the values have come from the device by then
    return {
        "device": torch.cuda.get_device_name() if device != "cpu" else "processor",
        "weights": shape.weights,
        "context": shape.context,
        "batch": BATCH,
        "draws_per_s": CHAINS * draws / seconds,
        "llc": estimate.llc,
        "verdict": estimate.verdict,
    }
