"""Whose turn it is to write."""

import threading
from concurrent.futures import ThreadPoolExecutor

from escalation_app.db import Turns


def test_whoever_gives_way_comes_after_those_who_wait():
    turns, order = Turns(), list[str]()
    assert turns.take(1)

    def write(name: str, gives_way: bool) -> None:
        assert turns.take(10, gives_way=gives_way)
        order.append(name)
        turns.give_back()

    with ThreadPoolExecutor(3) as threads:
        threads.submit(write, "engine", True)
        clicks = [threads.submit(write, "click", False) for _ in range(2)]
        while turns.waiting < len(clicks):
            threading.Event().wait(0.001)
        turns.give_back()

    assert order == ["click", "click", "engine"]


def test_a_turn_that_does_not_come_in_time_is_not_taken():
    turns = Turns()
    turns.take(1)

    late = turns.take(0.01)
    turns.give_back()

    assert not late
    assert turns.take(0.01)
