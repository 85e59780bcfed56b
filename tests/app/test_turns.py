"""Views take turns: so many at once, first come first served, and none is lost to an error."""

import threading
import time

import pytest

from devdash.ui.turns import Turns


def enter(turns: Turns, name: int, entered: list[int], go_on: threading.Event) -> threading.Thread:
    """A thread that waits for its turn, says so, and keeps the turn until it may go on."""

    def view() -> None:
        with turns.turn():
            entered.append(name)
            go_on.wait(20)

    thread = threading.Thread(target=view)
    thread.start()
    return thread


def wait_until(condition) -> None:
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


def test_so_many_are_let_in_and_the_rest_in_order():
    turns, entered, doors = Turns(2), [], [threading.Event() for _ in range(5)]
    threads = []
    for number, door in enumerate(doors):
        threads.append(enter(turns, number, entered, door))
        wait_until(lambda here=number: here in entered or len(turns.waiting) == here - 1)
    assert entered == [0, 1]
    for number, door in enumerate(doors):
        door.set()
        wait_until(lambda here=number: entered == list(range(min(5, here + 3))))
    for thread in threads:
        thread.join(20)


def test_an_error_hands_the_turn_on():
    turns, entered = Turns(1), []
    for _ in range(2):
        with pytest.raises(RuntimeError), turns.turn():
            raise RuntimeError
    thread = enter(turns, 0, entered, threading.Event())
    wait_until(lambda: entered == [0])
    assert thread.is_alive()
