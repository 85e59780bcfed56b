"""One estimate for each system and setting, set against the truth."""

import time
import warnings
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from tqdm import tqdm

import devdash.sampling
from benchmarks.coverage import truth
from benchmarks.coverage.settings import CHAINS, USUAL_DRAWS, Setting, faults, settings
from benchmarks.coverage.systems import Built, System, all_systems
from devdash.sampling import estimate_llc

CALIBRATED = "calibrated"  # nothing but defaults: ε, nβ and γ are chosen by the estimator
MOST_CALIBRATED = 20_000  # weights


def run(
    systems: list[System], sampler: str, workers: int, only: tuple[str, ...] = (), burn_in: int | None = None
) -> list[dict]:
    """Rows of all trials. sampler: a name in devdash.sampling, or "calibrated". only: names of settings.

    burn_in: of calibrated chains, whose length goes with it; None: the estimator's.
    """
    places = [all_systems().index(system) for system in systems]
    jobs = [(place, sampler, only, burn_in) for place in places]
    with ProcessPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        parts = tqdm(pool.map(_rows_of, jobs), sampler, len(jobs), unit="system")
        return [row for part in parts for row in part]


def _rows_of(job: tuple[int, str, tuple[str, ...], int | None]) -> list[dict]:
    """All trials of one system."""
    place, sampler, only, burn_in = job
    system = all_systems()[place]
    built = system.build()
    if sampler == CALIBRATED:
        small = sum(tensor.numel() for tensor in built.params.values()) <= MOST_CALIBRATED
        rows = [calibrated(system, built, burn_in)] if built.exact and small else []
        return [row for row in rows if row["verdict"] == "error" or np.isfinite(row["truth"])]
    kind = getattr(devdash.sampling, sampler)
    chosen = [s for s in settings(system, built.landscape) if not only or s.name.split(",")[0] in only]
    return [trial(system, built, setting, kind) for setting in chosen]


def trial(system: System, built: Built, setting: Setting, kind) -> dict:
    """One estimate with the system's nβ and γ."""
    n = None if built.data is None else len(built.data[0])
    batch = n if built.data is not None and setting.batch_size is None else setting.batch_size
    sampler = kind(epsilon=setting.epsilon, nbeta=system.nbeta, gamma=system.gamma)
    chain = {name: getattr(setting, name) for name in ("chains", "draws", "burn_in", "steps_per_draw")}
    why = faults(setting, system, built.landscape, plain=sampler.__class__.__name__ == "SGLD")
    value, error = truth.of(system, built)
    return _row(system, built, setting.name, value, error, sampler=sampler, batch_size=batch, **chain) | {
        "good": not why,
        "faults": ", ".join(why),
    }


def calibrated(system: System, built: Built, burn_in: int | None = None) -> dict:
    """One estimate with nothing but defaults, against the truth at the nβ and γ that were chosen."""
    plan = {"chains": CHAINS, "draws": USUAL_DRAWS, "burn_in": burn_in}
    row = _row(system, built, CALIBRATED, np.nan, np.nan, **plan)
    if row["verdict"] != "error":
        row["truth"], row["truth_error"] = built.exact(row["nbeta"], row["gamma"])
    return row | {"good": built.landscape.sound, "faults": "" if built.landscape.sound else "unsound"}


def error_of(estimate) -> float:
    """What an estimate reports as its error at its own nβ and γ: all parts but what γ takes off λ."""
    return replace(estimate.budget, gamma=0.0).total


def _row(system: System, built: Built, setting: str, value: float, error: float, **plan) -> dict:
    row = {
        "family": system.family,
        "system": system.name,
        "part": system.part,
        "setting": setting,
        "theory": system.theory,
        "truth": value,
        "truth_error": error,
    }
    began = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimate = estimate_llc(
                built.loss,
                built.params,
                built.data,
                component=built.component,
                seed=zlib.crc32(f"{system.family}: {system.name}: {setting}".encode()) % 10_000,
                **plan,
            )
    except ValueError as refused:  # a refusal is an answer, and not a wrong one
        nothing = {"llc": np.nan, "std_err": np.nan, "verdict": "error", "message": str(refused)}
        return row | nothing | {"nbeta": np.nan, "gamma": np.nan, "wall_s": time.perf_counter() - began}
    return row | {
        "llc": estimate.llc,
        "std_err": error_of(estimate),
        "verdict": estimate.verdict,
        "message": estimate.message,
        "nbeta": estimate.sampler.nbeta,
        "gamma": estimate.sampler.gamma,
        "wall_s": time.perf_counter() - began,
    }
