"""The signals that ask to stop, remembered: a library may swallow what Python raises for them. And what was written by then."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

# Ctrl-C, what ends a job, and where the system has it, a terminal that is closed.
STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_heard: list[int] = []
_placed: dict[Path, int] = {}  # what was about to be put into its place -> the number that the disk knows it by


def hear_stop(number: int, frame: FrameType | None) -> None:
    """Handle a signal as Python does by itself, and remember it."""
    _heard.append(number)
    signal.default_int_handler(number, frame)


def stop_was_heard() -> bool:
    """Whether somebody asked to stop, and nothing has stopped yet."""
    return bool(_heard)


def stop_if_heard() -> None:
    """Stop now where somebody asked for it; the next stop is another one."""
    if _heard:
        _heard.clear()
        raise KeyboardInterrupt


def note_placing(temporary: Path, path: Path) -> None:
    """Remember what is put into its place next, so that whoever is stopped hears of it.

    Args:
        temporary: The finished file or folder.
        path: Its place.
    """
    _placed[path] = temporary.stat().st_ino


def forget_placed() -> None:
    """Another command begins."""
    _placed.clear()


def placed() -> list[Path]:
    """What was put into its place and is there; records that only Clustera reads, whose names begin with a dot, are left out."""
    there = []
    for path, number in _placed.items():
        with suppress(OSError):
            if not path.name.startswith(".") and path.stat().st_ino == number:
                there.append(path)
    return there


@contextmanager
def handled(handler: Callable[[int, FrameType | None], Any], stops: Sequence[int] = STOPS) -> Iterator[None]:
    """Have somebody else hear what asks to stop; afterwards all is as it was.

    Args:
        handler: Who hears it.
        stops: The signals; one that is ignored, as behind nohup, stays so.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {stop: kept for stop in stops if (kept := signal.getsignal(stop)) is not signal.SIG_IGN}
    try:
        for stop in before:
            signal.signal(stop, handler)
        yield
    finally:
        for stop, kept in before.items():
            signal.signal(stop, kept)


@contextmanager
def hearing() -> Iterator[None]:
    """Remember signals that Python handles by itself; the command has them remembered all along."""
    ours = []
    if threading.current_thread() is threading.main_thread():
        ours = [stop for stop in STOPS if signal.getsignal(stop) is signal.default_int_handler]
    if not ours:
        yield
        return
    if not any(signal.getsignal(stop) is hear_stop for stop in STOPS):
        _heard.clear()  # of a stop that ended something else, as a notebook's user pressed it
    try:
        for stop in ours:
            signal.signal(stop, hear_stop)
        yield
    finally:
        for stop in ours:
            signal.signal(stop, signal.default_int_handler)
