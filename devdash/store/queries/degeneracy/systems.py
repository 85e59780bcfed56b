"""Systems with known λ, potentials, rescaling, and optimisers on digits."""

import pandas as pd

from devdash.store.snapshot import Snapshot

LARGEST_N = """
    SELECT * EXCLUDE (run),
           system || CASE WHEN system <> 'deep linear' THEN '' WHEN name LIKE '%, teacher' THEN ', teacher'
                          ELSE ', aligned' END AS kind,
           coalesce(llc_exact, llc_theory) AS wanted,
           abs(llc - wanted) / wanted AS relative_error
    FROM truth WHERE run = ?
    QUALIFY n IS NOT DISTINCT FROM max(n) OVER (PARTITION BY system, name, protocol)
"""
SWEEPS = """
    setting AS (
        SELECT DISTINCT setting, optimiser, learning_rate, batch_size,
               optimiser ILIKE 'entropy%' AS entropy
        FROM digits_step WHERE run = ?
    ), base AS (
        SELECT mode(learning_rate) AS rate, mode(batch_size) AS batch FROM setting WHERE NOT entropy
    ), sweep AS (
        SELECT setting, 'optimiser' AS swept FROM setting, base
        WHERE entropy OR (learning_rate = rate AND batch_size = batch)
        UNION ALL SELECT setting, 'learning rate' FROM setting, base
        WHERE NOT entropy AND batch_size = batch
        UNION ALL SELECT setting, 'batch size' FROM setting, base
        WHERE NOT entropy AND learning_rate = rate
    ), matched_row AS (
        SELECT * EXCLUDE (level), level AS level_loss,
               row_number() OVER (PARTITION BY setting, seed ORDER BY level DESC) AS level
        FROM digits_step WHERE run = ? AND matched
    )
"""


def truths(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ beside the true λ of every system and protocol, each at its largest n.

    kind: the system, and for deep linear networks whether w* is a random teacher or an aligned point,
    where the theory is local. wanted: what a perfect sampler returns at this n where that is known,
    else λ; errors refer to it.
    """
    return db.rows(f"{LARGEST_N} ORDER BY system, llc_theory, name, protocol", [run])


def truth_summary(db: Snapshot, run: str) -> pd.DataFrame:
    """For each protocol and kind of point: relative errors, and rank correlation with λ.

    Over every estimate that is a number, reliable or not; equal values share a mean rank. Those
    that are no number are counted apart.
    """
    return db.rows(
        f"""
        WITH largest AS ({LARGEST_N}), measured AS (
            SELECT *, coalesce(isfinite(llc), false) AS known FROM largest
        ), ranked AS (
            SELECT *,
                   rank() OVER (PARTITION BY protocol, kind, known ORDER BY llc)
                   + count(*) OVER (PARTITION BY protocol, kind, known, llc) / 2 AS place,
                   rank() OVER (PARTITION BY protocol, kind, known ORDER BY llc_theory)
                   + count(*) OVER (PARTITION BY protocol, kind, known, llc_theory) / 2 AS true_place
            FROM measured
        )
        SELECT protocol, kind, count(*) AS systems, min(weights) AS fewest_weights,
               max(weights) AS most_weights, count(*) FILTER (verdict = 'reliable') AS reliable,
               count(*) FILTER (NOT known) AS without_a_number,
               median(relative_error) FILTER (known) AS median_relative_error,
               max(relative_error) FILTER (known) AS worst_relative_error,
               CASE WHEN count(DISTINCT llc_theory) > 2 THEN corr(place, true_place) FILTER (known) END
               AS rank_correlation
        FROM ranked GROUP BY protocol, kind
        ORDER BY protocol = 'ours' DESC, protocol, systems DESC, kind
        """,
        [run],
    )


def truth_rows(db: Snapshot, run: str, name: str) -> pd.DataFrame:
    """Every measurement of one system: all protocols and all n, with settings and diagnostics."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM truth WHERE run = ? AND name = ? ORDER BY protocol, n", [run, name]
    )


def potentials(db: Snapshot, run: str) -> pd.DataFrame:
    """Potentials at every n: λ, the exact value at that n, λ̂."""
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM truth
        WHERE run = ? AND system IN ('potential', 'two components')
        ORDER BY llc_theory DESC, name, protocol = 'MALA', n
        """,
        [run],
    )


def potential_draws(db: Snapshot, run: str) -> pd.DataFrame:
    """Draws of the posterior around w* in the plane."""
    return db.rows(
        "SELECT name, chain, draw, x, y, loss FROM potential_draw WHERE run = ? ORDER BY ALL", [run]
    )


def potential_levels(db: Snapshot, run: str) -> pd.DataFrame:
    """Potentials on a grid of the plane with w* at its centre, for their level sets."""
    return db.rows("SELECT name, x, y, loss FROM potential_level WHERE run = ? ORDER BY name, y, x", [run])


def flat_directions(db: Snapshot, run: str) -> pd.DataFrame:
    """Points that share Hessian rank and nullity with one of another λ; the largest group first.

    Deep linear networks at aligned points, where their λ is local; potentials by MALA at the largest n
    at which all singular ones are reliable.
    """
    return db.rows(
        """
        WITH point AS (
            SELECT * EXCLUDE (run), system <> 'deep linear' AS potential FROM truth
            WHERE run = ? AND hessian_rank IS NOT NULL AND (
                (system IN ('potential', 'two components') AND protocol = 'MALA')
                OR (system = 'deep linear' AND protocol = 'ours' AND name NOT LIKE '%, teacher'))
        ), settled AS (
            SELECT n, bool_and(verdict = 'reliable') AS reliable FROM point
            WHERE potential AND weights = 2 AND hessian_rank = 0 GROUP BY n
        ), shared AS (
            SELECT *, min(llc_theory) OVER alike < max(llc_theory) OVER alike AS differ,
                   count(*) OVER alike AS points
            FROM point
            WHERE NOT potential
                  OR n = (SELECT coalesce(max(n) FILTER (reliable), min(n)) FROM settled)
            WINDOW alike AS (PARTITION BY hessian_rank, nullity)
        )
        SELECT system, name, n, hessian_rank, nullity, multiplicity, llc_theory, llc_exact, llc, std_err,
               verdict
        FROM shared WHERE differ
        ORDER BY points DESC, hessian_rank, nullity, llc_theory, llc_exact, name
        """,
        [run],
    )


def rescalings(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of one function at each rescaling of its weights, by sampler."""
    return db.rows("SELECT * EXCLUDE (run) FROM rescaling WHERE run = ? ORDER BY sampler, factor", [run])


def agreements(db: Snapshot, run: str) -> pd.DataFrame:
    """Estimates of the same point by SGLD and by MALA, which corrects each step exactly."""
    return db.rows(
        """
        SELECT regexp_extract(distribution, '^(.*), (MALA|SGLD[^,]*)$', 1) AS system,
               regexp_extract(distribution, '^(.*), (MALA|SGLD[^,]*)$', 2) AS kind,
               distribution, component, target, step, llc, std_err, rhat, ess, acceptance, verdict
        FROM llc WHERE run = ? AND kind <> '' ORDER BY system, component, step, kind
        """,
        [run],
    )


def digits_paths(db: Snapshot, run: str, swept: str = "optimiser") -> pd.DataFrame:
    """λ̂ and losses along training of the settings that differ in one thing only.

    swept: 'optimiser', 'learning rate' or 'batch size'; the rest is what most settings share.
    """
    return db.rows(
        f"""
        WITH {SWEEPS}
        SELECT d.* EXCLUDE (run) FROM digits_step d JOIN sweep USING (setting)
        WHERE d.run = ? AND swept = ? AND NOT matched
        ORDER BY optimiser ILIKE 'entropy%', learning_rate, batch_size, setting, seed, step
        """,
        [run, run, run, swept],
    )


def digits_matched(db: Snapshot, run: str) -> pd.DataFrame:
    """The optimisers at each common training loss; level 1 is the highest loss."""
    return db.rows(
        f"""
        WITH {SWEEPS}
        SELECT m.* EXCLUDE (run) FROM matched_row m JOIN sweep USING (setting) WHERE swept = 'optimiser'
        ORDER BY optimiser ILIKE 'entropy%', setting, level, seed
        """,
        [run, run],
    )


def digits_sweep(db: Snapshot, run: str, level: int | None = None) -> pd.DataFrame:
    """λ̂ against learning rate and against batch size, all at one training loss.

    level: which one; by default the lowest loss that every setting and seed reaches.
    """
    return db.rows(
        f"""
        WITH {SWEEPS}, reached AS (
            SELECT min(lowest) AS level
            FROM (SELECT max(level) AS lowest FROM matched_row GROUP BY setting, seed)
        )
        SELECT m.* EXCLUDE (run), swept,
               CASE swept WHEN 'batch size' THEN batch_size ELSE learning_rate END AS value
        FROM matched_row m JOIN sweep USING (setting)
        WHERE swept <> 'optimiser' AND level = coalesce(?, (SELECT level FROM reached))
        ORDER BY swept, value, seed
        """,
        [run, run, level],
    )
