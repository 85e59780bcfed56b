"""Whether 2-simplicial attention is what its definition says, on random vectors and random weights.

Source: Clift et al. 2019 (arXiv 1909.00668), section 2: three forms of ⟨a, b, c⟩², masks of virtual entities.
"""

import pandas as pd
import torch
from torch import Tensor

from devdash.measures.metric_rows import metric
from devdash.models import simplicial
from devdash.models.simplicial import PAPER_SIMPLICIAL, SimplicialShape

DIMENSIONS = (3, 4, 16, 48)
TRIPLES = 1000
SETS, ENTITIES = 16, 9
FORMS = "largest difference between forms"
HIDDEN, SEEN = "largest weight on what is masked", "smallest weight of a virtual entity"
SUM = "largest distance of ΣA from 1"
GRADIENTS = "gradients that are not finite at zero"


def table(seed: int) -> pd.DataFrame:
    """Rows of metric, without model and step.

    >>> checks = table(seed=0)
    >>> checks["name"].value_counts().head(2)
    name
    largest difference between forms         4
    gradients that are not finite at zero    2
    Name: count, dtype: int64
    """
    rows = [metric(FORMS, forms(size, seed), component=f"dimension {size}") for size in DIMENSIONS]
    rows += [metric(name, value) for name, value in masks(seed).items()]
    all_pairs = SimplicialShape(width=32, pair_heads=1, pair_width=16, blocks=1)
    for name, shape in (("virtual entities", PAPER_SIMPLICIAL), ("all pairs", all_pairs)):
        rows.append(metric(GRADIENTS, gradients(shape, seed), component=name))
    return pd.DataFrame(rows)


def forms(size: int, seed: int) -> float:
    """Largest difference between any two of the three forms over random triples, relative to their value.

    >>> forms(size=4, seed=0) < 1e-9
    True
    """
    generator = torch.Generator().manual_seed(seed + size)
    a, b, c = torch.randn(3, TRIPLES, size, generator=generator, dtype=torch.float64)
    # a triple for each place: the form over all triples of one a, one b and one c
    products = simplicial.triple_by_products(a[:, None], b[:, None], c[:, None]).flatten()
    forms = torch.stack(
        [products, simplicial.triple_by_vector(a, b, c), simplicial.triple_by_volume(a, b, c)]
    )
    return float(((forms.max(0).values - forms.min(0).values) / forms[1]).max())


def masks(seed: int) -> dict[str, float]:
    """Of the paper's agent with random weights and empty places: what is masked, what is not, and ΣA.

    >>> sizes = masks(seed=0)
    >>> sizes[HIDDEN], sizes[SEEN] > 0, sizes[SUM] < 1e-6
    (0.0, True, True)
    """
    shape, generator = PAPER_SIMPLICIAL, torch.Generator().manual_seed(seed)
    entities = torch.randn(SETS, ENTITIES, shape.width, generator=generator)
    present = torch.rand(SETS, ENTITIES, generator=generator) < 0.7
    with torch.no_grad():
        outputs = simplicial.transform(shape, simplicial.initial(shape, seed), entities, present)
    attention, pairs = (torch.stack(part, 1) for part in outputs[1:])
    to_virtual, ordinary = attention[..., :ENTITIES, ENTITIES:], attention[..., :ENTITIES, :ENTITIES]
    absent = ~present[:, None, None, None] & ~torch.eye(ENTITIES, dtype=torch.bool)
    hidden = max(float(to_virtual.max()), float(ordinary[absent.expand_as(ordinary)].max()))
    virtual = attention[..., ENTITIES:, :]
    keys = torch.cat([present, present.new_ones(SETS, shape.virtual)], 1)[:, None, None, None]
    return {
        HIDDEN: hidden,
        SEEN: float(virtual[keys.expand_as(virtual)].min()),
        SUM: float((pairs.sum((-2, -1)) - 1).abs().max()),
    }


def gradients(shape: SimplicialShape, seed: int) -> float:
    """Share of the weights whose gradient is not finite where all entities and all queries are zero.

    >>> shape = SimplicialShape(width=8, heads=2, head_width=4, pair_heads=1, pair_width=4, blocks=1)
    >>> gradients(shape, seed=0)
    0.0
    """
    params = simplicial.initial(shape, seed)
    for name in params:
        if name.endswith((".p", ".l1", ".l2", "virtual")):
            params[name].zero_()
    params = {name: tensor.requires_grad_() for name, tensor in params.items()}
    entities = torch.zeros(1, ENTITIES, shape.width, requires_grad=True)
    out: Tensor = simplicial.transform(shape, params, entities)[0]
    gradients = torch.autograd.grad(out.square().sum(), [entities, *params.values()])
    return float(torch.cat([part.flatten() for part in gradients]).isfinite().logical_not().double().mean())
