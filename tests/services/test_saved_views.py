"""Views that are kept: whose they are, who sees them, and what becomes of a deleted one."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.models import EventRow
from escalation_app.services import saved_views
from escalation_app.services.queries import queue, queue_rail
from escalation_app.services.queries.queue_filter import QueueFilter
from escalation_app.services.queries.queue_own import (
    EVERYBODY,
    OwnQueue,
    own_queue,
    sharing_choices,
)
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk

URGENT = QueueFilter("over", 1, "1", sort="-opened", columns="tags,tier", page=3)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as desk:
        yield desk


def save(desk: SupportDesk, who: str = "agent", name: str = "Urgent", shared: str = "") -> int:
    return desk.act(who, saved_views.save_view, name, URGENT, shared)


def own(desk: SupportDesk, who: str = "agent") -> OwnQueue:
    return desk.see(who, own_queue)


def names(desk: SupportDesk, who: str) -> list[str]:
    return [view.name for view in own(desk, who).views]


def test_a_view_keeps_filters_order_and_columns_but_no_page(desk: SupportDesk):
    key = save(desk, name="  Urgent   ones ")

    (view,) = own(desk).views

    assert (view.key, view.name, view.owner, view.is_changeable) == (key, "Urgent ones", "", True)
    assert view.wanted == QueueFilter(
        "over", 1, "1", sort="-opened", columns="tags,tier", saved=key
    )


def test_a_view_stands_in_the_rail_and_gives_the_queue_its_name(desk: SupportDesk):
    key = save(desk)
    wanted = own(desk).views[0].wanted

    shown = desk.see("agent", queue.queue_screen, wanted, desk.now)

    saved = next(group for group in shown.groups if group.is_saved)
    assert [(view.name, view.is_current) for view in saved.views] == [("Urgent", True)]
    assert (shown.title, shown.saved.key, shown.saved.is_changed) == ("Urgent", str(key), False)
    other = desk.see("agent", queue.queue_screen, QueueFilter(tier=1, saved=key), desk.now)
    assert other.saved.is_changed


@pytest.mark.parametrize(
    ("owner", "shared", "seen_by"),
    [
        ("agent", "", {"agent"}),
        ("agent", "service_desk", {"agent", "colleague"}),
        ("manager", EVERYBODY, {"agent", "colleague", "specialist", "manager", "executive"}),
        ("manager", "application_support", {"specialist", "manager"}),
    ],
)
def test_a_view_is_seen_by_those_it_is_shared_with(
    desk: SupportDesk, owner: str, shared: str, seen_by: set[str]
):
    save(desk, owner, shared=shared)

    everybody = ("agent", "colleague", "specialist", "manager", "executive")
    assert {who for who in everybody if names(desk, who)} == seen_by


def test_a_shared_view_means_the_same_tier_to_everybody(desk: SupportDesk):
    save(desk, "manager", shared=EVERYBODY)

    assert {own(desk, who).views[0].wanted.tier for who in ("manager", "specialist")} == {1}


@pytest.mark.parametrize(
    ("who", "shared"),
    [
        ("agent", "application_support"),
        ("agent", EVERYBODY),
        ("executive", EVERYBODY),
        ("customer", ""),
    ],
)
def test_who_may_not_share_so_far_is_refused(desk: SupportDesk, who: str, shared: str):
    with pytest.raises(NotAllowed):
        save(desk, who, shared=shared)


def test_what_is_offered_for_sharing_is_what_is_allowed(desk: SupportDesk):
    offered = {
        who: [one.value for one in desk.see(who, sharing_choices)]
        for who in ("agent", "manager", "executive")
    }

    assert offered["agent"] == ["", "service_desk"]
    assert offered["executive"] == [""]
    assert EVERYBODY in offered["manager"]
    for choice in offered["manager"]:
        save(desk, "manager", f"For {choice}", choice)


def test_a_team_that_does_not_exist_is_refused(desk: SupportDesk):
    with pytest.raises(NotFound):
        save(desk, "manager", shared="no_such_team")


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_needs_a_fitting_name(desk: SupportDesk, name: str):
    with pytest.raises(Invalid):
        save(desk, name=name)


def test_a_name_is_used_once_by_one_person_and_free_to_others(desk: SupportDesk):
    save(desk)

    with pytest.raises(Invalid, match="already"):
        save(desk)
    save(desk, "colleague")


def test_a_view_of_somebody_else_is_unknown_and_a_shared_one_is_not_theirs_to_change(
    desk: SupportDesk,
):
    private, shared = save(desk), save(desk, name="Ours", shared="service_desk")

    for service, arguments in (
        (saved_views.delete_view, ()),
        (saved_views.rename_view, ("Mine now", "")),
        (saved_views.keep_changes, (QueueFilter(),)),
    ):
        with pytest.raises(NotFound):
            desk.act("colleague", service, private, *arguments)
        with pytest.raises(NotAllowed):
            desk.act("colleague", service, shared, *arguments)
        with pytest.raises(NotFound):
            desk.act("specialist", service, shared, *arguments)
    assert names(desk, "agent") == ["Ours", "Urgent"]


def test_a_manager_tidies_what_everybody_shares(desk: SupportDesk):
    key = desk.act("manager", saved_views.save_view, "Old", URGENT, EVERYBODY)

    desk.act("manager", saved_views.rename_view, key, "New", "application_support")

    assert names(desk, "specialist") == ["New"]
    assert names(desk, "agent") == []


def test_a_deleted_view_comes_back_with_its_name(desk: SupportDesk):
    key = save(desk)

    assert desk.act("agent", saved_views.delete_view, key) == "Urgent"
    gone = names(desk, "agent")
    assert desk.act("agent", saved_views.bring_back, key) == "Urgent is back."

    assert gone == []
    assert names(desk, "agent") == ["Urgent"]
    with pytest.raises(NotFound):
        desk.act("agent", saved_views.bring_back, key)
    with pytest.raises(NotFound):
        desk.act("colleague", saved_views.delete_view, key)


def test_a_deleted_view_whose_name_is_used_again_stays_away(desk: SupportDesk):
    key = save(desk)
    desk.act("agent", saved_views.delete_view, key)
    save(desk)

    with pytest.raises(Invalid):
        desk.act("agent", saved_views.bring_back, key)


def test_two_who_delete_at_once_are_told_apart(desk: SupportDesk):
    key = save(desk)
    desk.act("agent", saved_views.delete_view, key)

    with pytest.raises(NotFound):
        desk.act("agent", saved_views.delete_view, key)


def test_one_begins_with_a_view_until_it_goes(desk: SupportDesk):
    key = save(desk)

    desk.act("agent", saved_views.begin_with, key)
    began = own(desk)
    desk.act("agent", saved_views.delete_view, key)

    assert began.begins_with(began.view(key))
    after = own(desk)
    assert after.view(after.default_view) is None
    desk.act("agent", saved_views.begin_with, 0)
    assert own(desk).default_view == 0


def test_nobody_begins_with_a_view_that_is_not_open_to_them(desk: SupportDesk):
    with pytest.raises(NotFound):
        desk.act("colleague", saved_views.begin_with, save(desk))


def test_columns_are_each_persons_own(desk: SupportDesk):
    desk.act("agent", saved_views.choose_columns, ("tags", "password", "tier"))
    desk.act("agent", saved_views.choose_columns, ("tags", "team"))

    assert own(desk).columns == ("tags", "team")
    assert own(desk, "colleague").columns == OwnQueue().columns
    with pytest.raises(NotAllowed):
        desk.act("customer", saved_views.choose_columns, ("tags",))


def test_what_is_done_to_a_view_is_on_record(desk: SupportDesk):
    key = save(desk)
    desk.act("agent", saved_views.keep_changes, key, QueueFilter())
    desk.act("agent", saved_views.rename_view, key, "Other", "service_desk")
    desk.act("agent", saved_views.delete_view, key)
    desk.act("agent", saved_views.bring_back, key)

    events = columns(EventRow)
    record = rows(desk, EventRow, events.c.kind == EventKind.VIEW_CHANGED)

    assert [row.data["what"] for row in record] == [
        "saved",
        "changed",
        "renamed",
        "deleted",
        "brought back",
    ]
    assert {row.actor_name for row in record} == {"A. Farouk"}


def test_a_saved_view_says_how_many_it_holds_up_to_a_bound_and_not_while_it_searches(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue_rail, "MOST_SAID", 1)
    for _ in range(3):
        desk.open()
    desk.open(impact="low", urgency="low")
    for name, wanted in (
        ("All", QueueFilter(tier=1)),
        ("Low", QueueFilter(tier=1, severity="4")),
        ("None", QueueFilter(tier=1, tag="no-such")),
        ("Words", QueueFilter(tier=1, search="Down")),
    ):
        desk.act("agent", saved_views.save_view, name, wanted, "")

    shown = desk.see("agent", queue.queue_screen, QueueFilter(tier=1), desk.now)

    saved = next(group for group in shown.groups if group.is_saved)
    assert {view.name: view.count for view in saved.views} == {
        "All": 2,
        "Low": 1,
        "None": 0,
        "Words": -1,
    }
    assert all(view.is_bounded for view in saved.views)
