"""What figures of the programs experiment share: a colour for each problem, its corners."""

from devdash.figures import style

PROBLEMS = {
    "always-reject": style.GREEN,
    "detectA": style.VERMILION,
    "parityA": style.BLUE,
    "parityCheck": style.PURPLE,
}
STARTS = {"code": style.VERMILION, "prior": style.BLUE}


def colour(problem: str) -> str:
    """Colour of a problem, on every figure the same."""
    return PROBLEMS.get(problem, style.GREY)
