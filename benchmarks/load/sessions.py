"""Sessions without a browser: they speak the app's protocol, so that fifty of them cost the server alone."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from streamlit.proto.AutoRerun_pb2 import AutoRerun
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

THINK_S = (1.0, 3.0)  # between an answer and the next view
GIVE_UP_S = 60
WHOLE_OR_PART = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@dataclass
class Answers:
    """seconds: from asking for a view until its script has ended. faults: what went wrong, in words."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


async def load(port: int, views: list[tuple[str, str]], sessions: int, seconds: float) -> Answers:
    """So many sessions that open views (page, address) at random, for so long."""
    answers, end = Answers(), time.monotonic() + seconds
    await asyncio.gather(*(_visitor(port, views, number, end, answers) for number in range(sessions)))
    return answers


async def walk(port: int, views: list[tuple[str, str]]) -> Answers:
    """One session that opens view after view, without a pause."""
    answers = Answers()
    async with _connected(port) as socket:
        for view in views:
            await _timed(_Session(socket), view, answers)
    return answers


async def follow(
    port: int, view: tuple[str, str], newest: Callable[[], int], enough: Callable[[int], bool], seconds: float
) -> list[tuple[float, int]]:
    """(moment, newest()) each time that a page which nobody touches has shown itself anew.

    For so long, and on a slow machine until the newest is enough.
    """
    shown, end = [], time.monotonic() + seconds
    async with _connected(port) as socket:
        session = _Session(socket)
        await session.open(*view)
        while time.monotonic() < end or not any(enough(last) for _, last in shown):
            await asyncio.wait_for(session.until_shown_again(*view), GIVE_UP_S)
            shown.append((time.monotonic(), newest()))
    return shown


async def _visitor(port: int, views, seed: int, end: float, answers: Answers) -> None:
    choose = random.Random(seed)
    await asyncio.sleep(choose.uniform(0, THINK_S[1]))  # not all at once
    try:
        async with _connected(port) as socket:
            while time.monotonic() < end:
                await _timed(_Session(socket), choose.choice(views), answers)
                await asyncio.sleep(choose.uniform(*THINK_S))
    except Exception as error:
        answers.faults.append(f"session {seed}: {type(error).__name__}: {error}")


def _connected(port: int):
    address = f"ws://localhost:{port}/_stcore/stream"
    return connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=GIVE_UP_S)


async def _timed(session: "_Session", view: tuple[str, str], answers: Answers) -> None:
    began = time.monotonic()
    fault = await asyncio.wait_for(session.open(*view), GIVE_UP_S)
    answers.seconds.append(time.monotonic() - began)
    answers.faults += [fault] if fault else []


class _Session:
    """What a browser does with a page: asks for it, and asks again for the part that repeats itself."""

    def __init__(self, socket):
        self._socket = socket
        self._repeated = AutoRerun()  # the part, and its seconds

    async def open(self, page: str, address: str) -> str:
        """Until the script has ended; returns the exception on it, if there is one."""
        await self._ask(page, address)
        return (await self._ended(page))[1]

    async def until_shown_again(self, page: str, address: str) -> None:
        """Until the part that repeats itself has the whole page run anew."""
        while True:
            await asyncio.sleep(self._repeated.interval)
            await self._ask(page, address, self._repeated.fragment_id)
            if (await self._ended(page))[0] == ForwardMsg.FINISHED_SUCCESSFULLY:
                return

    async def _ask(self, page: str, address: str, fragment: str = "") -> None:
        wish = BackMsg()
        wish.rerun_script.page_name, wish.rerun_script.query_string = page, address
        wish.rerun_script.fragment_id = fragment
        await self._socket.send(wish.SerializeToString())

    async def _ended(self, page: str) -> tuple[int, str]:
        """How the script has ended, and the exception on the page."""
        fault = ""
        while True:
            message = ForwardMsg.FromString(await self._socket.recv())
            kind = message.WhichOneof("type")
            if kind == "auto_rerun":
                self._repeated = message.auto_rerun
            if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                fault = f"{page}: {message.delta.new_element.exception.message}"
            if kind == "script_finished" and message.script_finished in WHOLE_OR_PART:
                return message.script_finished, fault
