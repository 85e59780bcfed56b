"""The regression transformer and what is measured of it: known values, causality, exact baselines."""

import pytest
import torch

from devdash.distributions.linear_tasks import LinearTasks, discrete, ridge, tokens
from devdash.measures.regression import metrics
from devdash.measures.regression.metrics import Evaluation
from devdash.models import regression_transformer as model

TASKS = LinearTasks()
HEADS = [f"head {layer}.{head}" for layer in range(2) for head in range(4)]


@pytest.fixture(scope="module")
def params() -> dict[str, torch.Tensor]:
    return model.initial(model.RegressionShape(), 0)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return Evaluation.drawn(TASKS, 400, 1, LinearTasks(tasks=4).pool(0))


def values(rows, name: str, place: str = "component") -> dict[str, float]:
    return {row[place]: row["value"] for row in rows if row["name"] == name}


def test_number_of_weights_is_the_published_one(params):
    assert model.RegressionShape().weights == sum(tensor.numel() for tensor in params.values()) == 51_717
    small = model.RegressionShape(layers=3, heads=2, width=6, context=4, token_width=3)
    assert small.weights == sum(tensor.numel() for tensor in model.initial(small, 0).values())


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="expected a multiple of 5 heads"):
        model.RegressionShape(heads=5)


def test_later_tokens_change_nothing_earlier(params):
    inputs = tokens(*TASKS.draw(3, 0))
    other = inputs.clone()
    other[:, 9:] += 1
    first, second = (model.outputs(params, each) for each in (inputs, other))
    assert torch.allclose(first[:, :9], second[:, :9], atol=1e-6)
    assert not torch.allclose(first[:, 9:], second[:, 9:], atol=1e-2)


def test_predictions_do_not_see_their_own_y(params):
    x, y = TASKS.draw(3, 0)
    seen = [model.predictions(params, tokens(x, each)) for each in (y, y + torch.tensor([0.0] * 5 + [9] * 3))]
    assert torch.allclose(seen[0][:, :6], seen[1][:, :6], atol=1e-6)
    assert not torch.allclose(seen[0][:, 6:], seen[1][:, 6:], atol=1e-3)


def test_loss_is_the_mean_square_at_x_tokens_only(params):
    inputs = tokens(*TASKS.draw(5, 0))
    said = model.outputs(params, inputs)
    expected = torch.stack([(said[:, 2 * k, 0] - inputs[:, 2 * k + 1, 0]) ** 2 for k in range(8)], 1).mean(1)
    assert torch.allclose(model.loss(params, (inputs,)), expected)
    asked = said.detach().clone().requires_grad_()
    (asked[:, ::2, 0] - inputs[:, 1::2, 0]).square().mean().backward()
    assert (asked.grad[:, 1::2] == 0).all() and (asked.grad[:, :, 1:] == 0).all()


def test_against_a_plain_forward_pass(params):
    """One sequence, one head at a time."""
    sequence = tokens(*TASKS.draw(1, 4))[0]
    x = sequence @ params["embed"] + params["position"]
    for layer in range(2):
        block = {name.removeprefix(f"blocks.{layer}."): t for name, t in params.items()}
        h, written = _norm(x, block, "ln_1"), 0
        for head in range(4):
            q, k, v = (h @ block[f"attn.W_{part}"][head] for part in "QKV")
            scores = (q @ k.T / 4).masked_fill(torch.ones(16, 16).triu(1).bool(), -torch.inf)
            written = written + scores.softmax(-1) @ v @ block["attn.W_O"][head]
        x = x + written
        h = (_norm(x, block, "ln_2") @ block["mlp.W_in"] + block["mlp.b_in"]).clamp(min=0)
        x = x + h @ block["mlp.W_out"] + block["mlp.b_out"]
    expected = _norm(x, params, "ln_final") @ params["unembed"] + params["unembed_bias"]
    assert torch.allclose(model.outputs(params, sequence[None])[0], expected, atol=1e-5)


def _norm(x, params, name):
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / (centred.square().mean(-1, keepdim=True) + model.EPSILON).sqrt()
    return scaled * params[f"{name}.weight"] + params[f"{name}.bias"]


def test_order_of_examples_matters_to_no_baseline_but_to_the_model(params):
    x, y = TASKS.draw(20, 2)
    order = torch.tensor([2, 0, 1, 3, 6, 5, 4, 7])
    first, other = (ridge(*pair, 0.125)[:, 7] for pair in ((x, y), (x[:, order], y[:, order])))
    assert torch.allclose(first, other)
    said, moved = (model.predictions(params, tokens(*p)) for p in ((x, y), (x[:, order], y[:, order])))
    assert not torch.allclose(said[:, 7], moved[:, 7], atol=1e-4)


@pytest.mark.slow
def test_all_rows_are_there_once(params, evaluation):
    table = metrics.table(params, evaluation)
    assert not table.duplicated(["name", "component", "distribution"]).any()
    assert table["value"].notna().all()
    assert table.groupby("name").size().to_dict() == {
        "MSE": 1,
        "MSE by example": 8,
        "ICL score": 1,
        "distance to zero": 1,
        "distance to ridge": 1,
        "MSE of ridge": 9,
        "distance to discrete optimum": 1,
        "MSE of discrete optimum": 9,
        "MSE elsewhere": 7,
        "embedding share": 5,
        "position share": 16,
        "layer-norm gain": 5,
        "attention entropy": 8,
        "attention variability": 8,
        "attention to self": 8,
        "attention to the token before": 8,
        "attention to x tokens": 8,
        "attention to y tokens": 8,
    }


def test_errors_of_who_says_zero(evaluation):
    rows = metrics.error_rows(torch.zeros(400, 8), evaluation)
    assert values(rows, "distance to zero") == {"": 0}
    errors = [row for row in rows if row["name"] in ("MSE", "MSE by example")]
    assert len(errors) == 9
    for row in errors:  # D + σ²
        assert row["value"] == pytest.approx(4.125) and row["std_err"] < 1e-6


def test_errors_of_ridge(evaluation):
    best = evaluation.best["ridge"]
    rows = metrics.error_rows(best, evaluation)
    squares = (best - evaluation.y).square().mean(0).tolist()
    assert values(rows, "distance to ridge")[""] == 0
    x, y = TASKS.draw(50_000, 9)
    many = (ridge(x, y, TASKS.noise) - y).square()
    for row, loss in zip([row for row in rows if row["name"] == "MSE by example"], many.mean(0), strict=True):
        assert abs(row["value"] - float(loss)) < 4 * row["std_err"] + 0.05
    assert values(rows, "MSE", "distribution")["all"] == values(rows, "MSE of ridge")[""]
    assert values(rows, "ICL score", "distribution")["all"] == pytest.approx(squares[7] - squares[3])


@pytest.mark.slow
def test_control_variate_keeps_the_mean_and_its_error_is_right():
    """Over 300 samples of 200 sequences, a predictor between zero and ridge, on inputs × 5."""
    few = LinearTasks(examples=4)
    x, y = few.draw(300 * 200, 0, inputs=5.0)
    squares = (2 * torch.tanh(ridge(x, y, 0.125) / 2) - y).square().mean(1).view(300, 200)
    zero = y.square().mean(1).view(300, 200)
    estimates = torch.tensor([metrics.controlled(*pair, 100.125) for pair in zip(squares, zero, strict=True)])
    mean, error = estimates.T
    x, y = few.draw(200_000, 1, inputs=5.0)
    many = (2 * torch.tanh(ridge(x, y, 0.125) / 2) - y).square().mean(1)
    expected, off = metrics.controlled(many, y.square().mean(1), 100.125)
    assert abs(float(mean.mean()) - expected) < 4 * float(mean.std()) / 300**0.5 + 4 * off
    assert abs(float(mean.std() / error.mean()) - 1) < 0.15
    assert float(error.mean()) < 0.2 * float(squares.std()) / 200**0.5


def test_discrete_optimum_is_measured_for_a_pool_only(evaluation):
    endless = Evaluation.drawn(TASKS, 10, 1)
    assert set(endless.best) == {"ridge"} and "tasks of training" not in endless.shifted
    pool = LinearTasks(tasks=4).pool(0)
    assert torch.equal(evaluation.best["discrete optimum"], discrete(evaluation.x, evaluation.y, pool, 0.125))
    assert torch.equal(endless.tokens, Evaluation.drawn(TASKS, 10, 1).tokens)


def test_shifted_data_is_the_same_sequences_scaled(evaluation):
    x, wide = evaluation.x, evaluation.shifted["inputs × 5"][0]
    assert torch.allclose(wide[:, ::2, 1:], 5 * x)
    strong = evaluation.shifted["tasks × 10"][0]
    assert torch.equal(strong[:, ::2, 1:], x)
    assert strong[:, 1::2, 0].std() > 8 * evaluation.y.std()
    for name, (tokens_, mean_square) in evaluation.shifted.items():
        squares = tokens_[:, 1::2, 0].double().square().mean(1)
        assert abs(float(squares.mean()) - mean_square) < 4 * float(squares.std()) / 20, name


def test_spectrum_of_a_known_embedding(params):
    random = torch.Generator().manual_seed(0)
    U = torch.linalg.qr(torch.randn(5, 5, generator=random)).Q
    V = torch.linalg.qr(torch.randn(64, 5, generator=random)).Q
    made = params | {"embed": U @ torch.diag(torch.tensor([4.0, 2, 2, 1, 0])) @ V.T}
    shares = values(metrics.spectrum_rows(made), "embedding share")
    assert list(shares) == [f"value {n}" for n in range(1, 6)]
    assert list(shares.values()) == pytest.approx([16 / 25, 4 / 25, 4 / 25, 1 / 25, 0], abs=1e-6)


def test_gains_are_norms_of_weights_not_of_biases(params):
    made = params | {"blocks.1.ln_2.weight": torch.full((64,), 0.5), "ln_final.bias": torch.ones(64)}
    gains = values(metrics.spectrum_rows(made), "layer-norm gain")
    assert gains == pytest.approx(
        {
            "layer 0, norm 1": 8,
            "layer 0, norm 2": 8,
            "layer 1, norm 1": 8,
            "layer 1, norm 2": 4,
            "last norm": 8,
        }
    )


def test_attention_masses_sum_to_one(params, evaluation):
    rows = metrics.attention_rows(params, evaluation.tokens)
    x_tokens, y_tokens = (values(rows, f"attention to {part} tokens") for part in "xy")
    assert list(x_tokens) == HEADS
    assert all(x_tokens[head] + y_tokens[head] == pytest.approx(1, abs=1e-5) for head in HEADS)
    for weights in model.attention(params, evaluation.tokens):
        assert torch.allclose(weights.sum(-1), torch.ones(()), atol=1e-5)
        assert (weights.triu(1) == 0).all()


def test_uniform_attention_has_known_scores(params, evaluation):
    made = {name: torch.zeros_like(t) if name.endswith("W_Q") else t for name, t in params.items()}
    rows = metrics.attention_rows(made, evaluation.tokens)
    seen = torch.arange(2.0, 17)  # tokens that queries 2 … 16 see
    expected = {
        "attention entropy": seen.log().mean(),
        "attention variability": 0,
        "attention to self": (1 / seen).mean(),
        "attention to the token before": (1 / seen).mean(),
        "attention to x tokens": torch.tensor([(n + 1) // 2 / n for n in range(1, 17)]).mean(),
    }
    for name, value in expected.items():
        assert all(score == pytest.approx(float(value), abs=1e-5) for score in values(rows, name).values())


def test_scores_of_a_head_by_hand(params, evaluation):
    few = evaluation.tokens[:6]
    rows, weights = metrics.attention_rows(params, few), model.attention(params, few)[1][:, 2].double()
    mean, varies, entropy = weights.mean(0), [], []
    for pattern in weights:
        varies += [0.5 * (pattern[t] - mean[t]).abs().sum() for t in range(16)]
        entropy += [-sum(p * p.log() for p in pattern[t, : t + 1]) for t in range(1, 16)]
    for name, expected in {"variability": varies, "entropy": entropy}.items():
        score = values(rows, f"attention {name}")["head 1.2"]
        assert score == pytest.approx(float(sum(expected)) / len(expected), rel=1e-4) and score > 0
