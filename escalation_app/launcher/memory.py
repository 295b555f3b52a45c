"""How garbage is collected in a process that runs on and on."""

import gc

GC_THRESHOLDS = (50_000, 20, 50)
"""Pushes to many clients and batches of tickets make many short-lived objects: collect less often
than by default."""


def leave_start_out_of_collections() -> None:
    """What was made until now stays, so that no later collection has to look at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
