# ruff: noqa: E501 (tables of data)
"""Invented data for the gallery and the rendering tests: one afternoon of a help desk."""

from datetime import datetime, timedelta

from escalation_app.views.admin import EngineBeat, EngineView, OutboxPage, OutboxRow, PersonRow
from escalation_app.views.boards import (
    BoardCard,
    FlowCount,
    HeatCell,
    HeatHead,
    HeatRow,
    HeatTable,
    LookAhead,
    LookAheadCell,
    LookAheadRow,
    TierColumn,
    load_bar,
)
from escalation_app.views.clocks import (
    ClockView,
    GaugeNotch,
    GaugePause,
    PathStepView,
    PathView,
    WhyDetail,
    WhyLine,
)
from escalation_app.views.common import Choice, Figure, PersonMark, Sentence, TimeLeft
from escalation_app.views.customer import (
    CustomerPage,
    CustomerPromise,
    CustomerStatus,
    CustomerTicketRow,
    HistoryItem,
    PlainStep,
)
from escalation_app.views.escalations import EscalationGroup, EscalationRow
from escalation_app.views.frame import (
    FirstToBreak,
    Me,
    NavItem,
    NeedsYou,
    Notice,
    SituationLine,
    Toast,
)
from escalation_app.views.my_notices import MyNotices, NoticeChoice, NoticeWay
from escalation_app.views.process import ProcessDocument, ProcessSection, ProcessTableRow
from escalation_app.views.queue import QueuePage, QueueRow, QueueView, QueueViewGroup
from escalation_app.views.ticket import Fact, TicketAbilities, TicketHead, TicketPage, TimelineItem
from escalation_app.views.ticket_dialogs import (
    EscalateCandidate,
    EscalateChoices,
    EscalateOption,
    EscalateReason,
)
from escalation_app.views.words import iso, time_left_words


def _left(
    now: datetime, minutes: float, share: float, metric: str = "Resolution", **more: object
) -> TimeLeft:
    """A running clock with that many minutes left, and that share (0 to 1) of its target."""
    due = now + timedelta(minutes=minutes)
    whole = abs(minutes) / share if minutes > 0 else abs(minutes) + 60
    return TimeLeft(
        state="running",
        due_at=iso(due),
        from_at=iso(due - timedelta(minutes=whole)),
        metric=metric,
        words=time_left_words("running", int(minutes * 60)),
        breached=minutes < 0,
        **more,  # type: ignore[arg-type]
    )


def _paused(reason: str) -> TimeLeft:
    return TimeLeft(
        state="paused",
        pause_reason=reason,
        metric="",
        words=time_left_words("paused", 0, reason),
    )


OVERPAUSED = TimeLeft(state="overpaused", words=time_left_words("overpaused", -3960), breached=True)
MET = TimeLeft(state="met", words="met in 7m")
LATE = TimeLeft(state="late", words=time_left_words("late", -720), breached=True)
NONE = TimeLeft(state="none", words="no target")

AF = PersonMark("af", "A. Farouk", "AF", "Payments support")
KO = PersonMark("ko", "K. Osei", "KO", "Platform")
SI = PersonMark("si", "S. Iyer", "SI", "Payments support")
JL = PersonMark("jl", "J. Lind", "JL", "Front line")
ND = PersonMark("nd", "N. Diaz", "ND", "Halden Ferries")
NOBODY = PersonMark()

SEVERITIES = {"S1": "critical", "S2": "high", "S3": "normal", "S4": "low"}


def badges(now: datetime) -> list[TimeLeft]:
    """Every state of the badge once."""
    return [
        _left(now, 130, 0.62),
        _left(now, 26, 0.18),
        _left(now, -38, 0.0),
        _paused("waiting for customer"),
        OVERPAUSED,
        MET,
        LATE,
        NONE,
        TimeLeft(
            state="running",
            due_at=iso(now + timedelta(days=4)),
            from_at=iso(now),
            opens_at=iso(now + timedelta(hours=40)),
        ),
        _left(now, 5, 0.33, tail="to acknowledge"),
        _left(now, 0.7, 0.01),
    ]


_ROWS = [
    ("T-48177", -38, 0.0, "Resolution", "Settlement file missing for the third night", "Tessel Payments", "Enterprise", "S1", "T3", KO, True, False, "us", 6),
    ("T-48190", -12, 0.0, "Next update", "Guests charged twice at checkout in Lisbon", "Mirador Hotels", "Enterprise", "S2", "T2", SI, True, False, "us", 72),
    ("T-48229", -4, 0.0, "First response", "Cannot add a second signatory", "Quarry Street Bank", "Pro", "S3", "T1", NOBODY, False, False, "them", 244),
    ("T-48213", 9, 0.15, "Next update", "Card terminals decline every payment at 14 ports", "Halden Ferries", "Enterprise", "S1", "T2", AF, True, False, "them", 34),
    ("T-48233", 14, 0.10, "First response", "Export to ledger stops at row 65,536", "Orrin Logistics", "Pro", "S2", "T1", NOBODY, False, False, "them", 46),
    ("T-48201", 26, 0.22, "Next update", "Refunds over 500 stay “pending” since Monday", "Saffron Foods", "Enterprise", "S2", "T2", AF, False, True, "us", 34),
    ("T-48198", 110, 0.38, "Next update", "Invoice PDF shows last year’s address", "Fennimore Press", "Basic", "S3", "T1", JL, False, False, "us", 130),
    ("T-48160", 130, 0.44, "Resolution", "Webhook retries arrive out of order and the third one is dropped without a word in the log", "Tessel Payments", "Enterprise", "S2", "T3", KO, False, False, "us", 21),
    ("T-48226", 465, 0.70, "Resolution", "Change of VAT number on account", "Orrin Logistics", "Basic", "S4", "T1", JL, False, False, "us", 29),
    ("T-48230", 1560, 0.81, "Resolution", "Add French texts to kiosk receipts", "Halden Ferries", "Enterprise", "S4", "T1", JL, False, False, "them", 18),
]  # fmt: skip


def queue(now: datetime) -> QueuePage:
    """A page of a queue, most pressing first."""
    rows = [
        QueueRow(
            ref, f"/tickets/{ref}", subject, customer, plan, sev, SEVERITIES[sev], tier, "Open",
            who, _left(now, left, share, metric), path, promise,
            iso(now - timedelta(minutes=ago)), by, by == "them", ref == "T-48233",
        )
        for ref, left, share, metric, subject, customer, plan, sev, tier, who, path, promise, by, ago in _ROWS
    ]  # fmt: skip
    quiet = [
        QueueRow("T-48066", "/tickets/T-48066", "Loyalty balance wrong after merge", "Mirador Hotels",
                   "Enterprise", "S2", "high", "T2", "Open", SI, OVERPAUSED, True, False,
                   iso(now - timedelta(minutes=151)), "us"),
        QueueRow("T-48093", "/tickets/T-48093", "Printer queue stuck after update 9.2", "Brightwater Clinics",
                   "Pro", "S3", "normal", "T1", "Waiting", JL, _paused("waiting for customer"), False, False,
                   iso(now - timedelta(hours=27)), "us"),
    ]  # fmt: skip
    return QueuePage(
        (*rows, *quiet), 19, 1, 12, False, True, "", 0, "Open tickets, most pressing first"
    )


def view_groups() -> list[QueueViewGroup]:
    """The rail."""
    return [
        QueueViewGroup(
            "Mine",
            (
                QueueView("mine", "My tickets", 4, False, "/queue?view=mine"),
                QueueView("nobody", "Nobody’s yet", 2, False, "/queue?view=nobody"),
            ),
        ),
        QueueViewGroup(
            "Payments support",
            (
                QueueView("open", "All open", 19, False, "/queue", True),
                QueueView("over", "Over", 3, True, "/queue?view=over"),
                QueueView("soon", "Due soon", 5, False, "/queue?view=soon"),
                QueueView("paused", "Paused", 6, False, "/queue?view=paused"),
            ),
        ),
    ]


def nav(current: str = "Queue") -> list[NavItem]:
    """The ways of an agent."""
    ways = [
        ("Queue", "/", "19", "list", "q"),
        ("Ticket", "/ticket", "", "brief", "t"),
        ("Board", "/board", "", "tiers", "b"),
        ("Heatmap", "/heat", "", "grid", "h"),
        ("Escalations", "/escalations", "10", "up", "e"),
    ]
    return [
        NavItem(title, url, count, title == current, icon, go)
        for title, url, count, icon, go in ways
    ]


ME = Me("A. Farouk", "AF", "Agent", "a.farouk@support.example")


def notices(now: datetime) -> list[Notice]:
    """What stands under the bell."""
    return [
        Notice("1", iso(now), "T-48160 moved to Tier 3", "Skill missing. K. Osei has it now.", "/ticket", "up", True),
        Notice("2", iso(now - timedelta(minutes=12)), "T-48213: 75 % of the time is used", "L. Moreau was asked to call the customer.", "/ticket", "clock", True),
        Notice("3", iso(now - timedelta(hours=3)), "N. Diaz answered T-48213", "", "/ticket", "reply", False),
    ]  # fmt: skip


def toasts() -> list[Toast]:
    """Two toasts, one of which stays."""
    return [
        Toast(
            "a", "T-48160 moved to Tier 3", "Skill missing. K. Osei has it now.", "up", "/ticket"
        ),
        Toast(
            "b",
            "Not saved: R. Sato changed it at 14:31",
            "Your text is kept here.",
            "over",
            "",
            "Compare",
            True,
            True,
        ),
    ]


def line(now: datetime) -> SituationLine:
    """The situation line."""
    return SituationLine(3, 5, 5, 6, "/?view=over", "/?view=soon", "/?view=calm", "/?view=paused", "T-48213", "/ticket", "next update", iso(now + timedelta(minutes=9)), iso(now))  # fmt: skip


def columns(now: datetime) -> list[TierColumn]:
    """Four tiers."""

    def card(ref: str, sev: str, left: TimeLeft, subject: str, customer: str, holder: str = "", **moved: object) -> BoardCard:  # fmt: skip
        return BoardCard(ref, "/ticket", subject, sev, SEVERITIES[sev], customer, holder, left, **moved)  # type: ignore[arg-type]  # fmt: skip

    def tier(number: int, job: str, count: int, target: int, cards: list[BoardCard], oldest: float, *flow: tuple[str, int]) -> TierColumn:  # fmt: skip
        solid, mark, extra = load_bar(count, target)
        more = count - len(cards)
        return TierColumn(
            f"t{number}", f"Tier {number}", job, count, target, max(0, count - target), solid, mark, extra,
            iso(now - timedelta(hours=oldest)), tuple(FlowCount(*one) for one in flow), tuple(cards),
            max(0, more), f"{more} more, 14 due soon", f"/?tier={number}",
        )  # fmt: skip

    return [
        tier(1, "Front line, portal", 118, 140, [
            card("T-48229", "S3", _left(now, -4, 0), "Cannot add a second signatory", "Quarry Street Bank"),
            card("T-48233", "S2", _left(now, 14, 0.1), "Export to ledger stops at row 65,536", "Orrin Logistics"),
            card("T-48231", "S3", _left(now, 22, 0.21), "Password mail arrives twice", "Fennimore Press", "J. Lind"),
            card("T-48232", "S1", _left(now, 48, 0.16), "Kiosks offline in one hall", "Pavo Air", "J. Lind"),
        ], 54, ("in", 64), ("solved", 51), ("up", 9)),
        tier(2, "Specialists, phone and chat", 41, 45, [
            card("T-48190", "S2", _left(now, -12, 0), "Guests charged twice at checkout in Lisbon", "Mirador Hotels", "S. Iyer"),
            card("T-48213", "S1", _left(now, 9, 0.15), "Card terminals decline every payment at 14 ports", "Halden Ferries", "A. Farouk"),
            card("T-48093", "S3", _paused("waiting for customer"), "Printer queue stuck after update 9.2", "Brightwater Clinics", "J. Lind"),
        ], 73, ("in", 14), ("solved", 11), ("up", 4)),
        tier(3, "Experts, account manager", 19, 15, [
            card("T-48177", "S1", _left(now, -38, 0), "Settlement file missing for the third night", "Tessel Payments", "K. Osei"),
            card("T-48160", "S2", _left(now, 130, 0.44), "Webhook retries arrive out of order", "Tessel Payments", "K. Osei", moved_from="Tier 2", moved_at=iso(now), why="skill missing", fresh=True),
            card("T-48166", "S1", _left(now, 161, 0.38), "Fare tables empty after midnight", "Kestrel Rail", "V. Hale"),
        ], 146, ("in", 6), ("solved", 3), ("down", 1)),
        tier(4, "Executive, face to face", 4, 3, [
            card("T-47871", "S1", _left(now, 72, 0.2), "Two clinics share patient labels", "Brightwater Clinics", "D. Ames"),
            card("T-47702", "S2", TimeLeft(state="met", words="solved, being proved"), "Night trains sold twice", "Kestrel Rail", "M. Okafor"),
        ], 196, ("in", 1), ("down", 0)),
    ]  # fmt: skip


def needs(now: datetime) -> list[NeedsYou]:
    """Three things that need the reader."""
    return [
        NeedsYou("1", _left(now, -12, 0), "T-48177", "Settlement file missing, third night", "Tessel Payments. You were brought in at 14:20.", "/ticket", "acknowledge", "Acknowledge", True),
        NeedsYou("2", _left(now, 28, 0.2), "your obligation", "Call the treasurer of Tessel Payments", "Promised by W. Park for 15:00.", "/ticket", "done", "I called"),
        NeedsYou("3", _left(now, 180, 0.7), "a decision", "On-site visit for Halden Ferries?", "Third one this month, target is two.", "/ticket", "", "Decide"),
    ]  # fmt: skip


def heat(now: datetime) -> HeatTable:
    """Tier by severity."""
    given = {
        4: [(2, 72, 0.2), (2, 1620, 0.61), None, None],
        3: [(4, -38, 0), (9, 130, 0.44), (5, 1740, 0.66), "paused"],
        2: [(3, 9, 0.15), (13, -12, 0), (19, 55, 0.23), (6, 1560, 0.81)],
        1: [(1, 48, 0.16), (14, 14, 0.1), (61, -4, 0), (42, 465, 0.7)],
    }
    jobs = {4: "executive", 3: "experts", 2: "specialists", 1: "front line"}
    rows = []
    for tier, cells in given.items():
        drawn = []
        for severity, cell in zip(SEVERITIES, cells, strict=True):
            key, url = f"{tier}{severity}", f"/?tier={tier}&severity={severity}"
            if cell is None:
                drawn.append(HeatCell(key, words="none"))
            elif isinstance(cell, str):
                drawn.append(HeatCell(key, 1, _paused("waiting"), 0, cell, url, f"{key}: 1 paused"))  # fmt: skip
            else:
                count, left, share = cell
                drawn.append(HeatCell(key, count, _left(now, left, share), 2 if left == -38 else int(left < 0), "", url, f"Tier {tier}, {severity}: {count} open"))  # fmt: skip
        rows.append(HeatRow(HeatHead(f"t{tier}", f"Tier {tier}", jobs[tier]), tuple(drawn)))
    heads = tuple(HeatHead(key, key, name) for key, name in SEVERITIES.items())
    return HeatTable("Open tickets by tier and severity, with the worst time left", heads, tuple(rows), 182, 4)  # fmt: skip


def ahead(now: datetime) -> LookAhead:
    """The forecast for eight hours."""
    counts = {
        4: [0, 1, 0, 0, 0, 0, 0, 0],
        3: [0, 0, 1, 4, 1, 0, 1, 0],
        2: [2, 5, 8, 3, 2, 1, 0, 2],
        1: [2, 7, 11, 0, 0, 0, 0, 0],
    }
    hour = now.replace(minute=0, second=0, microsecond=0)
    hours = tuple(iso(hour + timedelta(hours=step)) for step in range(1, 9))
    rows = tuple(
        LookAheadRow(
            HeatHead(f"t{tier}", f"Tier {tier}", ""),
            tuple(
                LookAheadCell(
                    f"{tier}-{at}",
                    count,
                    0 if not count else 1 if count < 3 else 2 if count < 6 else 3,
                    "1 S1" if count else "",
                    "/?due=1" if count else "",
                    f"Tier {tier}: {count}",
                )
                for at, count in enumerate(cells)
            ),
        )
        for tier, cells in counts.items()
    )
    return LookAhead(
        "Tickets that will break per tier and hour if nobody acts", hours, rows, 51, hours[-1]
    )


def breaks(now: datetime) -> list[FirstToBreak]:
    """What breaks first."""
    return [
        FirstToBreak("T-48213", "/ticket", "Card terminals decline every payment at 14 ports", _left(now, 9, 0.15), "A. Farouk", "Tier 2", "An update to the customer, draft is open"),
        FirstToBreak("T-48233", "/ticket", "Export to ledger stops at row 65,536", _left(now, 14, 0.1), "", "Tier 1", "Somebody to take it: 3 people are free"),
    ]  # fmt: skip


def figures() -> list[Figure]:
    """Four figures, with and without a trend."""
    return [
        Figure("kept", "94.2", "%, up 1.1", "resolved inside the promise, 7 days", (91.8, 91.6, 92.4, 92.2, 93, 92.9, 93.8, 94.2), "Last 8 weeks rising from 91.8 to 94.2"),
        Figure("by", "31m", "median, down 9m", "by how much the missed ones were over", (52, 48, 50, 44, 45, 38, 37, 31), "Last 8 weeks falling from 52 to 31 minutes"),
        Figure("now", "4", "", "need me now", (), "", "/escalations"),
        Figure("ack", "3", "", "not acknowledged"),
    ]  # fmt: skip


def ticket(now: datetime) -> TicketPage:
    """A ticket in the middle of its path."""

    def at(minutes: float) -> str:
        return iso(now - timedelta(minutes=minutes))

    head = TicketHead("T-48213", "/ticket", "Card terminals decline every payment at 14 ports", "S1", "Critical", "Halden Ferries", "Enterprise", "T2", "Tier 2", "Payments support", "in_progress", "In progress", AF, True, True, "5 of 19", 7)  # fmt: skip
    items = (
        TimelineItem("1", "theirs", at(181), ND, "", "", "Logs attached. Same code on every terminal since the 08:05 restart. We are taking cash only and have 1,900 passengers boarding before 17:00."),
        TimelineItem("2", "event", at(181), NOBODY, "", "Clock resumed", "after 43m waiting for customer", "play"),
        TimelineItem("3", "note", at(86), PersonMark("rs", "R. Sato", "RS"), "", "", "Acquirer certificate rotated at 08:00, terminals still pin the old one. We cannot push the bundle, that needs the platform team."),
        TimelineItem("4", "ours", at(51), AF, "Halden Ferries", "", "We have found the cause: a security certificate changed this morning and your terminals have not taken it over. We are preparing the fix and will write again within the hour."),
        TimelineItem("5", "event", at(10), NOBODY, "", "Path step 2", "L. Moreau asked to call the customer", "up"),
    )  # fmt: skip
    notches = (GaugeNotch(50, "half"), GaugeNotch(75, "three quarters"), GaugeNotch(90, "nine tenths"))  # fmt: skip
    why = (
        WhyLine(Sentence("Target for Enterprise, severity 1"), "7h 00m"),
        WhyLine(
            Sentence("worked from", at(368), ""),
            "2h 24m",
            details=(
                WhyDetail("Fri 27 Mar, 16:00 to 17:00", "1h"),
                WhyDetail("Sat 28 Mar and Sun 29 Mar, no opening hours", "not counted"),
                WhyDetail(
                    "Mon 30 Mar, 09:00 to 10:24, without 20m of the yearly meeting of all teams",
                    "1h 24m",
                ),
            ),
        ),
        WhyLine(Sentence("paused: waiting for customer"), "not counted"),
        WhyLine(Sentence("Left of 7h 00m"), "1h 35m", True),
    )
    clocks = (
        ClockView("u", "Next update", _left(now, 9, 0.15), at(51), iso(now + timedelta(minutes=9)), 85, "85 % of 60 minutes used", notches, (), why, "Policy: Enterprise incidents, process version 14."),
        ClockView("r", "Resolution", _left(now, 95, 0.2), at(380), iso(now + timedelta(minutes=95)), 80, "77 % of 7 hours used, paused 43 minutes", notches, (GaugePause(31.1, 9.3, "waiting for customer"),), why, "Severity was raised from 2 to 1; the 38m already used stayed used."),
        ClockView("o", "L. Moreau owes", _left(now, -12, 0), at(72), at(12), 100, "Over by 12 minutes", notches, (), why, text="Call the customer, say where things stand and what happens next."),
    )  # fmt: skip
    more_clocks = (
        ClockView("p", "Triage", _paused("waiting for customer"), at(72), "", 42, "42 % used, paused", notches),
        ClockView("f", "First response", TimeLeft(state="met", words="met in 7m of 15m"), at(400), at(390)),
    )  # fmt: skip
    steps = (
        PathStepView("1", 1, "done", at(115), "", "Tell owner and team lead", "50 % used. R. Sato acknowledged after 4m.", "check"),
        PathStepView("2", 2, "now", at(10), "", "Senior manager calls the customer", "75 % used. L. Moreau was told, has not acknowledged.", "phone", _left(now, 5, 0.33, tail="to acknowledge"), True, (Sentence("Asked again at", at(5), "."), Sentence("Unacknowledged at", iso(now + timedelta(minutes=5)), ", it goes to all managers."))),
        PathStepView("3", 3, "todo", iso(now + timedelta(minutes=5)), "if silent", "Ask duty manager instead", "P. Novak, on duty until 18:00. At most twice."),
        PathStepView("4", 4, "nobody", iso(now + timedelta(minutes=20)), "", "No recipient", "Nobody on duty. Recorded, next step taken.", "x"),
        PathStepView("5", 5, "skip", iso(now + timedelta(minutes=30)), "", "Move to Tier 3", "Skipped: already moved by hand.", "skip"),
        PathStepView("6", 6, "todo", iso(now + timedelta(minutes=95)), "", "Bring in executive", "When due. D. Ames."),
    )  # fmt: skip
    path = PathView("p1", "S1 resolution at risk", "Started by itself when half the time was used.", "2 of 6", steps, True)  # fmt: skip
    facts = (
        Fact("Impact, urgency", "All sites, stops work"),
        Fact("Contact", "N. Diaz"),
        Fact("Reported", "", "", at(380)),
        Fact("Promise", "All ports paying by tonight", "", "", _left(now, 88, 0.45)),
        Fact("Linked", "T-47102", "/ticket"),
    )
    may = TicketAbilities(*[True] * 10)
    return TicketPage(head, may, items, 7, clocks, "24 x 7", path, facts, "N. Diaz and 2 more", Sentence("Meets the next update, new one due", iso(now + timedelta(minutes=60))), Sentence("Next update still due"), more_clocks)  # fmt: skip


def escalate_choices(now: datetime) -> EscalateChoices:
    """A playbook that fits, and the two types that a person picks."""
    effects = (
        Sentence("K. Osei and the Payments platform lead are told, with 15m to acknowledge."),
        Sentence("The customer’s clock is not touched: due", iso(now + timedelta(minutes=95)), "."),
        Sentence("Halden Ferries reads that the team that builds the terminals now has it."),
    )

    def reason(words: str, icon: str = "check", at: str = "") -> EscalateReason:
        return EscalateReason(icon, Sentence(words, at))

    monday = iso(now + timedelta(days=4))
    people = (
        EscalateCandidate(
            "1",
            "K. Osei",
            "KO",
            "",
            "best fit",
            True,
            False,
            (
                reason("knows “card acquiring” and “device bundles”"),
                reason("at work now"),
                reason("has 2 open"),
            ),
            effects[:1],
        ),
        EscalateCandidate(
            "2",
            "V. Hale",
            "VH",
            "Device support, Tier 3",
            "",
            False,
            False,
            (
                reason("knows “device bundles”"),
                reason("their night, until", "minus", iso(now + timedelta(hours=5))),
                reason("has nothing open"),
            ),
            effects[:1],
        ),
        EscalateCandidate(
            "3", "T. Bauer", "TB", "", "away", False, True, (reason("back", "arrow", monday),)
        ),
    )
    managers = (
        EscalateCandidate(
            "4",
            "M. Okafor",
            "MO",
            "",
            "best fit",
            True,
            False,
            (reason("has 3 open"),),
            effects[:1],
        ),
    )
    return EscalateChoices(
        (
            EscalateOption("playbook", "A playbook knows this", "Functional. “Payment outage at several sites” fits: severity S1 and it speaks of “payment”.", "Payments platform, Tier 3", True, False, people, effects, "functional", "outage", "The team that builds the terminals now has it."),
            EscalateOption("functional", "A skill is missing", "It goes to somebody who can do what this team cannot.", "Payments platform, Tier 3", False, False, people, effects[1:], "functional", "", "A specialist team now has it."),
            EscalateOption("hierarchical", "Authority is missing", "A decision above this team, or the customer asks for a manager.", "a manager", False, False, managers, effects[1:], "hierarchical", "", "A manager now looks at it.", Sentence("They owe it to the case, due", iso(now + timedelta(hours=2)), ".")),
        ),
        Sentence("The path “Critical, resolution at risk” keeps running. Its next step: move to the next tier,", iso(now + timedelta(minutes=50)), "."),
        _left(now, 95, 0.4),
    )  # fmt: skip


def escalations(now: datetime) -> list[EscalationGroup]:
    """Two groups."""
    one = EscalationRow(
        key="1",
        ref="T-48177",
        url="/ticket",
        subject="Settlement file missing for the third night",
        severity="S1",
        severity_name="critical",
        customer="Tessel Payments",
        plan="Enterprise",
        tier="T3",
        time_left=_left(now, -38, 0),
        kind="automatic",
        kind_name="Automatic",
        why="resolution broken",
        since_at=iso(now - timedelta(minutes=38)),
        owner=PersonMark("mo", "M. Okafor", "MO"),
        sponsor="D. Ames",
        dots=("done", "done", "done", "now", "todo"),
        dots_label="Step 4 of 5",
        path_words="executive told",
        acknowledge=_left(now, 5, 0.33, tail="to acknowledge"),
        can_acknowledge=True,
        can_assign=True,
        can_deescalate=True,
        can_triage=True,
        is_asked=True,
        is_fresh=True,
    )
    two = EscalationRow(
        key="2",
        ref="T-48190",
        url="/ticket",
        subject="Guests charged twice at checkout in Lisbon",
        severity="S2",
        severity_name="high",
        customer="Mirador Hotels",
        plan="Enterprise",
        tier="T2",
        time_left=_left(now, 95, 0.23),
        kind="hierarchical",
        kind_name="Hierarchical",
        why="the customer asked for a manager",
        since_at=iso(now - timedelta(minutes=90)),
        dots=("done", "now", "todo"),
        dots_label="Step 2 of 3",
        path_words="acknowledged",
        acknowledged_by="G. Tan",
        can_assign=True,
        can_deescalate=True,
    )
    return [
        EscalationGroup("now", "Needs you now", (one,)),
        EscalationGroup("running", "Running", (two,)),
    ]


def customer(now: datetime) -> CustomerStatus:
    """A customer's page."""

    def at(minutes: float) -> str:
        return iso(now - timedelta(minutes=minutes))

    return CustomerStatus(
        "T-48213", "Card terminals decline every payment at 14 ports", at(380), "N. Diaz",
        "The cause is found. The fix is being tested.",
        "A security certificate changed this morning and your terminals have not taken it over.",
        (
            PlainStep("1", "done", "We have it", at(380)),
            PlainStep("2", "done", "Cause found", at(51)),
            PlainStep("3", "now", "Fix being tested", "", "now", "flask"),
            PlainStep("4", "todo", "You try it", iso(now + timedelta(minutes=70)), "by"),
            PlainStep("5", "todo", "Closed", "", "when you say so"),
        ),
        Sentence("Solved by", iso(now + timedelta(minutes=88))), _left(now, 88, 0.45),
        Sentence("By", iso(now + timedelta(minutes=9)), ", by phone"), "and every hour until it is solved",
        "A. Farouk", "M. Okafor answers for the whole of it",
        (
            HistoryItem("1", at(10), "A senior manager was asked to call you", "L. Moreau, because most of the agreed time is used."),
            HistoryItem("2", at(34), "You wrote", "“If this slips past 16:00 we have to hold two sailings, so warn me early.”", True),
            HistoryItem("3", at(51), "Cause found", "A. Farouk wrote to you."),
        ),
        (
            Sentence("M. Okafor, who answers for it, is told at once."),
            Sentence("You are called within 30 minutes, before", iso(now + timedelta(minutes=30)), "."),
            Sentence("If nobody calls, D. Ames, an executive, is told. You see it here."),
        ),
        False, "", False, True, True,
        promises=(
            CustomerPromise("p1", "A call by our director", Sentence("by", at(-60)), Sentence("agreed with you in place of", at(10)), _left(now, 60, 0.5)),
            CustomerPromise("p2", "The cause in writing", Sentence("was due", at(20)), Sentence(), TimeLeft("late", words="kept 5m late")),
        ),
    )  # fmt: skip


def problems(now: datetime) -> list[CustomerTicketRow]:
    """A customer's list."""
    return [
        CustomerTicketRow("T-48213", "/status", "Card terminals decline every payment at 14 ports", "Fix being tested", "N. Diaz", True, True, False, True, _left(now, 88, 0.45), iso(now + timedelta(minutes=9)), iso(now)),
        CustomerTicketRow("T-48230", "/status", "Add French texts to kiosk receipts", "Waiting for your answer", "N. Diaz", True, True, True, False, _left(now, 1560, 0.81), "", iso(now - timedelta(hours=30))),
    ]  # fmt: skip


def problems_page(now: datetime) -> CustomerPage:
    """A lead's list with a second page."""
    return CustomerPage(tuple(problems(now)), "open", 2, 1, 30, 0, 1, 2, False, True, "", "Halden Ferries")  # fmt: skip


def people(now: datetime) -> list[PersonRow]:
    """The admin's list."""
    return [
        PersonRow("1", AF, "a.farouk@support.example", "Agent", "Support", "Payments support", "Tier 2", True, iso(now)),
        PersonRow("2", ND, "n.diaz@halden.example", "Customer, lead", "Halden Ferries", "", "", False, ""),
    ]  # fmt: skip


def engine(now: datetime) -> EngineView:
    """Two engines, one of which is silent."""
    beats = (
        EngineBeat("a:1", "a:1", iso(now), iso(now), "3.1 ms", "0.4 ms", 64, 0),
        EngineBeat("b:7", "b:7", iso(now - timedelta(minutes=2)), iso(now), "2.0 ms", "12.0 ms", 3, 1, "1 h 0 min back", iso(now), True),
    )  # fmt: skip
    today = (Figure("sla_breached", "7", label="promises broken"),)
    return EngineView(iso(now), 10, beats, iso(now + timedelta(minutes=9)), 3, 1, 1, today, iso(now))  # fmt: skip


def outbox(now: datetime) -> OutboxPage:
    """Messages in several states."""
    rows = (
        OutboxRow("1", iso(now), "M. Okafor <m.okafor@support.example>", "E-mail", "A promise is broken", "kept", "Kept", "", 0, "No mail server is set.", "T-48177"),
        OutboxRow("2", iso(now), "D. Ames <d.ames@support.example>", "E-mail", "Bring in an executive", "dead", "Dead", "", 5, "550 no such mailbox", "T-48177", True, "", 2, True),
    )  # fmt: skip
    states = (Choice("", "All"), Choice("kept", "Kept", "1"), Choice("dead", "Dead", "1"))
    return OutboxPage(rows, "", states, (Choice("email", "E-mail", "1"),), "2", 0, 1, 2)


def my_notices() -> MyNotices:
    """Somebody who keeps hours of their own."""
    both = (NoticeWay("in_app", True), NoticeWay("email", True, is_told=False))
    never = (NoticeWay("in_app", True, is_forced=True), NoticeWay("email"))
    return MyNotices(
        groups=(
            NoticeChoice("messages", "Messages", "A customer or a colleague writes.", both),
            NoticeChoice("cases", "Escalations", "One starts or ends.", never, "You are told."),
        ),
        email="a.farouk@support.example",
        pace="hourly",
        paces=(Choice("at_once", "At once", "Each by itself."), Choice("hourly", "Hourly")),
        quiet="own",
        quiet_choices=(Choice("own", "Hours of my own"), Choice("none", "None")),
        starts="22:00",
        ends="07:00",
        zone="Europe/London",
        never_waits="S1",
    )


def process(now: datetime) -> ProcessDocument:
    """A process of two sections."""
    return ProcessDocument(
        name="Support",
        version=1,
        published_at=iso(now),
        sections=(
            ProcessSection(
                "targets",
                "What is promised",
                ("A customer’s plan and a ticket’s severity give its times.",),
                ("Severity", "Basic", "Pro", "Enterprise"),
                (
                    ProcessTableRow(("S1", "3 days", "48 hours", "7 hours")),
                    ProcessTableRow(("S2", "3 days", "48 hours", "24 hours")),
                ),
            ),
            ProcessSection(
                "rules",
                "How a clock runs",
                (
                    "A clock starts when the ticket is opened.",
                    "Met exactly at the due time is met.",
                ),
                (),
                (),
                (
                    "It pauses while we wait for the customer.",
                    "A breach is never erased.",
                ),
            ),
        ),
    )
