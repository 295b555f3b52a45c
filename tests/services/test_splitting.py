"""Making a ticket of its own of what a customer wrote in another one."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from escalation_app.db import Database
from escalation_app.domain.clocks import Metric
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Stale
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import MessageRow
from escalation_app.services import attachments, escalations, file_store, tickets
from escalation_app.services.attachments import Uploaded, find_attachment
from escalation_app.services.queries.audit import audit
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.splitting import split_form
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.services.splitting import split
from escalation_app.services.store import load_ticket, ticket_id_of
from escalation_app.views.ticket import TimelineItem
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def of_two_things(desk: SupportDesk) -> tuple[str, int]:
    """A ticket in which the customer wrote of something else, and the key of that message."""
    ref = desk.open("Login", impact="medium", urgency="medium").reference
    desk.wait(minutes=5)
    desk.act("customer", tickets.send_message, ref, "And the printer is jammed")
    desk.wait(minutes=5)
    return ref, int(desk.see("agent", split_form, ref).messages[-1].key)


def test_what_is_split_off_is_linked_back_and_has_clocks_and_the_message(desk: SupportDesk):
    ref, key = of_two_things(desk)

    new = desk.act("agent", split, ref, "Printer", [key], "That goes on in {ref}.")

    page = desk.see("agent", ticket_page, new.reference, desk.now)
    assert page.head.subject == "Printer"
    assert [(link.said, link.ref) for link in page.links] == [("was split off", ref)]
    assert [item.text for item in page.timeline if item.kind == "theirs"] == [
        "And the printer is jammed"
    ]
    with desk.database.writing() as session:
        clock = load_ticket(session, ticket_id_of(session, new.reference)).clock(Metric.RESOLUTION)
    assert clock is not None
    assert clock.due_at == desk.now - timedelta(minutes=5) + clock.target


def test_it_stays_with_the_team_whose_agents_go_on_with_it(desk: SupportDesk):
    ref, key = of_two_things(desk)
    desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "A skill")

    new = desk.act("specialist", split, ref, "Printer", [key])

    assert (new.tier, new.team) == (2, "application_support")
    assert desk.act("specialist", tickets.take, new.reference).assignee_id is not None


def test_the_customer_reads_where_it_went(desk: SupportDesk):
    ref, key = of_two_things(desk)

    new = desk.act("agent", split, ref, "Printer", [key], "That goes on in {ref}.").reference

    ours = [row.body for row in rows(desk, MessageRow) if row.side == "us"]
    assert ours == [f"That goes on in {new}."]
    old, fresh = (
        [item.title for item in desk.see("customer", customer_status, one, desk.now).history]
        for one in (ref, new)
    )
    assert f"A part of it goes on in {new}" in old
    assert f"We took it out of {ref}" in fresh


def test_files_go_with_the_messages_that_are_split_off_and_stay_where_they_were(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(file_store, "_folder", lambda: tmp_path)
    log = file_store.path_of("printer-log")
    log.parent.mkdir(parents=True)
    log.write_bytes(b"jammed")
    digest = hashlib.sha256(b"jammed").hexdigest()
    ref, _ = of_two_things(desk)
    file = Uploaded("printer-log", "log.txt", "text/plain", 6, digest)
    desk.act("customer", attachments.register, file)
    desk.act("customer", tickets.send_message, ref, "Its log", files=["printer-log"])
    first, *_, last = desk.see("agent", split_form, ref).messages

    new = desk.act("agent", split, ref, "Printer", [int(first.key), int(last.key)]).reference

    (files,) = (item.files for item in page_of(desk, new) if item.files)
    (kept,) = (item.files for item in page_of(desk, ref) if item.files)
    assert [one.name for one in files] == [one.name for one in kept] == ["log.txt"]
    key = files[0].url.rpartition("/")[2]
    assert key != "printer-log"
    log.unlink()
    assert file_store.read_whole(key, digest) == b"jammed"
    assert desk.see("customer", find_attachment, key).name == "log.txt"
    with pytest.raises(NotFound):
        desk.see("stranger", find_attachment, key)


def page_of(desk: SupportDesk, ref: str) -> Sequence[TimelineItem]:
    """What the customer wrote in a ticket."""
    timeline = desk.see("agent", ticket_page, ref, desk.now).timeline
    return [item for item in timeline if item.kind == "theirs"]


def test_all_rules_hold_of_both(desk: SupportDesk):
    ref, key = of_two_things(desk)
    desk.act("agent", split, ref, "Printer", [key])

    for _ in range(6):
        desk.wait(hours=3)

    with desk.reading() as session:
        broken = [
            found.rule.key
            for found in audit(session, desk.now, timedelta(minutes=5))
            if found.count and "message" not in found.rule.key
        ]
    assert broken == []


def test_only_what_the_customer_wrote_in_it_is_taken(desk: SupportDesk):
    ref, key = of_two_things(desk)
    other, foreign = of_two_things(desk)

    with pytest.raises(Invalid, match="Choose among"):
        desk.act("agent", split, ref, "Printer", [key, foreign])
    with pytest.raises(Invalid, match="at least one"):
        desk.act("agent", split, other, "Printer", [])


def test_what_changed_since_it_was_shown_is_not_overlooked(desk: SupportDesk):
    ref, key = of_two_things(desk)
    revision = desk.see("agent", ticket_page, ref, desk.now).head.version
    desk.act("customer", tickets.send_message, ref, "It works again")

    with pytest.raises(Stale):
        desk.act("agent", split, ref, "Printer", [key], "", revision)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("specialist", NotAllowed),
        ("executive", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_split(desk: SupportDesk, who: str, error: type[Exception]):
    ref, key = of_two_things(desk)

    with pytest.raises(error):
        desk.act(who, split, ref, "Printer", [key])
