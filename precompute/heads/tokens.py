"""What the losses of tokens along the chains tell: the map of tokens, its reliability, and influence."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from devdash.measures.heads import embryology, influence, map_checks, susceptibility
from devdash.measures.metric_rows import metric
from devdash.pipeline.experiment import Workspace
from devdash.stored_names import INFLUENCES
from precompute.heads.source import source
from precompute.heads.susceptibility import REPLICATES, draws, kept_steps, observed_tokens, tables


@dataclass(frozen=True)
class Influences:
    """Of the first `reach` tokens of a text of each kind: the `partners` tokens that push each one's loss
    most, at least `apart` tokens away."""

    reach: int = 64
    partners: int = 12
    apart: int = 4


def token_map(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of embryo, susceptibility_axis, metric, influence and loss_kernel."""
    tokens, steps = observed_tokens(config, workspace), kept_steps(config, workspace)
    by_step = {step: tables(config, workspace, step) for step in steps}
    standard = {step: susceptibility.standardise(parts[-1]) for step, parts in by_step.items()}
    pairs = [influences(config, workspace, step, tokens) for step in steps]
    rows = [checked(config, workspace, step, by_step[step], tokens) for step in steps]
    nbeta = config.observed.plan.sampler.nbeta
    axes = [
        susceptibility.axis_rows(parts[-1]).assign(step=step, nbeta=nbeta) for step, parts in by_step.items()
    ]
    agreement = [
        metric(INFLUENCES, value) | {"step": step} for step, (value, *_) in zip(steps, pairs, strict=True)
    ]
    measured = pd.concat([*rows, pd.DataFrame(agreement)], ignore_index=True)
    return {
        "embryo": placed(config, workspace, standard, tokens),
        "susceptibility_axis": pd.concat(axes, ignore_index=True),
        "metric": measured.assign(model=source(config, workspace).main, distribution=""),
        "influence": pd.concat([strongest for _, strongest, _ in pairs], ignore_index=True),
        "loss_kernel": pd.concat([kernel for *_, kernel in pairs], ignore_index=True),
    }


def placed(config, workspace: Workspace, standard: dict[int, pd.DataFrame], tokens) -> pd.DataFrame:
    """Rows of embryo: where each observed token stands at each observed step."""
    places, rows = embryology.aligned(standard, workspace.seed_of("map"), neighbours=config.neighbours), []
    for step, place in places.items():
        scores = susceptibility.principal(standard[step], 2).scores
        x, y, first, second = np.round(np.column_stack([place, scores]), 2).T
        columns = {"step": step, "x": x, "y": y, "pc_1": first, "pc_2": second}
        rows.append(tokens[["text", "position"]].assign(**columns))
    return pd.concat(rows, ignore_index=True)


def checked(config, workspace: Workspace, step: int, parts, tokens) -> pd.DataFrame:
    """Rows of metric at a step: how well the replicates agree, and whether kinds are told by neighbours."""
    *replicates, whole = parts
    rows = map_checks.rows(replicates, whole, tokens["pattern"], tokens["text"], config.neighbours)
    name = f"nβ = {config.observed.plan.sampler.nbeta:g}"
    return pd.DataFrame(rows).assign(step=step, component=name)


def influences(config, workspace: Workspace, step: int, tokens: pd.DataFrame):
    """(agreement of the replicates, rows of influence, rows of loss_kernel) at a step."""
    one, other = (influence.kernel(draws(workspace, step, number)) for number in REPLICATES)
    settings, texts = config.influence, tokens["text"].to_numpy()
    readable = (
        tokens["distribution"].drop_duplicates().index
    )  # the first token of the first text of each kind
    chosen = np.flatnonzero(np.isin(texts, texts[readable]) & (tokens["position"] < settings.reach))
    rows = influence.strongest(one, other, chosen, settings.apart, settings.partners)
    place = tokens[["text", "position"]].reset_index(drop=True)
    pulled = place.loc[rows["token"]].reset_index(drop=True)
    partner = place.loc[rows["partner"]].add_prefix("other_").reset_index(drop=True)
    strongest = pd.concat([pulled, partner, rows[["rank", "influence", "low", "high"]].round(3)], axis=1)
    kernels = [
        kernel_rows((one + other) / 2, chosen[texts[chosen] == text], place) for text in texts[readable]
    ]
    return (
        influence.reliability(one, other),
        strongest.assign(step=step),
        pd.concat(kernels, ignore_index=True).assign(step=step),
    )


def kernel_rows(kernel: np.ndarray, chosen: np.ndarray, place: pd.DataFrame) -> pd.DataFrame:
    """Rows of loss_kernel without step: the pairs of a text's tokens, each once."""
    rows, columns = np.triu_indices(len(chosen), 1)
    positions = place["position"].to_numpy()[chosen]
    return pd.DataFrame(
        {
            "text": place["text"].to_numpy()[chosen[0]],
            "position": positions[rows],
            "other_position": positions[columns],
            "correlation": kernel[np.ix_(chosen, chosen)][rows, columns].round(2),
        }
    )
