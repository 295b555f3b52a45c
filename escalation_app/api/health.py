"""`/healthz`: the process answers. `/readyz`: it can do its work, and if not, which part fails."""

import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from escalation_app import db
from escalation_app.clock import utc_now
from escalation_app.services import threads
from escalation_app.services.queries.health import is_engine_at_work

log = logging.getLogger(__name__)


async def healthz(request: Request) -> Response:
    """200 as long as the event loop turns."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """200 with every part "ok", or 503 with what is wrong beside the part."""
    parts = await threads.look_up(_parts)
    is_ready = all(state == "ok" for state in parts.values())
    return JSONResponse(parts, status_code=200 if is_ready else 503)


def _parts() -> dict[str, str]:
    try:
        with db.database().reading() as session:
            at_work = is_engine_at_work(session, utc_now())
    except SQLAlchemyError:
        log.warning("The database does not answer", exc_info=True)
        return {"database": "does not answer", "engine": "unknown"}
    return {"database": "ok", "engine": "ok" if at_work else "no heartbeat within 10 seconds"}


HEALTH_ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz)]
