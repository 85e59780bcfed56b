"""What a run says while it runs: a bar per round, with the time left."""

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

console = Console(stderr=True)


def say(text: str) -> None:
    console.print(text, markup=False, highlight=False)


@contextlib.contextmanager
def bar(name: str, jobs: int, seconds: float, workers: int) -> Iterator:
    """Gives advance(jobs, seconds): how many ended, and what they were expected to take.

    The time left is the expected time of what remains, corrected by how expected and real time
    compared so far.
    """
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    state = {"done": 0.0}
    with Progress(*columns, console=console) as display:
        task = display.add_task(name, total=jobs, left=_left(seconds / workers))

        def advance(count: int, expected: float) -> None:
            state["done"] += expected
            elapsed = display.tasks[task].elapsed or 0.0
            rate = elapsed / state["done"] if state["done"] else 1 / workers
            left = (seconds - state["done"]) * rate
            display.update(task, advance=count, left=_left(left))

        yield advance


def _left(seconds: float) -> str:
    return f"{duration(seconds)} left" if seconds > 0.5 else ""


def count(number: int, noun: str) -> str:
    """2, 'job' → '2 jobs'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """90 → '1 min 30 s'."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
