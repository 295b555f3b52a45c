import json

import pytest
from sqlalchemy import update

from escalation_app import cli
from escalation_app.domain.permissions import Role
from escalation_app.models import EventRow
from escalation_app.services import tickets
from escalation_app.services.people import actor_of
from escalation_app.services.process_versions import ensure_live
from escalation_app.services.queries.audit import RULES
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.people import House


@pytest.fixture(autouse=True)
def ticket(house: House) -> None:
    with house.database.writing() as session:
        ensure_live(session, house.clock.utc_now())
        customer = actor_of(session, house.people[Role.CUSTOMER].id)
    assert customer is not None
    with unit_of_work(customer, on=house.database) as uow:
        tickets.open_ticket(uow, tickets.NewTicket("Down", "Help", "high", "high"))


def damage(house: House) -> None:
    with house.database.writing() as session:
        session.execute(update(columns(EventRow)).values(kind="forgotten"))


def test_every_rule_is_said_to_hold(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["audit", "check"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"holds   {rule.holds}" for rule in RULES]


def test_a_broken_rule_is_named_with_its_tickets(house: House, capsys: pytest.CaptureFixture[str]):
    damage(house)

    assert cli.main(["audit", "check"]) == 1

    said = "BROKEN  every ticket's opening is on record: lost, 1 times (T-1001)"
    assert said in capsys.readouterr().out.splitlines()


def test_a_machine_reads_the_same(house: House, capsys: pytest.CaptureFixture[str]):
    damage(house)

    assert cli.main(["audit", "check", "--json"]) == 1

    rules = {rule["key"]: rule for rule in json.loads(capsys.readouterr().out)["rules"]}
    assert set(rules) == {rule.key for rule in RULES}
    broken = rules["ticket_not_recorded"]
    assert (broken["fault"], broken["count"], broken["tickets"]) == ("lost", 1, ["T-1001"])
