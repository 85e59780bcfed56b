"""What a command line names: the task, FILE.py:NAME, and the steps of checkpoints."""

import importlib.util
import sys
from pathlib import Path

import cloudpickle

from devdash.adapters.task import Task
from devdash.discovery import near


def task_in(place: str) -> Task:
    """The task `NAME` of a file, "my_task.py:task"; NAME is `task` where it is left out.

    The file is run once, under its own name; what it defines goes to other processes by value. Raises
    ValueError where there is no such file, name, or task.
    """
    file, _, name = place.partition(":")
    path = Path(file)
    if path.suffix != ".py" or not path.exists():
        raise ValueError(
            f"--task {place!r}: no file {file!r}; expected FILE.py:NAME, such as my_task.py:task"
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent.absolute()))
    spec.loader.exec_module(module)
    cloudpickle.register_pickle_by_value(module)
    name = name or "task"
    if not hasattr(module, name):
        tasks = [key for key, value in vars(module).items() if isinstance(value, Task)]
        raise ValueError(
            f"--task {place!r}: {file} has no {name!r}; {near(name, tasks) if tasks else 'nor any task'}"
        )
    task = getattr(module, name)
    if not isinstance(task, Task):
        raise ValueError(f"--task {place!r}: {name} is a {type(task).__name__}, expected a devdash.Task")
    return task


def steps_in(words: str) -> list[int] | None:
    """Steps with commas between them; None, which means all, where there is none."""
    parts = words.replace(",", " ").split()
    if odd := [part for part in parts if not part.isdecimal()]:
        raise ValueError(f"--checkpoints {words!r}: {odd[0]!r} is no step; expected steps such as 0,100,1000")
    return [int(part) for part in parts] or None
