"""Blocking work off the event loop: database calls and password hashing, each in bounded pools."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_WORK = ThreadPoolExecutor(8, thread_name_prefix="work")
_READS = ThreadPoolExecutor(2, thread_name_prefix="read")
"""Few: one interpreter runs them all, so that many at a time would all end later. One more than
one, so that a slow search holds up nobody."""
_LOOKUPS = ThreadPoolExecutor(4, thread_name_prefix="lookup")
_HASHING = ThreadPoolExecutor(2, thread_name_prefix="hashing")


_at_work = 0


async def work(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a use case; it may wait for the write lock."""
    return await _run_counted(_WORK, partial(function, *args, **kwargs))


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a read of a screen."""
    return await _run_counted(_READS, partial(function, *args, **kwargs))


async def _run_counted(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    global _at_work
    _at_work += 1
    try:
        return await _run(pool, call)
    finally:
        _at_work -= 1


def at_work() -> int:
    """How many use cases and reads are under way: people who wait for what they clicked."""
    return _at_work


async def look_up(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short read that must not queue behind the work: who is it, may they."""
    return await _run(_LOOKUPS, partial(function, *args, **kwargs))


async def hash_slowly(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a password hash: two at a time, so that guessing cannot take the whole machine."""
    return await _run(_HASHING, partial(function, *args, **kwargs))


async def _run(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, context.run, call)
