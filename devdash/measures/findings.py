"""How claims are judged: the one vocabulary from which every claim of every experiment is written.

What was measured is an interval, of 95 % unless a claim says otherwise; an exact number is one of no width.
A verdict is True if the whole interval is as the words say, False if the whole interval is not, and None,
undecided, if it holds the bound, or if an end of it is missing. Bounds belong to what they bound: `within`,
`above` and `below` take a value at the bound as there, `rises` and `falls` take no change as neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, inf, nan
from typing import NamedTuple

from devdash.intervals import Z_95

RARE, OFTEN = 0.05, 0.5


class MissingData(LookupError):
    """The tables lack what a claim needs.

    >>> try:
    ...     raise MissingData("no λ̂ of seed 1")
    ... except MissingData as lacking:
    ...     Finding(None, str(lacking))
    Finding(verdict=None, measured='no λ̂ of seed 1', low=nan, high=nan)
    """


class Interval(NamedTuple):
    """Both ends belong to it; a missing end is NaN.

    >>> within(Interval(1.0, 2.0), 0, 3), within(Interval(1.0, float("nan")), 0, 3)
    (True, None)
    """

    low: float
    high: float


@dataclass(frozen=True)
class Finding:
    """A verdict (None: undecided) with what was measured, in words, and the interval of the key number.

    >>> Finding(True, "λ̂ 3.1 ± 0.1", *interval(3.1, 0.05, z=2))
    Finding(verdict=True, measured='λ̂ 3.1 ± 0.1', low=3.0, high=3.2)
    """

    verdict: bool | None
    measured: str
    low: float = nan
    high: float = nan


def interval(value: float, error: float = 0.0, z: float = Z_95) -> Interval:
    """value ∓ z standard errors.

    >>> interval(2.0, 0.5, z=2)
    Interval(low=1.0, high=3.0)
    """
    return Interval(float(value - z * error), float(value + z * error))


def change(start: tuple[float, float], end: tuple[float, float]) -> Interval:
    """Interval of the difference of two independent values, each with its standard error: end − start.

    >>> low, high = change((1.0, 0.3), (2.0, 0.4))
    >>> round(low, 2), round(high, 2)
    (0.02, 1.98)
    """
    return interval(end[0] - start[0], hypot(start[1], end[1]))


def within(measured: Interval, least: float, most: float) -> bool | None:
    """Whether it lies between two bounds.

    >>> within(interval(2.0), 1, 2), within(Interval(2.1, 3), 1, 2), within(Interval(1.5, 2.5), 1, 2)
    (True, False, None)
    """
    low, high = measured
    if least <= low and high <= most:
        return True
    return False if high < least or low > most else None


def above(measured: Interval, bound: float) -> bool | None:
    """Whether it is at a bound or above.

    >>> above(interval(2.0), 2), above(Interval(1, 3), 2), above(Interval(0, 1), 2)
    (True, None, False)
    """
    return within(measured, bound, inf)


def below(measured: Interval, bound: float) -> bool | None:
    """Whether it is at a bound or below.

    >>> below(interval(2.0), 2), below(Interval(1, 3), 2), below(Interval(3, 4), 2)
    (True, None, False)
    """
    return within(measured, -inf, bound)


def rises(measured: Interval) -> bool | None:
    """Whether a change is one upwards.

    >>> rises(Interval(0.1, 1)), rises(Interval(-1, 0)), rises(Interval(-1, 1))
    (True, False, None)
    """
    return opposite(below(measured, 0))


def falls(measured: Interval) -> bool | None:
    """Whether a change is one downwards.

    >>> falls(Interval(-1, -0.1)), falls(Interval(0, 1)), falls(Interval(-1, 1))
    (True, False, None)
    """
    return opposite(above(measured, 0))


def no_rise(measured: Interval, compared: float) -> bool | None:
    """Whether a change is none upwards; None where its error would hide one as large as another.

    >>> no_rise(Interval(-1, 1), 5), no_rise(Interval(0.1, 1), 5), no_rise(Interval(-9, 9), 5)
    (True, False, None)
    """
    return False if rises(measured) else below(measured, compared) or None


def ordered(values: Sequence[tuple[float, float]]) -> bool | None:
    """Whether independent values, each with its standard error, rise from each to the next.

    >>> ordered([(1, 0.1), (2, 0.1), (3, 0.1)]), ordered([(1, 0.1), (2, 0.1), (0, 0.1)])
    (True, False)
    """
    return together(rises(change(*pair)) for pair in pairwise(values))


def meets(measured: Interval, least: float, most: float) -> bool | None:
    """Whether it agrees with values between two bounds: has one of them in common with it; never None
    but where an end is missing.

    >>> meets(Interval(1, 2), 2, 3), meets(Interval(1, 2), 2.5, 3)
    (True, False)
    """
    low, high = measured
    return None if low != low or high != high else bool(low <= most and high >= least)


def equal(value: float, other: float, tolerance: float = 0.0) -> bool | None:
    """Whether an exact number is another, but for rounding.

    >>> equal(0.1 + 0.2, 0.3), equal(0.1 + 0.2, 0.3, tolerance=1e-12)
    (False, True)
    """
    return within(interval(value - other), -tolerance, tolerance)


def beyond_chance(p: float) -> bool | None:
    """Whether a permutation test says that chance does as well only rarely: p ≤ .05; not so if p ≥ .5.

    >>> beyond_chance(0.05), beyond_chance(0.5), beyond_chance(0.2)
    (True, False, None)
    """
    return True if p <= RARE else False if p >= OFTEN else None


def opposite(verdict: bool | None) -> bool | None:
    """The verdict on the contrary; undecided stays undecided.

    >>> opposite(True), opposite(False), opposite(None)
    (False, True, None)
    """
    return None if verdict is None else not verdict


def together(verdicts: Iterable[bool | None]) -> bool | None:
    """True if all are, False if any is False, else None; of no verdict None.

    >>> together([True, True]), together([None, False]), together([True, None]), together([])
    (True, False, None, None)
    """
    verdicts = list(verdicts)
    if False in verdicts:
        return False
    return None if None in verdicts or not verdicts else True
