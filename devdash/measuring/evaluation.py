"""The sequences of a user's data on whose tokens heads are judged, and what foretells each token."""

from math import log2

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from devdash.adapters.task import Task
from devdash.measures.heads import token_tags
from devdash.measures.heads.token_tags import Tagging

KIND = "text"  # the name of the kind of data
TOKENS, COUNTED = 2**13, 2**21  # evaluated, and counted for n-grams, at most
RARE, FREQUENT, SHARE = 5, 50, 2e-5  # of n-grams: least counts, and share of the counted tokens
LONGEST = 4


def evaluated(task: Task, tokens: int = TOKENS) -> Tensor:
    """The first sequences of the data, (sequence, 1 + position), on the CPU: about so many tokens, two at
    least."""
    (ids,) = task.examples.tensors
    return ids[: max(2, tokens // (ids.shape[1] - 1))].long().cpu()


def tagged(task: Task) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the tables eval_token and multigram.

    n-grams are counted in the data, sequence by sequence, as far as `COUNTED`; one is frequent where it
    stands in `SHARE` of the tokens, but not less than `RARE` nor more than `FREQUENT` times.
    """
    (ids,), read = task.examples.tensors, evaluated(task)
    counted = ids[: max(len(read), COUNTED // ids.shape[1])].long().cpu().numpy()
    used, numbers = np.unique(counted, return_inverse=True)
    streams = np.pad(numbers.reshape(counted.shape) + 1, ((0, 0), (1, 0)))  # 0 begins each, as [BOS] does
    words = ["", *(task.tokens.words(token) for token in used.tolist())]
    count = int(np.clip(SHARE * counted.size, RARE, FREQUENT))
    longest = min(LONGEST, int(62 / log2(len(words))))
    tagging = Tagging(orders=tuple(range(2, longest + 1)), count=count, skip_count=count)
    rows, multigrams = token_tags.tag(
        torch.as_tensor(streams[: len(read)]), words, {KIND: streams.ravel()}, tagging
    )
    rows = rows[rows["position"] > 0]  # the first token is given
    places = rows["position"] - 1
    rows = rows.assign(position=places, token_id=used[rows["token_id"] - 1], distribution=KIND)
    return rows.reset_index(drop=True), multigrams
