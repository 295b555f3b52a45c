"""A support desk on both databases, and a hub over it."""

from tests.support.live import desk, play

__all__ = ["desk", "play"]
