"""Files of messages over REST: taken from whoever may write, given to whoever may read.

A file is the body of its request, its name a header: nothing is parsed, nothing is held in memory
as a whole while it arrives, and it counts only once it has arrived whole. Where a request comes
from is checked for the whole product in `api/headers.py`.
"""

import logging
from urllib.parse import quote, unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from escalation_app import db
from escalation_app.api.cookies import read_cookie, session_cookie
from escalation_app.clock import utc_now
from escalation_app.domain.attachments import IMAGES, file_name, media_type_of, size_words
from escalation_app.domain.errors import BusinessError, NotFound
from escalation_app.domain.permissions import Actor
from escalation_app.routes import ATTACHMENTS, attachment_url
from escalation_app.services import attachments, file_store, identity, threads
from escalation_app.services.attachments import Uploaded
from escalation_app.services.file_store import Incoming
from escalation_app.services.unit_of_work import run
from escalation_app.settings import settings

log = logging.getLogger(__name__)

LONGEST_KEY = 40
WAITS = "X-Waits-To-Be-Sent"


async def upload(request: Request) -> Response:
    """201 with the file's key, name and size, or why it was not taken."""
    actor = await _actor(request)
    if actor is None:
        return JSONResponse({"error": "You are signed out. Sign in again."}, 401)
    try:
        attachments.may_upload(actor)
        name = file_name(unquote(request.headers.get("x-file-name", "")))
        file = await _arrive(request, name, actor)
    except BusinessError as refusal:
        return JSONResponse({"error": str(refusal)}, 400)
    except ClientDisconnect:
        return PlainTextResponse("", 400)
    return JSONResponse(
        {
            "key": file.key,
            "name": file.name,
            "size": size_words(file.size),
            "url": attachment_url(file.key),
            "isImage": file.media_type in IMAGES,
        },
        201,
    )


async def _arrive(request: Request, name: str, actor: Actor) -> Uploaded:
    """Take the body in, and leave nothing behind of one that is not whole or not taken."""
    await threads.work(file_store.sweep_half_sent, utc_now())
    incoming = await threads.work(Incoming, name)
    is_kept = False
    try:
        async for chunk in request.stream():
            await threads.work(incoming.write, chunk)
        media_type = media_type_of(name, incoming.head) if incoming.size else ""
        await threads.work(incoming.keep)
        file = Uploaded(incoming.key, name, media_type, incoming.size, incoming.digest)
        forgotten = await threads.work(run, actor, attachments.register, file)
        is_kept = True
    finally:
        if not is_kept:
            incoming.discard()
    for key in forgotten:
        file_store.path_of(key).unlink(missing_ok=True)
    return file


async def download(request: Request) -> Response:
    """A file that the reader may have: an image to be shown, everything else to be saved. HEAD
    tells whether it is theirs and still waits to be sent."""
    actor = await _actor(request)
    if actor is None:
        return PlainTextResponse("You are signed out. Sign in again.", 401)
    try:
        file = await threads.look_up(_find, actor, request.path_params["key"])
    except NotFound as refusal:
        return PlainTextResponse(str(refusal), 404)
    if request.method == "HEAD":
        return Response(headers={WAITS: "yes"} if file.waits else {})
    content = await threads.work(file_store.read_whole, file.key, file.digest)
    if content is None:
        log.error("Attachment %s is missing or was altered", file.key)
        return PlainTextResponse("That file was damaged on our side.", 500)
    way = "inline" if file.media_type in IMAGES else "attachment"
    return Response(
        content,
        headers={
            "Content-Type": file.media_type,
            "Content-Disposition": f"{way}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Cache-Control": "private, no-store",
        },
    )


def _find(actor: Actor, key: str) -> Uploaded:
    if len(key) > LONGEST_KEY or not key.isascii():
        raise NotFound("That file")
    with db.database().reading() as session:
        return attachments.find_attachment(session, actor, key)


async def _actor(request: Request) -> Actor | None:
    name = session_cookie(settings().is_https)
    token = read_cookie(request.headers.get("cookie", ""), name)
    found = await threads.look_up(identity.look_up, db.database(), token, utc_now())
    return None if found is None else found.actor


ATTACHMENT_ROUTES = [
    Route(ATTACHMENTS, upload, methods=["POST"]),
    Route(f"{ATTACHMENTS}/{{key}}", download, methods=["GET"]),
]
