"""Colours of the model and of the predictors that it is compared with, on every figure the same."""

from devdash.figures import style

MODEL = style.VERMILION
PREDICTORS = {"ridge": style.GREEN, "discrete optimum": style.PURPLE, "zero": style.GREY}
TITLE_PX = 19  # height of a panel's title, above which stages are named
