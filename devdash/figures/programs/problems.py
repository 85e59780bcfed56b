"""A colour for each problem and for each start of a chain, on every figure the same."""

from devdash.figures import style

PROBLEMS = {
    "always-reject": style.GREEN,
    "detectA": style.VERMILION,
    "parityA": style.BLUE,
    "parityCheck": style.PURPLE,
}
STARTS = {"code": style.VERMILION, "prior": style.BLUE}


def problem_colour(problem: str) -> str:
    """Colour of a problem; grey where it is not listed."""
    return PROBLEMS.get(problem, style.GREY)
