"""The application that ``gallery.py`` builds: one page for each of the mockups."""

from datetime import UTC, datetime

import reflex as rx

from escalation_app.components import (
    blank,
    board,
    chips,
    clocks,
    composer,
    conversation,
    customer,
    escalate,
    escalations,
    facts,
    figures,
    heat,
    marks,
    page,
    path,
    people,
    process,
    sign_in,
    table,
    time_left,
    views_rail,
)
from escalation_app.components.base import count_of
from escalation_app.views.admin import EngineView, OutboxRow, PersonRow
from escalation_app.views.boards import HeatTable, LookAhead, TierColumn
from escalation_app.views.common import Choice, Figure, PersonMark, TimeLeft
from escalation_app.views.customer import CustomerPage, CustomerStatus
from escalation_app.views.escalations import EscalationGroup
from escalation_app.views.frame import (
    FirstToBreak,
    Me,
    NavItem,
    NeedsYou,
    Notice,
    SituationLine,
    Toast,
)
from escalation_app.views.process import ProcessDocument
from escalation_app.views.queue import FilterChip, FilterField, QueuePage, QueueViewGroup
from escalation_app.views.ticket import TicketPage
from escalation_app.views.ticket_dialogs import EscalateChoices
from escalation_app.views.words import iso
from tests.components import samples

NAV = samples.nav()


class Gallery(rx.State):
    """All samples, read when a page is opened."""

    ready: bool = False
    now: str = ""
    queue: QueuePage = QueuePage()
    groups: list[QueueViewGroup] = []
    chosen: list[str] = ["T-48213"]
    chips: list[FilterChip] = [FilterChip("tier", "Tier", "1 to 3")]
    fields: list[FilterField] = [
        FilterField("severity", "Severity", (Choice("S1", "S1"), Choice("S2", "S2")))
    ]
    line: SituationLine = SituationLine()
    notices: list[Notice] = []
    toasts: list[Toast] = []
    columns: list[TierColumn] = []
    needs: list[NeedsYou] = []
    heat: HeatTable = HeatTable()
    ahead: LookAhead = LookAhead()
    breaks: list[FirstToBreak] = []
    figures: list[Figure] = []
    ticket: TicketPage = TicketPage()
    choices: EscalateChoices = EscalateChoices()
    person: str = "1"
    option: str = "automatic"
    is_escalating: bool = False
    escalations: list[EscalationGroup] = []
    status: CustomerStatus = CustomerStatus()
    problem_page: CustomerPage = CustomerPage()
    people: list[PersonRow] = []
    engine: EngineView = EngineView()
    outbox: list[OutboxRow] = []
    document: ProcessDocument = ProcessDocument()
    badges: list[TimeLeft] = []
    said: str = ""

    @rx.event
    def load(self):
        now = datetime.now(UTC)
        self.now = iso(now)
        self.queue, self.groups = samples.queue(now), samples.view_groups()
        self.line, self.notices = samples.line(now), samples.notices(now)
        self.columns, self.needs = samples.columns(now), samples.needs(now)
        self.heat, self.ahead, self.breaks = (
            samples.heat(now),
            samples.ahead(now),
            samples.breaks(now),
        )
        self.figures, self.ticket = samples.figures(), samples.ticket(now)
        self.choices, self.escalations = samples.escalate_choices(now), samples.escalations(now)
        self.status = samples.customer(now)
        self.problem_page = CustomerPage(tuple(samples.problems(now)), open=2, total=2)
        self.people, self.engine, self.outbox = (
            samples.people(now),
            samples.engine(now),
            list(samples.outbox(now).rows),
        )
        self.document, self.badges = samples.process(now), samples.badges(now)
        self.ready = True

    @rx.event
    def show_toasts(self):
        self.toasts = samples.toasts()

    @rx.event
    def choose(self, ref: str):
        self.chosen = (
            [one for one in self.chosen if one != ref]
            if ref in self.chosen
            else [*self.chosen, ref]
        )

    @rx.event
    def clear(self):
        self.chosen = []

    @rx.event
    def close_toast(self, key: str):
        self.toasts = [one for one in self.toasts if one.key != key]

    @rx.event
    def set_option(self, value: str):
        self.option = value

    @rx.event
    def set_person(self, value: str):
        self.person = value

    @rx.event
    def set_filter(self, key: str, value: str):
        self.said = f"{key}={value}"

    @rx.event
    def say(self, words: str):
        self.said = words

    @rx.event
    def try_again(self, number: int):
        self.said = f"again {number}"

    @rx.event
    def send(self, form: dict):
        self.said = repr(form)

    @rx.event
    def open_dialog(self):
        self.is_escalating = True

    @rx.event
    def close_dialog(self):
        self.is_escalating = False


def _ready() -> rx.Component:
    return rx.el.span(
        Gallery.said,
        id="said",
        class_name="sr",
        custom_attrs={"data-ready": rx.cond(Gallery.ready, "true", "false")},
    )


def _staff(*body, current: str = "Queue", **more) -> rx.Component:
    return page.staff_page(
        *body,
        _ready(),
        nav=samples.nav(current),
        me=samples.ME,
        line=Gallery.line,
        notices=Gallery.notices,
        unread=2,
        on_read_notices=Gallery.say("read"),
        toasts=Gallery.toasts,
        on_close_toast=Gallery.close_toast,
        server_now=Gallery.now,
        **more,
    )


def queue() -> rx.Component:
    return _staff(
        table.title_bar(
            "All open",
            marks.button("Save view", name="star", class_name="wide-only"),
            marks.button_link("New ticket", to="/ticket", kind="primary", name="plus", key="c"),
            words="19 tickets, most pressing first",
        ),
        chips.filter_bar(
            chips.search_box("", Gallery.say),
            Gallery.chips,
            Gallery.fields,
            on_set=Gallery.set_filter,
            on_remove=Gallery.say,
            on_clear=Gallery.clear,
        ),
        table.bulk_bar(
            count_of(Gallery.chosen),
            marks.button("Assign", name="user", key="a", on_click=Gallery.say("assign")),
            marks.button("Escalate", name="up", key="e", on_click=Gallery.show_toasts),
            on_clear=Gallery.clear,
        ),
        table.queue_table(
            Gallery.queue,
            is_loading=~Gallery.ready,
            chosen=Gallery.chosen,
            on_choose=Gallery.choose,
        ),
        table.queue_foot(Gallery.queue, Gallery.say("previous"), Gallery.say("next")),
        rail=views_rail.views_rail(Gallery.groups),
    )


def ticket() -> rx.Component:
    one = Gallery.ticket
    return _staff(
        facts.ticket_head(
            one.head,
            marks.button("Assign", name="user", key="a", on_click=Gallery.say("assign")),
            marks.button("Wait for…", name="pause", on_click=Gallery.say("wait")),
            marks.button("Resolve…", name="check", on_click=Gallery.say("resolve")),
            marks.button(
                "Escalate", kind="primary", name="up", key="e", on_click=Gallery.open_dialog
            ),
            back=("All open", "/"),
        ),
        facts.ticket_phone_tabs(one),
        facts.ticket_columns(
            path.path_lane(
                one.path,
                on_acknowledge=Gallery.say("acknowledged"),
                actions=[marks.button("Stop path…", kind="quiet")],
            ),
            conversation.conversation(
                one,
                composer.composer(one, on_send=Gallery.send, draft=Gallery.said),
            ),
            facts.ticket_aside(one, clocks.clocks(one)),
        ),
        facts.ticket_dock(
            marks.button("Reply", name="reply"),
            marks.button("Escalate", kind="primary", name="up", on_click=Gallery.open_dialog),
        ),
        escalate.escalate_dialog(
            Gallery.is_escalating,
            one.head,
            Gallery.choices,
            Gallery.option,
            Gallery.person,
            on_choose=Gallery.set_option,
            on_person=Gallery.set_person,
            on_close=Gallery.close_dialog,
            on_escalate=Gallery.send,
        ),
        main_class="main ticket",
    )


def board_page() -> rx.Component:
    return _staff(
        figures.needs_you(Gallery.needs, on_act=Gallery.set_filter),
        table.title_bar("Tier board", words="182 open, the top stays small"),
        board.board(Gallery.columns),
        current="Board",
    )


def heat_page() -> rx.Component:
    return _staff(
        table.title_bar("SLA heatmap", words="worst clock per cell, a cell opens its queue"),
        heat.halves(heat.heat_now(Gallery.heat), heat.heat_next(Gallery.ahead)),
        figures.figure_row(Gallery.figures),
        heat.first_to_break(Gallery.breaks),
        current="Heatmap",
    )


def escalations_page() -> rx.Component:
    return _staff(
        table.title_bar("Escalations", words="10 cases"),
        figures.figure_row(Gallery.figures),
        escalations.escalation_table(
            Gallery.escalations,
            case_link="?case=",
            chosen="T-48177",
            on_acknowledge=Gallery.say,
            on_triage=Gallery.say,
        ),
        current="Escalations",
    )


def status() -> rx.Component:
    return page.customer_page(
        customer.status_head(Gallery.status),
        rx.el.div(
            customer.stands(Gallery.status),
            customer.promise_boxes(Gallery.status),
            customer.answer_box(Gallery.status, on_answer=Gallery.send, draft=Gallery.said),
            customer.history(Gallery.status.history),
        ),
        customer.escalate_box(Gallery.status, on_escalate=Gallery.open_dialog),
        customer.status_dock(Gallery.status, on_escalate=Gallery.open_dialog),
        _ready(),
        nav=[NavItem("My problems", "/problems", icon="list")],
        me=Me("N. Diaz", "ND", "Customer"),
        server_now=Gallery.now,
    )


def problems() -> rx.Component:
    return page.customer_page(
        customer.problems_head(Gallery.problem_page, to_new="/problems"),
        customer.problems(Gallery.problem_page.rows),
        customer.new_problem(on_open=Gallery.send),
        _ready(),
        nav=[NavItem("My problems", "/problems", "", True, "list")],
        me=Me("N. Diaz", "ND", "Customer"),
        server_now=Gallery.now,
        is_single=True,
    )


def admin() -> rx.Component:
    return _staff(
        table.title_bar("Engine and messages"),
        people.engine_panel(Gallery.engine, Gallery.try_again),
        people.outbox_table(Gallery.outbox, Gallery.try_again),
        table.title_bar("People"),
        people.people_table(Gallery.people),
    )


def process_page() -> rx.Component:
    return _staff(process.document(Gallery.document))


def sheet() -> rx.Component:
    return _staff(
        rx.el.div(
            rx.foreach(Gallery.badges, lambda one: time_left.time_left(one)),
            style={"display": "flex", "gap": "12px", "flexWrap": "wrap", "padding": "16px"},
        ),
        rx.el.div(
            *[marks.severity(one, "x") for one in ("S1", "S2", "S3", "S4")],
            marks.tag("In progress"),
            marks.tag("Path running", name="up"),
            marks.person(PersonMark()),
            marks.button("Primary", kind="primary"),
            marks.button("Ink", kind="ink"),
            marks.button("Off", disabled=True),
            marks.button("Toasts", on_click=Gallery.show_toasts, id="toasts"),
            style={"display": "flex", "gap": "12px", "padding": "16px", "flexWrap": "wrap"},
        ),
        blank.nothing_yet("Tickets appear here when a customer writes."),
        blank.nothing_matches(19, on_clear=Gallery.clear),
        blank.all_done("Nobody is waiting for you."),
        blank.error_page("We cannot show this ticket", "Nothing you wrote is lost."),
    )


def dialog_page() -> rx.Component:
    return ticket()


def sign_in_page() -> rx.Component:
    return page.bare_page(
        sign_in.gate(
            sign_in.seats("/auth/demo", ["customer", "agent", "manager", "executive", "admin"]),
        ),
        _ready(),
    )


app = rx.App(stylesheets=page.STYLESHEETS, head_components=page.document_head())
for draw, route in (
    (queue, "/"),
    (ticket, "/ticket"),
    (board_page, "/board"),
    (heat_page, "/heat"),
    (escalations_page, "/escalations"),
    (status, "/status"),
    (problems, "/problems"),
    (admin, "/admin"),
    (process_page, "/process"),
    (sheet, "/sheet"),
    (sign_in_page, "/sign-in"),
):
    app.add_page(draw, route=route, title="Gallery", on_load=Gallery.load)
app.add_page(
    dialog_page,
    route="/dialog",
    title="Gallery",
    on_load=[Gallery.load, Gallery.open_dialog],
)
