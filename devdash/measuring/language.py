"""Jobs of a language model: texts read along, and what its heads attend to."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from devdash.adapters.attention import attention_patterns
from devdash.adapters.causal_lm import logits_of
from devdash.adapters.task import Task
from devdash.measures import head_scores
from devdash.measures.heads import kinds
from devdash.measures.language.reading import reading_rows, rounded
from devdash.measures.metric_rows import mean_error, metric
from devdash.measuring.audit import unmeasured
from devdash.measuring.evaluation import KIND, tagged
from devdash.measuring.work import Work
from devdash.pipeline.experiment import Job
from devdash.stored_names import CHANCE, CURRENT_TOKEN, PREFIX_MATCHING, PREVIOUS_TOKEN

PROBED, CONTEXT = 32, 128  # sequences behind scores, and their longest
LOOKED, LOOKED_AT = 2, 40  # texts whose attention is kept, and how many of their tokens
PASS = 16  # sequences in one pass


def jobs(work: Work, steps: Sequence[int]) -> list[Job]:
    """One for the texts, one for each checkpoint."""
    read = [Job(f"language {step}", partial(language, work, step), 2) for step in steps]
    return [Job("texts", partial(texts, work), 1), *read]


def texts(work: Work) -> dict[str, pd.DataFrame]:
    """Rows of token, text_token, eval_token and multigram: what is read and evaluated, and the words."""
    task = work.handed.task()
    tokens, words = task.tokens.tokens, task.tokens.words
    ids = set(tokens.flatten().tolist()) | set(range(min(task.tokens.vocabulary, 60_000)))
    text, position = (places.flatten().numpy() for places in _places(tokens))
    rows = {"text": text, "position": position, "token_id": tokens[:, 1:].flatten().numpy()}
    read = pd.DataFrame(rows | {"distribution": KIND, "source": ""})
    evaluated, multigrams = tagged(task)
    ids = sorted(ids | set(evaluated["token_id"]))
    return {
        "token": pd.DataFrame({"token_id": ids, "text": [words(token) for token in ids]}),
        "text_token": read,
        "eval_token": evaluated,
        "multigram": multigrams,
    }


def _places(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Text and position of every token but the first ones."""
    count, length = tokens.shape[0], tokens.shape[1] - 1
    return torch.arange(count)[:, None].expand(count, length), torch.arange(length).expand(count, length)


def language(work: Work, step: int) -> dict[str, pd.DataFrame]:
    """Rows of text_loss, position_loss, attention and metric at a checkpoint."""
    if step in unmeasured(work.workspace):
        return {}
    with work.at(step) as (task, point):
        tables = _read(task, point) | _heads(task, point, work.workspace.seed_of("head probes"))
    place = {"model": "", "step": step}
    return {
        name: rows.assign(**(place if name != "attention" else {"step": step}))
        for name, rows in tables.items()
    }


def _read(task: Task, point) -> dict[str, pd.DataFrame]:
    """Losses token by token of the texts, and by position on the first sequences of the data."""
    tokens = task.tokens.tokens
    log_p = logits_of(task.outputs(point, (tokens[:, :-1],))).float().log_softmax(-1).cpu()
    (ids,) = task.examples.tensors
    losses = []
    for part in ids[: 8 * PASS].long().split(PASS):
        logits = logits_of(task.outputs(point, (part[:, :-1],))).float()
        labels = part[:, 1:, None].to(logits.device)
        losses.append(-logits.log_softmax(-1).gather(-1, labels)[..., 0].cpu())
    both = torch.cat(losses)
    errors = both.std(0) / len(both) ** 0.5 if len(both) > 1 else torch.full_like(both[0], torch.nan)
    rows = {"position": np.arange(both.shape[1]), "loss_nats": both.mean(0), "std_err": errors}
    return {
        "text_loss": reading_rows(log_p, tokens),
        "position_loss": pd.DataFrame(rows | {"distribution": KIND}),
    }


def _heads(task: Task, point, seed: int) -> dict[str, pd.DataFrame]:
    """Scores of every head, by what it attends to, and attention on the first texts."""
    (ids,) = task.examples.tensors
    counts = torch.bincount(ids[:1000].long().flatten().cpu(), minlength=task.tokens.vocabulary).double()
    used = int((counts[1:] > 0).sum())
    context = min(CONTEXT, ids.shape[1] - 1, 2 * used)
    rows = []
    if context >= 5:
        probes = head_scores.Probes.drawn(counts / counts.sum(), context, PROBED, seed)
        rows += _scores(task, point, PREVIOUS_TOKEN, head_scores.previous_token, probes.random)
        rows += _scores(task, point, CURRENT_TOKEN, kinds.current_token, probes.random)
        rows += _scores(task, point, PREFIX_MATCHING, head_scores.prefix_matching, probes.repeated)
        rows.append(metric(CHANCE, head_scores.chance(probes.repeated.shape[1])))
    longest = ids.shape[1] - 1  # what the model is given elsewhere; it may take no more
    texts = task.tokens.tokens[:LOOKED, : min(LOOKED_AT + 1, longest)]
    return {"metric": pd.DataFrame(rows), "attention": _looks(attention_patterns(task.model, point, texts))}


def _scores(task: Task, point, name: str, score, tokens: Tensor) -> list[dict]:
    """Rows of metric of one score. score: attention → (sequence, head)."""
    parts = [
        torch.stack([score(layer) for layer in attention_patterns(task.model, point, chunk)])
        for chunk in tokens.split(PASS)
    ]
    scores = torch.cat(parts, 1).float()
    return [
        metric(name, *mean_error(scores[layer, :, head]), component=f"head {layer}.{head}")
        for layer in range(len(scores))
        for head in range(scores.shape[2])
    ]


def _looks(patterns: list[Tensor]) -> pd.DataFrame:
    """Rows of attention: positions count from the second token, the first one is −1."""
    rows = []
    for layer, attention in enumerate(patterns):
        text, head, query, key = torch.nonzero(torch.ones_like(attention).tril().bool(), as_tuple=True)
        weight = rounded(attention[text, head, query, key].float())
        columns = {"text": text, "query": query - 1, "key": key - 1, "weight": weight}
        frame = pd.DataFrame({name: values.numpy() for name, values in columns.items()})
        frame["component"] = [f"head {layer}.{number}" for number in head.tolist()]
        rows.append(frame[frame["query"] >= 0])
    return pd.concat(rows, ignore_index=True)
