"""2-simplicial attention: three forms, known values, masks, permutations, gradients."""

import pytest
import torch

from devdash.measures.logic import simplicial_checks as checks
from devdash.models import simplicial
from devdash.models.simplicial import PAPER_RELATIONAL, PAPER_SIMPLICIAL, SimplicialShape, transform

SMALL = SimplicialShape(
    width=12, heads=2, head_width=5, pair_heads=1, pair_width=4, hidden=7, blocks=2, shared=False
)
VIRTUAL = SimplicialShape(width=12, heads=2, head_width=5, pair_heads=2, pair_width=4, virtual=3, hidden=7)


def entities(shape: SimplicialShape, count=6, batch=3, seed=1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, count, shape.width, generator=generator, dtype=torch.float64)


def params(shape: SimplicialShape) -> dict[str, torch.Tensor]:
    return {name: tensor.double() for name, tensor in simplicial.initial(shape, 0).items()}


@pytest.mark.parametrize("dimension", checks.DIMENSIONS)
def test_three_forms_agree(dimension):
    assert checks.forms(dimension, seed=3) < 1e-9


def test_known_values_of_the_form():
    one, two, three = torch.eye(3, dtype=torch.float64)
    assert simplicial.triple_by_vector(one, two, three) == 0
    assert simplicial.triple_by_vector(one, one, one) == 1  # (1)a − (1)a + (1)a
    assert simplicial.triple_by_vector(2 * one, one, three) == 4
    products = simplicial.triple_by_products(*(torch.stack([one, two])[None] for _ in range(3)))[0]
    assert products.tolist() == [[[1, 1], [1, 1]], [[1, 1], [1, 1]]]  # no three of two axes are orthogonal


def test_form_is_symmetric_and_constant_in_the_plane():
    a, b, c = torch.randn(3, 50, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for other in ((b, a, c), (c, b, a), (a, c, b)):
        assert torch.allclose(simplicial.triple_by_vector(*other), simplicial.triple_by_vector(a, b, c))
    flat = [torch.nn.functional.normalize(part[:, :2], dim=1) for part in (a, b, c)]
    assert torch.allclose(simplicial.triple_by_vector(*flat), torch.ones(50, dtype=torch.float64))


def test_all_forms_stay_positive_in_single_precision():
    generator = torch.Generator().manual_seed(0)
    a, b, c = torch.randn(3, 10, 50, 3, generator=generator) * 10.0 ** torch.arange(-5, 5)[:, None, None]
    assert (simplicial.triple_by_products(a, b, c) >= 0).all()


def test_attention_is_the_definition_entity_by_entity():
    """One block without virtual entities, written out with loops."""
    shape = SimplicialShape(width=12, heads=1, head_width=5, pair_heads=1, pair_width=4, hidden=7, blocks=1)
    weights, e = params(shape), entities(shape, count=4, batch=1)
    _, (attention,), (pairs,) = transform(shape, weights, e)
    p, l1, l2 = (e[0] @ weights[f"blocks.0.{part}"][0] for part in ("p", "l1", "l2"))
    for i in range(4):
        logits = torch.stack(
            [
                (simplicial.triple_by_vector(p[i], l1[j], l2[k]) + simplicial.ROOT).sqrt()
                for j in range(4)
                for k in range(4)
            ]
        )
        assert torch.allclose(pairs[0, 0, i].flatten(), logits.softmax(0))
    q, k = (e[0] @ weights[f"blocks.0.W_{part}"][0] for part in "QK")
    assert torch.allclose(attention[0, 0], (q @ k.T / 5**0.5).softmax(-1))


def test_value_is_what_B_makes_of_the_products():
    """With uniform weights: B applied to (mean u) ⊗ (mean u), the same for every entity."""
    shape = SimplicialShape(width=12, heads=1, head_width=5, pair_heads=1, pair_width=4, hidden=7, blocks=1)
    weights, e = params(shape), entities(shape, batch=1)
    present = torch.ones(1, 6, dtype=torch.bool)
    joint, outputs = simplicial.attend_pairs(shape, weights, "blocks.0", e, present, True)
    assert torch.allclose(joint, torch.full_like(joint, 1 / 36))
    mean = (e[0] @ weights["blocks.0.u"][0]).mean(0)
    wanted = torch.einsum("d,e,def->f", mean, mean, weights["blocks.0.B"][0])
    assert torch.allclose(outputs[0], wanted.expand(6, -1))


@pytest.mark.parametrize("shape", [SMALL, VIRTUAL, PAPER_RELATIONAL])
def test_permuted_entities_have_permuted_outputs(shape):
    weights, e = params(shape), entities(shape)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    one, other = (transform(shape, weights, vectors)[0] for vectors in (e, e[:, order]))
    assert torch.allclose(one[:, order], other)


@pytest.mark.parametrize("shape", [SMALL, VIRTUAL, PAPER_RELATIONAL])
def test_absent_entities_change_nothing(shape):
    weights, e = params(shape), entities(shape)
    present = torch.tensor([[1, 1, 1, 0, 1, 0]] * 3, dtype=torch.bool)
    other = torch.where(present[..., None], e, 1e3 * e.flip(1))
    alone = transform(shape, weights, e[:, present[0]])[0]
    for vectors in (e, other):
        assert torch.allclose(transform(shape, weights, vectors, present)[0][:, present[0]], alone)


def test_virtual_entities_are_masked_and_pairs_sum_to_one():
    _, attention, pairs = transform(VIRTUAL, params(VIRTUAL), entities(VIRTUAL))
    for weights in attention:
        assert (weights[..., :6, 6:] == 0).all() and (weights[..., 6:, :] > 0).all()
        assert torch.allclose(weights.sum(-1), torch.ones((), dtype=torch.float64))
    for joint in pairs:
        assert joint.shape == (3, 2, 6, 3, 3)
        assert torch.allclose(joint.sum((-2, -1)), torch.ones((), dtype=torch.float64))
    masked = checks.masks(seed=5)
    assert masked[checks.HIDDEN] == 0 and masked[checks.SEEN] > 0 and masked[checks.SUM] < 1e-6


def test_virtual_entities_matter_from_the_first_block_on():
    weights, e = params(VIRTUAL), entities(VIRTUAL)
    other = weights | {"virtual": weights["virtual"].flip(0) + 1}
    assert not torch.allclose(transform(VIRTUAL, weights, e)[0], transform(VIRTUAL, other, e)[0])


@pytest.mark.parametrize("shape", [SMALL, PAPER_SIMPLICIAL])
def test_gradients_are_finite_at_zero_and_with_nobody_present(shape):
    assert checks.gradients(shape, seed=0) == 0
    weights = {name: tensor.requires_grad_() for name, tensor in params(shape).items()}
    nobody = torch.zeros(3, 6, dtype=torch.bool)
    out = transform(shape, weights, entities(shape), nobody)[0]
    gradients = torch.autograd.grad(out.square().sum(), list(weights.values()), allow_unused=True)
    assert all(part.isfinite().all() for part in gradients if part is not None)


def test_shared_blocks_are_the_same_block_again():
    assert simplicial.size(SimplicialShape(blocks=3)) == simplicial.size(SimplicialShape(blocks=1)) == 20_736
    weights, e = params(PAPER_SIMPLICIAL), entities(PAPER_SIMPLICIAL)
    assert len(transform(PAPER_SIMPLICIAL, weights, e)[1]) == 2


def test_impossible_shapes_are_refused():
    with pytest.raises(ValueError, match="pair_width 2 given, expected 3 or more"):
        SimplicialShape(pair_heads=1, pair_width=2)
    with pytest.raises(ValueError, match="2 virtual entities without"):
        SimplicialShape(virtual=2)
