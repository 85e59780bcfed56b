"""Critical points of the toy model: the closed form, k-gons, and λ̂ around them."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from devdash.distributions import one_feature
from devdash.measures.estimates import llc_tables, timed
from devdash.measures.superposition import tables as kgon_tables
from devdash.measures.superposition.critical_points import describe
from devdash.models.kgons import kgon, levels
from devdash.models.superposition import Sample, population_loss
from devdash.pipeline.experiment import Workspace
from devdash.sampling import Estimate, estimate_llcs
from devdash.sampling.plan import Plan, usual_nbeta


def check_closed_form(seed: int) -> dict[str, pd.DataFrame]:
    """Closed form against quadrature and Monte Carlo at random weights (claim C-1)."""
    return {"metric": kgon_tables.closed_form_checks(seed)}


def measure_kgons(config, features: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The critical-point table of one c: theory, gradient, Hessian, λ̂ on population and samples."""
    names = levels(features, phi=features == 6)
    points = [dict(zip(("W", "b"), kgon(k, features, s, p), strict=True)) for k, s, p in names.values()]
    seed = workspace.seed_of("k-gons", features)

    def exact(params, _):
        return population_loss(params["W"], params["b"])

    population, wall_s = timed(estimate_llcs, exact, points, None, plan=config.population_chains, seed=seed)
    samples = []
    for number in range(config.sample_sets):
        sample = draw_sample(config.sample_examples, features, workspace.seed_of("sample", features, number))
        samples.append(
            on_sample(sample, points, config.sample_chains, config.sample_examples, seed + number)[0]
        )
    facts = [describe(k, features, s, p) for k, s, p in names.values()]
    tables = kgon_tables.point_tables(features, list(names), points, facts, population, samples)
    place = {"step": 0, "distribution": f"population c={features}"}
    return tables | llc_tables(population, [place | {"component": name} for name in names], wall_s)


def draw_sample(n: int, features: int, seed: int) -> Sample:
    """n examples of one live feature each."""
    return Sample.of(*one_feature.draw(n, features, seed), features)


def on_sample(
    sample: Sample, points: Sequence[dict], plan: Plan, n: int, seed: int
) -> tuple[list[Estimate], float]:
    """λ̂ at several points on all n examples of a sample, and the seconds that all took.

    nβ is n / log n where the plan has none.
    """

    def loss(params, _):
        return sample.loss(params["W"], params["b"])

    sampler = replace(plan.sampler, nbeta=plan.sampler.nbeta or usual_nbeta(n))
    return timed(estimate_llcs, loss, points, None, plan=replace(plan, sampler=sampler), seed=seed)
