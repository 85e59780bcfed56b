"""Expressions of SQL that several queries share."""

from devdash.verdicts import DIVERGED, RELIABLE

AT_OR_BEFORE = "coalesce(max(step) FILTER (step <= coalesce(?, step)), min(step))"
"""The last measured step at or before the one that is bound, else the first; the last one for NULL."""
IS_RELIABLE = f"verdict = '{RELIABLE}'"
HAS_DIVERGED = f"verdict = '{DIVERGED}'"
