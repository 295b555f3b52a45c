"""The composition root: the one place that knows every part."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import reflex as rx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from escalation_app.api.attachments import ATTACHMENT_ROUTES
from escalation_app.api.headers import BrowserPolicy
from escalation_app.api.health import HEALTH_ROUTES
from escalation_app.api.pages_guard import PageGuard
from escalation_app.api.sign_in import auth_routes
from escalation_app.components.page import STYLESHEETS, document_head
from escalation_app.db import database
from escalation_app.launcher.same_origin import script_hashes
from escalation_app.live.hub import live
from escalation_app.live.sockets import Sockets
from escalation_app.pages.absences import absences
from escalation_app.pages.articles import article, articles
from escalation_app.pages.case import case
from escalation_app.pages.engine import engine
from escalation_app.pages.escalations import escalations
from escalation_app.pages.heatmap import heatmap
from escalation_app.pages.mine import mine
from escalation_app.pages.mine_new import mine_new
from escalation_app.pages.mine_ticket import mine_ticket
from escalation_app.pages.my_notices import my_notices
from escalation_app.pages.not_found import not_found
from escalation_app.pages.outbox import outbox
from escalation_app.pages.people import people
from escalation_app.pages.process import process
from escalation_app.pages.queue import queue
from escalation_app.pages.sign_in import sign_in
from escalation_app.pages.ticket import ticket
from escalation_app.pages.tiers import tiers
from escalation_app.pages.work import work
from escalation_app.routes import ROUTES
from escalation_app.settings import settings
from escalation_app.state.absences import AbsenceState
from escalation_app.state.admin import EngineState, OutboxState, PeopleState, ProcessState
from escalation_app.state.articles import ArticlesState, ArticleState, TicketArticlesState
from escalation_app.state.base import report_failure
from escalation_app.state.boards import HeatmapState, NeedsState, TierBoardState
from escalation_app.state.case import CaseState
from escalation_app.state.customer import (
    CustomerListState,
    CustomerTicketState,
    NewTicketState,
)
from escalation_app.state.escalations import EscalationsState
from escalation_app.state.frame import FrameState
from escalation_app.state.guard import Guard, on_accepted, shield
from escalation_app.state.my_notices import MyNoticesState
from escalation_app.state.queue import QueueState
from escalation_app.state.sign_in import SignInState
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_own import TicketOwnState
from escalation_app.state.work import WorkState

BRAND = "Escalation"


@dataclass(frozen=True, slots=True)
class Page:
    """What stands behind a path of ROUTES, and what is read when it opens."""

    draw: Callable[[], rx.Component]
    on_load: tuple[Any, ...] = ()


PAGES: dict[str, Page] = {
    "/sign-in": Page(sign_in, (SignInState.open_page,)),
    "/mine": Page(mine, (FrameState.open_frame, CustomerListState.open_page)),
    "/mine/new": Page(mine_new, (FrameState.open_frame, NewTicketState.open_page)),
    "/mine/[reference]": Page(mine_ticket, (FrameState.open_frame, CustomerTicketState.open_page)),
    "/work": Page(work, (FrameState.open_frame, WorkState.open_page)),
    "/queue": Page(queue, (FrameState.open_frame, QueueState.open_page)),
    "/tickets/[reference]": Page(
        ticket,
        (
            FrameState.open_frame,
            TicketState.open_page,
            TicketOwnState.open_part,
            TicketArticlesState.open_part,
        ),
    ),
    "/escalations": Page(escalations, (FrameState.open_frame, EscalationsState.open_page)),
    "/cases/[reference]": Page(case, (FrameState.open_frame, CaseState.open_page)),
    "/tiers": Page(tiers, (FrameState.open_frame, NeedsState.open_needs, TierBoardState.open_page)),
    "/heatmap": Page(
        heatmap, (FrameState.open_frame, NeedsState.open_needs, HeatmapState.open_page)
    ),
    "/articles": Page(articles, (FrameState.open_frame, ArticlesState.open_page)),
    "/articles/[key]": Page(article, (FrameState.open_frame, ArticleState.open_page)),
    "/engine": Page(engine, (FrameState.open_frame, EngineState.open_page)),
    "/outbox": Page(outbox, (FrameState.open_frame, OutboxState.open_page)),
    "/people": Page(people, (FrameState.open_frame, PeopleState.open_page)),
    "/process": Page(process, (FrameState.open_frame, ProcessState.open_page)),
    "/settings": Page(my_notices, (FrameState.open_frame, MyNoticesState.open_page)),
    "/absences": Page(absences, (FrameState.open_frame, AbsenceState.open_page)),
}


def _page_guard(product: ASGIApp) -> ASGIApp:
    return PageGuard(product, is_https=settings().is_https)


def _browser_policy(product: ASGIApp) -> ASGIApp:
    return BrowserPolicy(product, public_url=settings().public_url, script_hashes=script_hashes())


@asynccontextmanager
async def _at_work() -> AsyncGenerator[None]:
    """The pushes, and in the demo its life, for as long as the product serves."""
    shield(app)
    async with live(Sockets(app), database()) as hub:
        on_accepted[:] = [hub.accepted]
        if settings().is_demo:
            from escalation_app.demo import simulator  # nobody else waits for its import

            async with simulator.lifespan(database()):
                yield
        else:
            yield


# The last transform is the outermost.
app = rx.App(
    stylesheets=STYLESHEETS,
    head_components=document_head(),
    api_transformer=[
        Starlette(routes=[*auth_routes(), *ATTACHMENT_ROUTES, *HEALTH_ROUTES]),
        _page_guard,
        _browser_policy,
    ],
    backend_exception_handler=report_failure,
    toaster=None,  # toasts are state of ours, drawn by components.toasts
)
app.add_middleware(Guard())
app.register_lifespan_task(_at_work)
for route in ROUTES:
    page = PAGES[route.path]
    app.add_page(
        page.draw,
        route=route.path,
        title=f"{route.title} - {BRAND}",
        on_load=list(page.on_load),
    )
app.add_page(not_found, route="404", title=f"No such page - {BRAND}")
