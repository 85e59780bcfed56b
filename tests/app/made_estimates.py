"""Made estimates of several kinds; regimes and error budgets, which older runs lack, for any made run."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.app.made import frame, write_run

OTHERS = "others-made-s0"
STEPS = [0, 10, 100, 1000]
TRACE = 123.4
PARTS = {"budget_mc": 0.3, "budget_step": 0.4, "budget_minibatch": 0.0, "budget_gamma": 1.2}
REGIME = {"regime": 0.93, "regime_err": 0.02, "regime_word": "curvature", "hessian_trace": TRACE}
COLUMNS = {**REGIME, **PARTS, "virial": 1.01}
SETTINGS = {
    "component": "full",
    "target": "data",
    "llc": 7.0,
    "std_err": 1.3,
    "nbeta": 30.0,
    "gamma": 300.0,
    "epsilon": 1e-3,
    "sampler": "SGLD",
    "chains": 2,
    "draws": 20,
    "burn_in": 0,
    "rhat": 1.0,
    "ess": 40.0,
    "acceptance": 0.9,
    "init_loss": 0.0,
    "mean_loss": 0.2,
    "verdict": "reliable",
    "message": "",
}


def others() -> dict[str, pd.DataFrame]:
    """λ̂ of an SGD run, of an agent on Match3, and of one point by two samplers; chains of the SGD run."""
    path = {"model": "", "distribution": "path 0"}
    agent = {"model": "2-simplicial, seed 0", "distribution": "all"}
    estimates = [frame("llc", step=STEPS, **names, **SETTINGS) for names in (path, agent)]
    for sampler in ("MALA", "SGLD"):
        estimates.append(frame("llc", model="", step=[0], distribution=f"toy, {sampler}", **SETTINGS))
    names = {"path": "path 0", "start": "4gon", "kgon": "4", "level": "4", "level_gap": 0.1, "features": 6}
    losses = {"train_loss": 0.1, "test_loss": 0.1}
    place = {"component": "full", "target": "data", "step": STEPS[-1], **path}
    loss = np.random.default_rng(0).uniform(0.1, 0.3, 40)
    chains = {"chain": np.repeat([0, 1], 20), "draw": np.tile(np.arange(20), 2)}
    accuracy = {"name": "accuracy", "component": "", "distribution": "", "value": 0.7, "std_err": 0.01}
    return {
        "llc": pd.concat(estimates),
        "sgd_step": frame("sgd_step", step=STEPS, **names, **losses),
        "metric": frame("metric", model=agent["model"], step=STEPS, **accuracy),
        "llc_draw": frame("llc_draw", **place, **chains, loss=loss, distance=1.0),
    }


def write(data: Path) -> None:
    """The made run of what others than the experiments on transformers estimate."""
    write_run(data, OTHERS, others())


def add_regimes(data: Path) -> None:
    """Make every estimate of a data folder a curvature with an error budget."""
    for path in (data / "runs").glob("*/llc.parquet"):
        pd.read_parquet(path).assign(**COLUMNS).to_parquet(path, index=False)
