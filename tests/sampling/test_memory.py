"""Peak memory of a process that estimates, above what it had before the model was there."""

import os
import subprocess
import sys

import pytest

SCRIPT = '''
import sys, torch
from pathlib import Path
from devdash import sampling

def peak_mb(anew=False):
    """Not ru_maxrss, which a process inherits from the one that starts it."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024

def loss(params, batch):
    h = batch[0]
    for W in params.values():
        h = torch.tanh(h @ W)
    return (h.sum(1) - batch[1]) ** 2

def run(width, component, **settings):
    params = {f"W{i}": torch.randn(width, width).mul_(width**-0.5) for i in range(24)}
    data = torch.randn(16, width), torch.randn(16)
    sampling.estimate_llc(loss, params, data, component=component, sampler=sampler, chains=4,
                          batch_size=8, **settings)

torch.set_num_threads(1)
width, kind = int(sys.argv[1]), sys.argv[2]
component = {"rows": {"W5": slice(0, 10)}, "tensor": "W23", "all": None}[kind]
sampler = getattr(sampling, sys.argv[5])(1e-7, 10.0)
settings = {"draws": int(sys.argv[3]), "burn_in": 1, "memory_mb": float(sys.argv[4])}
run(100, component, **settings)
run(100, component, **settings | {"memory_mb": 1e-6})
before = peak_mb(anew=True)
run(width, component, **settings)
print(peak_mb() - before)
'''


def models_used(width: int, kind: str, draws: int, memory_mb: float, sampler: str = "SGLD") -> float:
    """Peak memory in units of the model's own, 24 square matrices in float32."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(width), kind, str(draws), str(memory_mb), sampler],
        # tensors go back to the system at once, so that the peak is of what is alive
        env=os.environ | {"MALLOC_MMAP_THRESHOLD_": "200000", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=1000,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout) * 2**20 / (4 * 24 * width**2)


@pytest.mark.slow
def test_rows_of_a_large_model_cost_no_second_model():
    """But the tensor that holds them, once for each chain."""
    assert models_used(700, "rows", 12, 2000) - 4 / 24 < 1.2


@pytest.mark.slow
def test_a_whole_tensor_costs_its_chains_where_they_run_one_by_one():
    assert models_used(700, "tensor", 12, 9) - 4 / 24 < 1.2


@pytest.mark.slow
def test_all_weights_cost_their_chains():
    """One chain at a time: w*, its flat copy, the chain before and after the step, and a gradient."""
    assert models_used(600, "all", 3, 17) < 1.2 + 4


@pytest.mark.slow
def test_noise_of_the_step_before_is_one_more_copy():
    """And another, where the minibatch's gradient at w* is taken off: here evaluated, as no table fits."""
    assert models_used(600, "all", 3, 17, "Langevin") < 1.2 + 4 + 3


LONG = (
    SCRIPT.split("torch.set_num_threads(1)")[0]
    + """
torch.set_num_threads(1)
sampler = sampling.Langevin(1e-7, 10.0)
for draws in (20, 120):
    run(130, None, draws=draws, burn_in=1)
    print(peak_mb())
"""
)


@pytest.mark.slow
def test_long_chains_take_no_more_than_short_ones():
    """As memory is given out by default: small tensors between large ones must not keep it from use."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", LONG],
        env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=1000,
    )
    assert done.returncode == 0, done.stderr
    short, long = map(float, done.stdout.split())
    assert long - short < 20, "MB, three times the weights of all chains"
