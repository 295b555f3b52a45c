"""Where the real logs of other desks are, for whoever has them."""

import os
import sys
from pathlib import Path

SERVICENOW = "servicenow_incidents.csv.gz"


def real_log(name: str, otherwise: str) -> Path | None:
    """The log in the folder that SHARED_DATA names, or beside the project; None where there is
    none, and then it is said what happens `otherwise`."""
    beside = Path(__file__).parents[1].parent / "shared" / "data"
    log = Path(os.environ.get("SHARED_DATA") or beside) / name
    if log.exists():
        return log
    print(f"no {log}: {otherwise}", file=sys.stderr)
    return None
