"""Softmax over rows, compiled: one pass through a core's cache for what torch takes seven for.

For float32 arrays in the processor's memory. Values that are not numbers stay so, as a diverged chain needs.
"""

import numba
import numpy as np

f32, i32 = np.float32, np.int32
LOG2_E, LN2_HIGH, LN2_LOW = f32(1.4426950408889634), f32(0.693359375), f32(-2.12194440e-4)
P0, P1, P2, P3, P4, P5 = map(
    f32, (1.98756915e-4, 1.39819995e-3, 8.33345191e-3, 4.16657959e-2, 0.166666655, 0.5)
)
ZERO, HALF, ONE, LOWEST, INFINITE = map(f32, (0.0, 0.5, 1.0, -87.0, np.inf))
SAFE = f32(80.0**8)  # a sum of eighth powers below this: no exponential can leave float32
# sums may be taken in any order, but nothing is assumed about NaN and infinity
compiled = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"}
)


@numba.njit(inline="always")
def _exp(x):
    """e^x to 2 units in the last place for |x| ≤ 87 (Cephes' expf), in a form that fills vector registers."""
    n = np.floor(x * LOG2_E + HALF)
    r = x - n * LN2_HIGH - n * LN2_LOW
    p = ((((P0 * r + P1) * r + P2) * r + P3) * r + P4) * r + P5
    power = i32((i32(n) + i32(127)) << i32(23))
    return (p * (r * r) + r + ONE) * power.view(f32)


@numba.njit(inline="always")
def _add_and_find_top(row, shared, bias, unit):
    """Add `shared`; what to take from the logits so that no exponential leaves float32, mostly zero."""
    size = ZERO
    for t in range(len(row)):
        if shared is not None:
            row[t] += shared[t]
        x = row[t] * unit + bias[t]
        fourth = (x * x) * (x * x)
        size += fourth * fourth
    if size < SAFE:
        return ZERO
    top = -INFINITE
    for t in range(len(row)):
        top = max(top, row[t] * unit + bias[t])
    return top


@numba.njit(inline="always")
def _exponentials(row, bias, unit, top):
    """Row becomes exp(logit − top); returns its sum, and its sum weighted with what row was."""
    total, mixed = ZERO, ZERO
    if top == ZERO:
        for t in range(len(row)):
            value = row[t]
            row[t] = _exp(value * unit + bias[t])
            total += row[t]
            mixed += row[t] * value
    else:
        for t in range(len(row)):
            value = row[t]
            x = value * unit + bias[t] - top
            row[t] = _exp(LOWEST if x < LOWEST else x)
            total += row[t]
            mixed += row[t] * value
    return total, mixed


@compiled
def loss_of_rows(logits, shared, bias, scale, labels, losses, factors, by_scale):
    """Cross-entropy (row,) of logits (logits + shared) · scale + bias; `logits` become their slope.

    logits: (row, token); shared: the same or None; bias (token,); scale (row,) or None for 1; labels
    (row,). The slope is factors · logits, row by row; by_scale (row,) is the loss's slope by the scale.
    """
    for r in range(len(logits)):
        row, label = logits[r], labels[r]
        unit = ONE if scale is None else scale[r]
        top = _add_and_find_top(row, None if shared is None else shared[r], bias, unit)
        inner = row[label]
        total, mixed = _exponentials(row, bias, unit, top)
        losses[r] = np.log(total) + top - (inner * unit + bias[label])
        row[label] -= total
        factors[r] = ONE / total
        by_scale[r] = mixed / total - inner


@compiled
def divergence_of_rows(logits, shared, bias, scale, target, entropy, losses, factors, by_scale):
    """KL(target ‖ softmax) (row,): target (row, token), its negative entropy (row,); see `loss_of_rows`."""
    for r in range(len(logits)):
        row, wanted = logits[r], target[r]
        unit = ONE if scale is None else scale[r]
        top = _add_and_find_top(row, None if shared is None else shared[r], bias, unit)
        outer, inner = ZERO, ZERO
        for t in range(len(row)):
            outer += wanted[t] * (row[t] * unit + bias[t])
            inner += wanted[t] * row[t]
        total, mixed = _exponentials(row, bias, unit, top)
        losses[r] = np.log(total) + top + entropy[r] - outer
        for t in range(len(row)):
            row[t] -= total * wanted[t]
        factors[r] = ONE / total
        by_scale[r] = mixed / total - inner
