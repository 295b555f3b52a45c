"""How long this process has been running."""

import os
import time
from pathlib import Path

_IMPORTED_AT = time.monotonic()


def seconds_since_start() -> float:
    """Seconds since the process was started; where no /proc tells when that was, since this module
    was imported, some tenths of a second later."""
    try:
        stat = Path("/proc/self/stat").read_text()
        ticks = int(stat.rpartition(")")[2].split()[19])  # field 22 of proc(5), since boot
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return time.monotonic() - _IMPORTED_AT
