"""Tables of the attention heads of a small language model in which claims A-1 … A-7 hold."""

from itertools import product

import numpy as np
import pandas as pd

from devdash.measures.example_tables import estimates, metrics

STEPS = np.unique(np.r_[0, np.geomspace(10, 10_000, 24).round()]).astype(int)
MAIN = "two-layer"
HEADS = [f"head {layer}.{number}" for layer in range(2) for number in range(6)]
KIND = dict.fromkeys(HEADS, "multigram") | {
    "head 0.1": "previous-token",
    "head 0.2": "current-token",
    "head 1.3": "induction",
}
MINIMUM = STEPS[9]  # of the bigram score


def rise(middle: float) -> np.ndarray:
    """(step,): from 0 at the start to about 1, half at a step."""
    return 1 / (1 + (middle / (STEPS + 1e-9)) ** 4)


def curve(head: str, distribution: str, target: str) -> np.ndarray:
    """λ̂ (step,) in which the claims hold."""
    place = HEADS.index(head)
    simple = KIND[head] != "multigram"
    value = 2 + 3 * rise(50) + (0.3 * place - 4 * simple) * rise(800) + 0.01 * place
    if KIND[head] == "induction" and distribution == "code":
        value = value + 5 * rise(4000) - 2 * (1 - rise(800))
    if target == "one-layer":
        value = value + (-4 if head < "head 1" else 4) * rise(2500)
    return value


def llc_of_heads() -> pd.DataFrame:
    """λ̂ of every head on all data and on code, and with the one-layer target."""
    parts = [
        estimates(
            STEPS,
            {head: curve(head, distribution, target) for head in HEADS},
            std_err=0.05,
            distribution=distribution,
            target=target,
        )
        for distribution, target in (("all", "data"), ("code", "data"), ("all", "one-layer"))
    ]
    return pd.concat(parts, ignore_index=True)


def paths() -> pd.DataFrame:
    pairs = product(HEADS[:6], HEADS[6:], ("nested bracket", "n-gram"))
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "step": STEPS,
                    "source": source,
                    "reader": reader,
                    "tag": tag,
                    "std_err": 0.005,
                    "effect_nats": 0.01 + 0.1 * (tag == "nested bracket") * rise(4000),
                }
            )
            for source, reader, tag in pairs
        ],
        ignore_index=True,
    )


def made() -> dict[str, pd.DataFrame]:
    """The tables."""
    llc = llc_of_heads()
    settings = [(30.0, 300.0), (100.0, 300.0), (30.0, 900.0)]
    ends = llc[(llc["distribution"] == "all") & (llc["target"] == "data") & llc["step"].isin(STEPS[[0, -1]])]
    sweep = pd.concat(
        [ends.assign(nbeta=nbeta, gamma=gamma, llc=nbeta / 30 * ends["llc"]) for nbeta, gamma in settings]
    )
    counts = {head: 20 + HEADS.index(head) if KIND[head] == "multigram" else 2 for head in HEADS}
    counts = {("memorised multigrams", head): count for head, count in counts.items()}
    memorised = metrics(STEPS[-1:], counts, std_err=np.nan)
    score = np.abs(np.log1p(STEPS) - np.log1p(MINIMUM))
    agreement = {"adjusted_rand": [0.8, 0.1], "p_value": [0.001, 0.3]}
    ablation = {"step": STEPS[-1], "tag": "nested bracket", "method": "mean", "distribution": "all"}
    return {
        "metric": pd.concat([memorised, metrics(STEPS, {"bigram score": score})], ignore_index=True),
        "llc": llc,
        "llc_sweep": sweep,
        "head": pd.DataFrame({"model": MAIN, "head": HEADS, "kind": list(KIND.values())}),
        "head_agreement": pd.DataFrame(
            {"method": "k-means", "normalisation": ["standardised", "none"], **agreement}
        ),
        "ablation": pd.DataFrame(
            {**ablation, "component": HEADS, "effect_nats": np.linspace(0, 0.5, 12), "std_err": 0.01}
        ),
        "path_effect": paths(),
    }
