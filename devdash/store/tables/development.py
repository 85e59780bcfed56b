"""Curves of λ̂ and trajectories over training, of every experiment that trains a model for long."""

import math

from devdash.store.columns import INT, MODEL, POSITIVE, REAL, TEXT, VERDICT, table

TABLES = (
    table(
        "llc_sweep",
        MODEL,
        ("component", TEXT, "component", "full"),
        ("step", INT, "training step"),
        ("distribution", TEXT, "data"),
        ("nbeta", REAL, "nβ", *POSITIVE),
        ("epsilon", REAL, "ε"),
        ("gamma", REAL, "γ"),
        ("llc", REAL, "λ̂"),
        ("std_err", REAL, "standard error"),
        VERDICT,
        ("regime", REAL, "∂ ln λ̂ / ∂ ln nβ", math.nan),
        ("regime_err", REAL, "standard error of ∂ ln λ̂ / ∂ ln nβ", math.nan),
        key="model component step distribution nbeta epsilon gamma",
    ),
    table(
        "llc_smooth",
        MODEL,
        ("nbeta", REAL, "nβ"),
        ("length_scale", REAL, "length-scale (decades)"),
        ("step", INT, "training step"),
        ("mean", REAL, "λ̂, smoothed"),
        ("sd", REAL, "standard deviation of the smoothed λ̂"),
        ("slope", REAL, "dλ̂ / dlog₁₀ step"),
        ("slope_sd", REAL, "standard deviation of the slope"),
        ("scatter", REAL, "scatter, as a share of the error of λ̂", math.nan),
        key="model nbeta length_scale step",
    ),
    table(
        "trajectory_mark",
        MODEL,
        ("step", INT, "training step"),
        ("kind", TEXT, "what stands out"),
        ("value", REAL, "radius of curvature"),
        key="model step kind",
    ),
)
