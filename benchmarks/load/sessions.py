"""Sessions without a browser: they speak the app's protocol, so that fifty of them cost the server alone."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

THINK_S = (1.0, 3.0)  # between an answer and the next view
GIVE_UP_S = 60


@dataclass
class Answers:
    """seconds: from asking for a view until its script has ended. faults: what went wrong, in words."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


async def load(port: int, views: list[tuple[str, str]], sessions: int, seconds: float) -> Answers:
    """So many sessions that open views (page, address) at random, for so long."""
    answers, end = Answers(), time.monotonic() + seconds
    await asyncio.gather(*(_session(port, views, number, end, answers) for number in range(sessions)))
    return answers


async def _session(port: int, views, seed: int, end: float, answers: Answers) -> None:
    choose = random.Random(seed)
    await asyncio.sleep(choose.uniform(0, THINK_S[1]))  # not all at once
    try:
        async with connect(
            f"ws://localhost:{port}/_stcore/stream",
            subprotocols=["streamlit"],
            max_size=None,
            open_timeout=GIVE_UP_S,
        ) as socket:
            while time.monotonic() < end:
                began = time.monotonic()
                fault = await asyncio.wait_for(_view(socket, *choose.choice(views)), GIVE_UP_S)
                answers.seconds.append(time.monotonic() - began)
                answers.faults += [fault] if fault else []
                await asyncio.sleep(choose.uniform(*THINK_S))
    except Exception as error:
        answers.faults.append(f"session {seed}: {type(error).__name__}: {error}")


async def _view(socket, page: str, address: str) -> str:
    """Ask for a view and read until its script has ended; returns the exception on it, if there is one."""
    wish = BackMsg()
    wish.rerun_script.page_name, wish.rerun_script.query_string = page, address
    await socket.send(wish.SerializeToString())
    fault = ""
    while True:
        message = ForwardMsg.FromString(await socket.recv())
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            fault = f"{page}: {message.delta.new_element.exception.message}"
        if kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return fault
