"""Unembedding and cross-entropy in row blocks that stay in the cache; logits are never stored whole.

The gradient is found in the same pass: the loss is a fixed weighted sum over rows.
"""

from typing import NamedTuple

import torch
from torch import Tensor

BLOCK = 256  # rows: × 1000 tokens × 4 bytes fits into a core's cache
LARGE_BLOCK = 16_384  # rows elsewhere than on a processor, where many small products are slow


class Target(NamedTuple):
    """Labels (row,), or probabilities (row, token) with their negative entropy Σ p log p (row,)."""

    labels: Tensor | None = None
    probabilities: Tensor | None = None
    entropy: Tensor | None = None

    @classmethod
    def of(cls, probabilities: Tensor) -> "Target":
        """The loss is then KL(probabilities ‖ softmax)."""
        return cls(None, probabilities, torch.special.xlogy(probabilities, probabilities).sum(1))

    def rows(self, part: slice) -> "Target":
        return Target(*(None if tensor is None else tensor[part] for tensor in self))


def loss_of_block(logits: Tensor, bias: Tensor, target: Target, shared: Tensor | None, scale: Tensor | None):
    """Of logits (logits + shared) · scale + bias: losses, factors and slopes by the scale, all (row,).

    `logits` become, in place, their gradient but for the factors. shared and scale: None for 0 and 1.
    """
    results = [logits.new_empty(len(logits)) for _ in range(3)]
    if logits.device.type == "cpu" and logits.dtype == torch.float32:
        from devdash.models import kernels

        kernel = kernels.divergence_of_rows if target.labels is None else kernels.loss_of_rows
        of_target = [tensor for tensor in target if tensor is not None]
        inputs = (logits, shared, bias, scale, *of_target, *results)
        kernel(*(None if tensor is None else tensor.detach().numpy() for tensor in inputs))
        return results
    losses, factors, by_scale = results
    inner = logits if shared is None else logits + shared
    log_p = torch.log_softmax((inner if scale is None else inner * scale[:, None]) + bias, 1)
    slope = log_p.exp()
    if target.labels is not None:
        losses.copy_(log_p.gather(1, target.labels[:, None])[:, 0].neg())
        slope.scatter_add_(1, target.labels[:, None], -torch.ones_like(losses)[:, None])
    else:
        losses.copy_(target.entropy - (target.probabilities * log_p).sum(1))
        slope -= target.probabilities
    by_scale.copy_((slope * inner).sum(1))
    logits.copy_(slope)
    return losses, factors.fill_(1), by_scale


def rows_at_once(rows: Tensor) -> int:
    """How many rows' logits are formed together."""
    return BLOCK if rows.device.type == "cpu" else min(LARGE_BLOCK, len(rows))


class FusedLoss(torch.autograd.Function):
    """Of logits x @ unembed + bias: (weight · sum of losses, losses (row,)); the sum has a gradient."""

    @staticmethod
    def forward(context, x: Tensor, unembed: Tensor, bias: Tensor, target: Target, weight: float):
        by_x, by_unembed, by_bias = context.needs_input_grad[:3]
        block = rows_at_once(x)
        losses, buffer = x.new_empty(len(x)), x.new_empty(block, unembed.shape[1])
        slopes = [
            torch.empty_like(x) if by_x else None,
            torch.zeros_like(unembed) if by_unembed else None,
            torch.zeros_like(bias) if by_bias else None,
        ]
        for first in range(0, len(x), block):
            part = slice(first, min(first + block, len(x)))
            logits = torch.mm(x[part], unembed, out=buffer[: part.stop - first])
            losses[part], factor, _ = loss_of_block(logits, bias, target.rows(part), None, None)
            factor = weight * factor[:, None]
            if by_x:
                torch.mm(logits, unembed.T, out=slopes[0][part]).mul_(factor)
            if by_unembed:
                slopes[1].addmm_((x[part] * factor).T, logits)
            if by_bias:
                slopes[2].addmv_(logits.T, factor[:, 0])
        context.slopes = slopes
        context.mark_non_differentiable(losses)
        return losses.sum() * weight, losses

    @staticmethod
    def backward(context, by_sum: Tensor, _):
        return *(None if s is None else s.mul_(by_sum) for s in context.slopes), None, None


class Heads(NamedTuple):
    """What differs between chains of one last-layer head: z (chain, row, k), W_O unembed (chain, k, token)
    and the final norm's scale (chain, row)."""

    z: Tensor
    contracted: Tensor
    scale: Tensor


class FusedHeadLoss(torch.autograd.Function):
    """Loss and gradient of chains that differ in one last-layer head.

    Logits of a chain: (base @ unembed + z @ contracted) · scale + bias; base (row, width) and all else
    are the same in every chain. Losses: (chain, row). `start`: more chains, whose losses stand after the
    others', but which have no part in the sum and no gradient.
    """

    @staticmethod
    def forward(
        context, z, contracted, scale, base, unembed, bias, target: Target, weight: float, start: Heads | None
    ):
        moving, rows, _ = z.shape
        chains = [Heads(*one) for one in zip(z, contracted, scale, strict=True)]
        chains += [] if start is None else [Heads(*one) for one in zip(*start, strict=True)]
        wanted = any(context.needs_input_grad[:3])
        losses = z.new_empty(len(chains), rows)
        slopes = Heads(torch.empty_like(z), torch.zeros_like(contracted), torch.empty_like(scale))
        block = rows_at_once(base)
        buffers = [z.new_empty(block, unembed.shape[1]) for _ in range(2)]
        for first in range(0, rows, block):
            part = slice(first, min(first + block, rows))
            shared, logits = (buffer[: part.stop - first] for buffer in buffers)
            torch.mm(base[part], unembed, out=shared)
            block_target = target.rows(part)
            for number, (z, M, scale) in enumerate(chains):
                block_z, block_scale = z[part], scale[part]
                torch.mm(block_z, M, out=logits)
                losses[number, part], factor, by_scale = loss_of_block(
                    logits, bias, block_target, shared, block_scale
                )
                if not wanted or number >= moving:
                    continue
                torch.mul(by_scale, weight, out=slopes.scale[number, part])
                factor = (weight * factor * block_scale)[:, None]
                torch.mm(logits, M.T, out=slopes.z[number, part]).mul_(factor)
                slopes.contracted[number].addmm_((block_z * factor).T, logits)
        context.slopes = slopes
        context.mark_non_differentiable(losses)
        return losses[:moving].sum() * weight, losses

    @staticmethod
    def backward(context, by_sum: Tensor, _):
        return *(slope.mul_(by_sum) for slope in context.slopes), *[None] * 6
