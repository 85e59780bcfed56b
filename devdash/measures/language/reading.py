"""What a language model makes of given texts, token by token, for a reader."""

from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor

from devdash.models import transformer

GUESSES = 3


@torch.no_grad()
def text_losses(params: Mapping[str, Tensor], tokens: Tensor) -> pd.DataFrame:
    """Rows of the table text_loss: text, position, loss_nats, guess_1 … and chance_1 ….

    tokens: (text, 1 + position), the first being [BOS]. Losses and probabilities are rounded to three
    digits: they are for the eye.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> rows = text_losses(params, torch.tensor([[0, 1, 2, 3]]))
    >>> rows[["text", "position", "loss_nats"]].round(1), rows.shape
    (   text  position  loss_nats
    0     0         0        1.6
    1     0         1        1.6
    2     0         2        1.6, (3, 9))
    """
    return reading_rows(transformer.logits(params, tokens[:, :-1]).log_softmax(-1), tokens)


def reading_rows(log_p: Tensor, tokens: Tensor) -> pd.DataFrame:
    """`text_losses` of any model.

    log_p: (text, position, token), of the tokens that follow. tokens: (text, 1 + position).

    >>> even = torch.full((1, 3, 10), 0.1).log()  # a model that knows nothing of ten tokens
    >>> rows = reading_rows(even, torch.tensor([[0, 1, 2, 3]]))
    >>> rows[["text", "position", "loss_nats", "chance_1"]].round(1)
       text  position  loss_nats  chance_1
    0     0         0        2.3       0.1
    1     0         1        2.3       0.1
    2     0         2        2.3       0.1
    """
    loss = -log_p.gather(-1, tokens[:, 1:, None])[..., 0]
    chance, guess = log_p.topk(GUESSES, -1)
    texts, positions = loss.shape
    columns = {
        "text": torch.arange(texts).repeat_interleave(positions),
        "position": torch.arange(positions).repeat(texts),
        "loss_nats": rounded(loss.flatten()),
    }
    for place in range(GUESSES):
        columns[f"guess_{place + 1}"] = guess[..., place].flatten()
    for place in range(GUESSES):
        columns[f"chance_{place + 1}"] = rounded(chance[..., place].exp().flatten())
    return pd.DataFrame({name: values.cpu().numpy() for name, values in columns.items()})


def rounded(values: Tensor, bits: int = 10) -> Tensor:
    """Values with `bits` bits of their mantissa, in float64.

    >>> rounded(torch.tensor([1 / 3]), bits=2)  # ⅓ ≈ ⅜ = 0.11 × 2⁻¹ in base 2
    tensor([0.3750], dtype=torch.float64)
    """
    mantissa, exponent = torch.frexp(values.double())
    return torch.ldexp((mantissa * 2**bits).round() / 2**bits, exponent)
