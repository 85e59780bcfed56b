"""Colours of the predictives, of λ and of d/2, on every figure the same."""

from devdash.figures import style

METHODS = {
    "Bayes": style.BLUE,
    "Bayes, last layer": style.GREEN,
    "MAP": style.ORANGE,
    "Laplace": style.VERMILION,
    "Laplace, last layer": style.PINK,
}
HALF, THEORY = style.GREY, style.PURPLE
PLOT_PX = 230
