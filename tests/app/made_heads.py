"""Heads whose kinds and curves are known: λ̂, scores, tokens, ablations, attention (made_heads_run.py)."""

from itertools import product

import numpy as np
import pandas as pd

from devdash.measures.heads.profiles import CLASSES
from tests.app.made import frame, llc_rows, metric_rows, rise, schedule, stage_rows
from tests.app.made_language import KINDS, LABELS, MAIN, TOKENS

RUN = "heads-made-s0"
NBETA = 30.0
LAST = 8000
STEPS = schedule(LAST)  # of the checkpoints
REFINED = [step for step in STEPS if step >= 20]  # λ̂ of heads on all data
COARSE = REFINED[::2]  # on each kind of data, and for the one-layer target
ABLATED = REFINED[-1::-4][::-1]
DRAWN = REFINED[-1::-6][::-1]  # susceptibilities
NOISY = 60  # step by which half of the replicates' agreement is there
ENDS = [90, 900, 2100]
BIGRAMS = next(step for step in ABLATED if step >= ENDS[1])  # minimum of the bigram score
HEADS = [f"head {layer}.{head}" for layer in range(2) for head in range(8)]
KIND = dict.fromkeys(HEADS, "multigram") | {
    "head 0.1": "previous-token",
    "head 0.4": "previous-token",
    "head 0.2": "current-token",
    "head 1.3": "induction",
    "head 1.6": "induction",
}
TEXTS, CONTEXT, READ = 8, 24, 4  # texts of the evaluation set, tokens of each, how many are read
PATTERNS = ("word start", "word part", "word end", "spacing", "delimiter", "formatting", "numeric", "other")
MULTIGRAMS = [
    ("n-gram", " def visible", 3, 0),
    ("n-gram", "<script>alert(1)</script>", 3, 0),
    ("n-gram", " return x", 4, 0),
    ("skip n-gram", "(… )", 2, 1),
    ("skip n-gram", "if … :", 2, 3),
    ("n-gram", "⏎␣␣␣␣", 3, 0),
]
TAGS = ("all", "induction", "bracket", "nested bracket", "bigram", "n-gram", "skip n-gram", "other")


def number(head: str) -> int:
    """Place among the 16 heads."""
    return HEADS.index(head)


def curve(head: str, steps, kind: str = "all", target: str = "data") -> np.ndarray:
    """λ̂ (step,): alike at first, then multigram heads above those with a simple algorithm."""
    height = 3.5 + 0.12 * number(head) if KIND[head] == "multigram" else 1.4 + 0.1 * number(head)
    value = 1.5 + 2.5 * rise(steps, 60) + height * rise(steps, 900, 0.3)
    if kind == "code" and KIND[head] == "induction":
        value = value + 2.0 * rise(steps, 3000)
    if target == "one-layer":
        value = value + (-2.2 if head < "head 1" else 1.5) * rise(steps, 1500)
    return value + 0.15 * (KINDS.index(kind) if kind in KINDS else 0)


def estimates() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    series = [(REFINED, "all", "data"), (COARSE, "all", "one-layer")]
    series += [(COARSE, kind, "data") for kind in KINDS]
    rows = []
    for head, (steps, kind, target) in product(HEADS, series):
        llc = curve(head, steps, kind, target) + 0.06 * generator.standard_normal(len(steps))
        bad = (np.arange(len(steps)) + number(head)) % 13 == 5
        place = {"component": head, "distribution": kind, "target": target}
        rows.append(llc_rows(MAIN, steps, llc, 0.06, bad, **place))
    return pd.concat(rows)


def stages() -> pd.DataFrame:
    loss = {"loss_start": [6.0, 5.0, 4.0, 3.5], "loss_end": [5.0, 4.0, 3.5, 3.0]}
    llc = {"llc_start": [10.0, 20, 30, 40], "llc_end": [20.0, 30, 40, 50]}
    setting = {"model": MAIN, "method": "GP", "nbeta": NBETA, "length_scale": 0.3}
    return stage_rows(ENDS, LAST, LABELS, **setting, **loss, **llc)


def metrics() -> pd.DataFrame:
    curves = {
        ("chance of prefix matching", "", ""): (STEPS, np.full(len(STEPS), 0.011)),
        ("test loss", "", "all"): (STEPS, 6.9 - 3.5 * rise(STEPS, 200) - 0.5 * rise(STEPS, 4000)),
    }
    curves["bigram score", "", ""] = STEPS, 5 + np.abs(np.log10((np.array(STEPS) + 1) / (BIGRAMS + 1)))
    for head in HEADS:
        kind = KIND[head]
        previous, induction, current, multigram = (
            kind == name for name in ("previous-token", "induction", "current-token", "multigram")
        )
        memorised = np.floor((8 + number(head)) * multigram * rise(ABLATED, 700)) + 1
        curves["previous-token score", head, ""] = STEPS, 0.02 + 0.3 * previous * rise(STEPS, 1000)
        curves["prefix-matching score", head, ""] = STEPS, 0.01 + 0.2 * induction * rise(STEPS, 4000)
        curves["current-token score", head, ""] = STEPS, 0.05 + 0.4 * current * rise(STEPS, 600)
        curves["memorised multigrams", head, ""] = ABLATED, memorised
        for place, name in enumerate(("Hessian trace", "empirical Fisher trace", "Gauss–Newton trace")):
            curves[name, head, ""] = REFINED, (1 + place) * curve(head, REFINED)
        curves["weight norm", head, ""] = REFINED, 3 + number(head) / 10 + rise(REFINED, 500)
    for source, reader in product(HEADS[:8], HEADS[8:]):
        circuit = KIND[source] == "previous-token" and KIND[reader] == "induction"
        for place, kind in enumerate("KQV"):
            value = 0.06 + 0.01 * place + (0.09 if circuit and kind == "K" else 0.005) * rise(STEPS, 3000)
            curves[f"{kind}-composition", f"{source} → {reader}", ""] = STEPS, value
    name, both = f"nβ = {NBETA:g}", "agreement of susceptibilities"
    curves[both, name, ""] = DRAWN, 0.5 + 0.4 * rise(DRAWN, 100)
    curves[f"{both}, common mode removed", name, ""] = DRAWN, 0.3 + 0.55 * rise(DRAWN, NOISY)
    curves["kinds told by neighbours", name, ""] = DRAWN, 0.3 + 0.4 * rise(DRAWN, 400)
    curves["kinds told by neighbours, majority", name, ""] = DRAWN, np.full(len(DRAWN), 0.3)
    curves["agreement of influences", "", ""] = DRAWN, np.full(len(DRAWN), 0.9)
    for way, count in (("layer 0 → layer 1", 1), ("layer 1 → layer 0", 0)):
        curves["migrating multigrams", way, ""] = DRAWN[-1:], np.array([float(count)])
    return pd.concat(metric_rows(MAIN, name, steps, values) for name, (steps, values) in curves.items())


def token_ids(text: int) -> np.ndarray:
    """(position,): the tokens in turn, so that each bigram comes twice."""
    return 1 + (np.arange(CONTEXT) + 3 * text) % (CONTEXT // 2 + 1)


def tokens() -> dict[str, pd.DataFrame]:
    place = np.arange(CONTEXT)
    rows = []
    for text in range(TEXTS):
        ngram, skip = np.where(place % 5 == 2, 3, 0), np.where(place % 7 == 4, 2, 0)
        multigram = pd.array(np.where(ngram > 0, place % 3, 3 + place % 3), dtype="Int64")
        multigram[(ngram == 0) & (skip == 0)] = pd.NA
        shapes = {"ngram": ngram, "skip": skip, "multigram": multigram}
        tags = {"induction": place > CONTEXT // 2, "bracket": np.where(place % 11 == 6, 1 + text % 2, 0)}
        pattern = [PATTERNS[(i + text) % 8] for i in place]
        ids = {"text": text, "position": place, "token_id": token_ids(text)}
        kind = KINDS[text % len(KINDS)]
        rows.append(frame("eval_token", **ids, distribution=kind, pattern=pattern, **tags, **shapes))
    kinds, texts, lengths, gaps = zip(*MULTIGRAMS, strict=True)
    gram = {"multigram": range(len(MULTIGRAMS)), "kind": kinds, "text": texts, "length": lengths, "gap": gaps}
    counts = {"count": [900 - 100 * i for i in range(6)], "occurrences": 12}
    return {
        "token": frame("token", token_id=range(len(TOKENS)), text=TOKENS),
        "eval_token": pd.concat(rows),
        "multigram": frame("multigram", **gram, **counts, probability=np.linspace(0.95, 0.5, 6)),
    }


def effect(head: str, tag: str, steps) -> np.ndarray:
    """Rise in loss (step,) of tokens with a tag when a head is ablated, in nats."""
    kind = KIND[head]
    if tag == "induction":
        return 0.01 + 0.8 * (kind == "induction") * rise(steps, 4000)
    if "bracket" in tag:
        return 0.01 + 0.5 * (head == "head 1.7") * rise(steps, 3000)
    return 0.01 + (0.5 if "n-gram" in tag else 0.1) * (kind == "multigram") * rise(steps, 800)


def ablations() -> dict[str, pd.DataFrame]:
    cells = [(tag, "all") for tag in TAGS] + [("all", kind) for kind in KINDS]
    ablation = []
    for head, (tag, kind) in product(HEADS, cells):
        place = {"step": ABLATED, "component": head, "distribution": kind, "tag": tag}
        for method, factor in (("zero", 1.2), ("mean", 1.0), ("resample", 1.4)):
            nats = {"effect_nats": factor * effect(head, tag, ABLATED), "std_err": 0.01}
            ablation.append(frame("ablation", **place, method=method, **nats, tokens=40))
    paths = []
    for source, reader, tag in product(HEADS[:8], HEADS[8:], TAGS):
        strong = (KIND[source] == "previous-token" and reader == "head 1.3" and tag == "induction") or (
            source == "head 0.5" and reader == "head 1.7" and tag == "nested bracket"
        )
        value = 0.004 * (number(source) % 3) + 0.4 * strong * rise(ABLATED, 3000)
        path = {"source": source, "reader": reader, "tag": tag}
        paths.append(frame("path_effect", step=ABLATED, **path, effect_nats=value, std_err=0.01))
    effects = {"ablation": pd.concat(ablation), "path_effect": pd.concat(paths)}
    return {**effects, **profiles(), **multigram_effects(), **token_effects()}


def profiles() -> dict[str, pd.DataFrame]:
    """Shares that suit the kinds; a head has its kind from step 100 on, before it is mixed."""
    main = {"induction": "induction", "previous-token": "induction", "multigram": "n-gram"}
    rows, kinds = [], []
    for head in HEADS:
        large = main.get(KIND[head], "other")
        for tokens in ("all", *CLASSES):
            share = 1.0 if tokens == "all" else 0.65 if tokens == large else 0.05
            place = {"step": ABLATED, "component": head, "method": "mean", "tokens": tokens}
            ends = {"low": share - 0.02, "high": share + 0.02}
            nats = {"effect_nats": 0.01 + share * 0.1 * rise(ABLATED, 700), "std_err": 0.003}
            rows.append(frame("head_profile", **place, share=share, **ends, **nats, count=24))
        kind = [KIND[head] if step >= 100 else "mixed" for step in ABLATED]
        kinds.append(frame("head_kind", step=ABLATED, head=head, kind=kind, sure=0.95))
    return {"head_profile": pd.concat(rows), "head_kind": pd.concat(kinds)}


def sweep() -> pd.DataFrame:
    """λ̂ of heads at the last step at other nβ: larger ones turn the order round."""
    rows = []
    for head, nbeta in product(HEADS, (3.0, 10.0, 100.0)):
        llc = curve(head, [LAST])[0] * (1 if nbeta < 30 else -0.1) + 5
        place = {"model": MAIN, "component": head, "step": [LAST], "distribution": "all", "nbeta": nbeta}
        regime = {"regime": 0.9 if nbeta < 30 else 0.3, "regime_err": 0.05}
        rows.append(
            frame("llc_sweep", **place, epsilon=1e-3, gamma=300.0, llc=llc, std_err=0.1, **regime).assign(
                verdict="reliable"
            )
        )
    return pd.concat(rows)


def multigram_effects() -> dict[str, pd.DataFrame]:
    """Multigram 0 migrates from head 0.0 to head 1.0; the others stay with one head each."""
    rows = []
    for head, multigram in product(HEADS, range(len(MULTIGRAMS))):
        value = 0.02 * np.ones(len(ABLATED))
        if (head, multigram) == ("head 0.0", 0):
            value += 1.2 * rise(ABLATED, 300) * (1 - 0.8 * rise(ABLATED, 2500))
        elif (head, multigram) == ("head 1.0", 0):
            value += 1.0 * rise(ABLATED, 2500)
        elif multigram and number(head) % len(MULTIGRAMS) == multigram:
            value += 0.7 * rise(ABLATED, 500)
        place = {"step": ABLATED, "component": head, "multigram": multigram}
        rows.append(frame("multigram_effect", **place, effect_nats=value, std_err=0.05))
    path = {"multigram": [0], "source": "head 0.0", "reader": "head 1.0"}
    nats = {"peak_nats": 1.1, "end_nats": 0.3, "gain_nats": 0.9, "std_err": 0.07}
    moved = frame("migration", **path, peak_step=636, **nats)
    return {"multigram_effect": pd.concat(rows), "migration": moved}


def token_effects() -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(1)
    position = np.arange(CONTEXT)
    effects, top = [], []
    for head, step in product(HEADS, ABLATED):
        level = float(rise([step], 800)[0])
        values = generator.standard_normal((READ, CONTEXT)) * 0.1 + level * (position % 5 == 2)
        for text in range(READ):
            place = {"step": step, "component": head, "text": text, "position": position}
            effects.append(frame("text_effect", **place, effect_nats=values[text]))
        order = np.argsort(-values.ravel())[:10]
        place = {"rank": np.arange(1, 11), "text": order // CONTEXT, "position": order % CONTEXT}
        nats = values.ravel()[order]
        top.append(frame("top_token", step=step, component=head, **place, effect_nats=nats))
    return {"text_effect": pd.concat(effects), "top_token": pd.concat(top)}


def pattern(head: str, step: int, ids: np.ndarray) -> np.ndarray:
    """Attention (query, 1 + key); a third of it goes to [BOS], the first column."""
    ago = np.arange(CONTEXT)[:, None] - np.arange(CONTEXT)
    spread = np.where(ago >= 0, 0.8 ** np.maximum(ago, 0), 0.0)
    before = np.r_[-1, ids[:-1]]
    wanted = {
        "previous-token": ago == 1,
        "current-token": ago == 0,
        "multigram": (ago > 0) & (ago < 4),
        "induction": (before[None] == ids[:, None]) & (ago > 0),
    }[KIND[head]]
    weights = spread + 8 * float(rise([step], 1500)[0]) * wanted
    return np.c_[np.full(CONTEXT, 0.33), 0.67 * weights / weights.sum(1, keepdims=True)]


def attention() -> pd.DataFrame:
    """Weights of at least 0.02; key −1 is [BOS]."""
    rows = []
    for head, step, text in product(HEADS, ABLATED, range(READ)):
        weights = pattern(head, step, token_ids(text))
        query, key = (weights >= 0.02).nonzero()
        place = {"step": step, "component": head, "text": text}
        rows.append(frame("attention", **place, query=query, key=key - 1, weight=weights[query, key]))
    return pd.concat(rows)
