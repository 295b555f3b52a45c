"""Every component draws, from values and from Vars, and asks for nothing that is not there."""

import dataclasses
import pkgutil
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from reflex.components.component import Component
from reflex_base.vars.object import ObjectVar

from escalation_app import views
from escalation_app.components import (
    blank,
    board,
    chips,
    clocks,
    composer,
    conversation,
    customer,
    customer_escalates,
    escalate,
    escalations,
    facts,
    figures,
    heat,
    icons,
    marks,
    mast,
    my_notices,
    page,
    path,
    people,
    problems,
    process,
    sign_in,
    situation,
    table,
    time_left,
    toasts,
    views_rail,
)
from escalation_app.views.boards import load_bar
from escalation_app.views.common import Choice, PersonMark
from escalation_app.views.customer import CustomerStatus
from escalation_app.views.frame import Me, SituationLine
from escalation_app.views.queue import FilterChip, FilterField, QueuePage
from escalation_app.views.ticket import TicketHead
from tests.components import samples

SHAPES = {
    f"{module.name}.{name}": shape
    for module in pkgutil.iter_modules(views.__path__)
    for name, shape in vars(import_module(f"{views.__name__}.{module.name}")).items()
    if dataclasses.is_dataclass(shape)
}
ASSETS = Path(__file__).parents[2] / "assets"
NOW = datetime(2026, 3, 12, 14, 32, tzinfo=UTC)


def _act(*_arguments: Any) -> Any:
    """In place of an event handler: what a button would call."""
    return rx.console_log("called")


def _does(*_arguments: Any) -> Any:
    return rx.console_log("done")


DRAWN: dict[str, Callable[[Callable[[Any], Any]], Component]] = {
    "badge": lambda of: time_left.time_left(of(samples.badges(NOW)[0])),
    "queue": lambda of: table.queue_table(of(samples.queue(NOW)), on_choose=_act),
    "queue foot": lambda of: table.queue_foot(of(samples.queue(NOW)), _does, _does),
    "rail": lambda of: views_rail.views_rail(of(samples.view_groups())),
    "situation": lambda of: situation.situation(of(samples.line(NOW))),
    "mast": lambda of: mast.mast(
        of(samples.nav()), of(samples.ME), notices=of(samples.notices(NOW)), unread=of(2)
    ),
    "board": lambda of: board.board(of(samples.columns(NOW))),
    "heat": lambda of: heat.heat_now(of(samples.heat(NOW))),
    "ahead": lambda of: heat.heat_next(of(samples.ahead(NOW))),
    "breaks": lambda of: heat.first_to_break(of(samples.breaks(NOW))),
    "figures": lambda of: figures.figure_row(of(samples.figures())),
    "needs": lambda of: figures.needs_you(of(samples.needs(NOW)), _act),
    "path": lambda of: path.path_lane(of(samples.ticket(NOW).path), on_acknowledge=_act),
    "conversation": lambda of: conversation.conversation(of(samples.ticket(NOW))),
    "composer": lambda of: composer.composer(of(samples.ticket(NOW)), on_send=_does),
    "head": lambda of: facts.ticket_head(of(samples.ticket(NOW).head), back=("All", "/")),
    "tabs": lambda of: facts.ticket_phone_tabs(of(samples.ticket(NOW))),
    "aside": lambda of: facts.ticket_aside(
        of(samples.ticket(NOW)), clocks.clocks(of(samples.ticket(NOW)))
    ),
    "escalate": lambda of: escalate.escalate_dialog(
        of(True),
        of(samples.ticket(NOW).head),
        of(samples.escalate_choices(NOW)),
        of("functional"),
        of("1"),
        on_choose=_act,
        on_person=_act,
        on_close=_does(),
        on_escalate=_does,
    ),
    "escalations": lambda of: escalations.escalation_table(
        of(samples.escalations(NOW)),
        case_link="?case=",
        chosen="T-48177",
        on_acknowledge=_act,
        on_triage=_act,
    ),
    "status": lambda of: rx.fragment(
        customer.status_head(of(samples.customer(NOW))),
        customer.stands(of(samples.customer(NOW))),
        customer.promise_boxes(of(samples.customer(NOW))),
        customer.promise_list(of(samples.customer(NOW)).promises),
        customer.answer_box(of(samples.customer(NOW)), on_answer=_does),
        customer.history(of(samples.customer(NOW)).history),
        customer_escalates.escalate_box(of(samples.customer(NOW)), on_escalate=_does()),
    ),
    "problems": lambda of: problems.problems(of(samples.problems(NOW))),
    "problems page": lambda of: rx.fragment(
        problems.problems_head(of(samples.problems_page(NOW)), to_new="/new"),
        problems.problem_views(of(samples.problems_page(NOW)), _act),
        problems.problem_pages(of(samples.problems_page(NOW)), _act),
    ),
    "new problem": lambda of: problems.new_problem(
        problems.plain_choice("Can it wait?", "urgency", of([Choice("low", "Yes")]), _act),
        on_open=_does,
        promise=of("You get a first answer within 1 hour."),
    ),
    "ask to escalate": lambda of: customer_escalates.ask_dialog(
        of(True), of(samples.customer(NOW)), on_close=_does(), on_escalate=_does
    ),
    "people": lambda of: people.people_table(of(samples.people(NOW))),
    "engine": lambda of: people.engine_panel(of(samples.engine(NOW)), _act),
    "outbox": lambda of: rx.fragment(
        people.outbox_states(of(samples.outbox(NOW)), _act),
        people.stuck_letters(of(samples.outbox(NOW)), _act),
        people.outbox_table(of(samples.outbox(NOW)).rows, _act),
        people.page_foot(of(samples.outbox(NOW)), of(samples.outbox(NOW)).total, _act),
    ),
    "my notices": lambda of: my_notices.my_notices(
        of(samples.my_notices()),
        of("E-mail comes once an hour."),
        on_tell=_act,
        on_pace=_act,
        on_quiet=_act,
        on_start=_does,
        on_end=_does,
        on_weekends=_does,
    ),
    "process": lambda _: process.document(_var(samples.process(NOW))),
    "toasts": lambda of: toasts.toast_list(of(samples.toasts()), _act),
    "empty": lambda of: blank.empty_queue(of(QueuePage(empty="all_done"))),
    "chips": lambda of: chips.filter_bar(
        chips.search_box("", _does),
        of([FilterChip("tier", "Tier", "1")]),
        of([FilterField("tier", "Tier", (Choice("1", "1"),))]),
        on_toggle=_does,
        on_set=_act,
        on_remove=_act,
    ),
}


def _value(value: Any) -> Any:
    return value


def _var(value: Any) -> Any:
    return rx.Var.create(value)


def _elements(rendered: Any) -> Iterator[dict[str, Any]]:
    """Every element of a rendered component, with its conditions and loops."""
    if isinstance(rendered, dict):
        if rendered.get("name"):
            yield rendered
        for inner in rendered.values():
            yield from _elements(inner)
    elif isinstance(rendered, list | tuple):
        for inner in rendered:
            yield from _elements(inner)


def _tags(component: Component) -> list[str]:
    return [element["name"].strip('"') for element in _elements(component.render())]


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("of", [_value, _var], ids=["value", "var"])
def test_a_component_draws_from_a_value_and_from_a_var(name: str, of: Callable[[Any], Any]):
    drawn = DRAWN[name](of)

    assert list(_elements(drawn.render()))


def test_a_place_on_the_page_is_reached_without_the_router():
    drawn = page.staff_page(nav=[], me=Me("A", "A"), line=SituationLine()).render()

    skip = next(one for one in _elements(drawn) if 'className:"skip-link"' in one["props"])

    assert skip["name"] == '"a"'
    assert 'href:"#main"' in skip["props"]


def test_signing_out_really_posts():
    drawn = DRAWN["mast"](_value).render()

    forms = [element for element in _elements(drawn) if element["name"] == '"form"']

    assert len(forms) == 1
    assert {'method:"post"', f'action:"{mast.SIGN_OUT_URL}"'} <= set(forms[0]["props"])
    assert not any("onSubmit" in prop for prop in forms[0]["props"])


def test_the_queue_and_the_heatmap_are_tables_with_a_caption_and_heads():
    for name in ("queue", "heat", "ahead", "breaks", "escalations", "people", "outbox"):
        tags = _tags(DRAWN[name](_value))

        assert tags.count("caption") == tags.count("table") == 1, name
        assert tags.count("th") > 2, name


def test_a_queue_row_shows_its_badge_and_leads_to_its_ticket():
    row = samples.queue(NOW).rows[0]

    rendered = table.queue_row(row).render()

    badge = next(one for one in _elements(rendered) if one["name"] == '"time-left"')
    assert f'due:"{row.time_left.due_at}"' in badge["props"]
    assert f'from:"{row.time_left.from_at}"' in badge["props"]
    links = [one for one in _elements(rendered) if one["name"] == "ReactRouterLink"]
    assert all(f'to:"{row.url}"' in one["props"] for one in links)


def test_the_element_s_own_drawing_is_left_alone():
    rendered = time_left.time_left(samples.badges(NOW)[0]).render()

    assert any("dangerouslySetInnerHTML" in prop for prop in rendered["props"])
    assert "suppressHydrationWarning:true" in rendered["props"]


def test_a_loading_queue_has_grey_rows_in_place_of_its_own():
    rendered = table.queue_table(samples.queue(NOW), is_loading=True).render()

    rows = [one for one in _elements(rendered) if one["name"] == '"tr"']
    assert len(rows) == table.SKELETON_ROWS + 1


def test_a_board_that_is_still_to_come_has_columns_as_many_as_it_will_have():
    ghost, drawn = board.board([]).render(), board.board(samples.columns(NOW)).render()

    def columns(rendered: Any) -> int:
        return repr(rendered).count('className:"col"')

    assert columns(ghost) == columns(drawn) == 4


def test_more_clocks_are_folded_away_and_counted():
    one = samples.ticket(NOW)

    folded = clocks.clocks(one)
    plain = clocks.clocks(dataclasses.replace(one, more_clocks=()))

    assert (_tags(folded).count("details"), _tags(plain).count("details")) == (1, 0)
    assert _tags(folded).count("time-left") == len(one.clocks) + len(one.more_clocks)
    assert f"{len(one.more_clocks)}" in repr(folded.render()) and "more clocks" in repr(
        folded.render()
    )


def test_what_somebody_owes_stands_under_their_name():
    owed = next(clock for clock in samples.ticket(NOW).clocks if clock.text)

    said = repr(clocks.clock_row(owed).render())

    assert said.index(owed.name) < said.index(owed.text)


def test_a_step_says_when_it_was_asked_again():
    asked = next(step for step in samples.ticket(NOW).path.steps if step.notes)

    rendered = path.path_step(asked).render()

    assert repr(rendered).count('className:"note"') == len(asked.notes) == 2
    times = [one for one in _elements(rendered) if one["name"] == '"local-time"']
    assert all(any(note.at in repr(one["props"]) for one in times) for note in asked.notes)


def test_a_ticket_that_is_still_to_come_keeps_its_place_unseen():
    for head in (
        facts.ticket_head(TicketHead(), back=("All", "/")),
        customer.status_head(CustomerStatus()),
    ):
        assert "pending" in repr(head.render()["props"])

    drawn = facts.ticket_head(samples.ticket(NOW).head, back=("All", "/"))
    assert "pending" not in repr(drawn.render()["props"])


def test_nobody_is_said_in_words():
    said = repr(marks.person(PersonMark()).render())

    assert "Nobody" in said


def test_an_icon_that_is_not_drawn_is_refused():
    with pytest.raises(ValueError, match="unicorn"):
        icons.icon("unicorn")


def test_the_icons_that_can_be_named_are_those_that_are_drawn():
    drawn = re.findall(r'<symbol id="([\w-]+)"', (ASSETS / "icons.svg").read_text())

    assert set(drawn) == icons.NAMES


def test_a_seat_is_drawn_for_each_role_and_answers_to_its_number():
    rendered = sign_in.gate(sign_in.seats("/auth/demo", list(sign_in.SEATS))).render()

    keys = re.findall(r'"data-key":"(\d)"', repr(rendered))
    assert keys == ["1", "2", "3", "4", "5"]


def test_the_frame_loads_nothing_from_elsewhere():
    head = repr([part.render() for part in page.document_head()])
    styles = "".join((ASSETS / name.lstrip("/")).read_text() for name in page.STYLESHEETS)

    assert "//" not in head.replace("https://", "x//")
    assert not re.search(r"url\(\s*[\"']?(https?:)?//|@import", styles)
    for url in re.findall(r'url\("(/[^"]+)"\)', styles):
        assert (ASSETS / url.lstrip("/")).exists(), url


def test_no_field_of_a_view_has_the_name_of_a_method_of_a_var():
    methods = set(dir(ObjectVar))

    shadowed = [
        f"{name}.{field.name}"
        for name, shape in SHAPES.items()
        for field in dataclasses.fields(shape)
        if field.name in methods
    ]

    assert shadowed == []


def test_every_view_can_start_empty_and_cannot_be_changed():
    for shape in SHAPES.values():
        empty = shape()  # type: ignore[operator]
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(empty, dataclasses.fields(shape)[0].name, "changed")


def test_colours_and_text_sizes_stand_in_the_tokens_only():
    rules = re.sub(r"/\*.*?\*/", "", (ASSETS / "app.css").read_text(), flags=re.DOTALL)

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", rules) == []
    assert re.findall(r"var\(--(?:slate|petrol|green|amber|red)-\d+\)", rules) == []


def test_every_token_that_is_used_is_defined():
    tokens = (ASSETS / "tokens.css").read_text()
    rules = (ASSETS / "app.css").read_text()
    set_by_scripts = {"--now", "--scale", "--at", "--for", "--mark"}

    defined = set(re.findall(r"(--[\w-]+)\s*:", tokens)) | set_by_scripts
    used = set(re.findall(r"var\((--[\w-]+)", rules + tokens))

    assert used - defined == set()


def test_both_themes_give_a_value_to_every_scale():
    tokens = (ASSETS / "tokens.css").read_text()
    light, dark = tokens.split(".dark {")
    scale = r"(--(?:slate|petrol|green|amber|red)-\d+)\s*:"

    assert set(re.findall(scale, light)) == set(re.findall(scale, dark))


@pytest.mark.parametrize(
    ("count", "target", "bar"),
    [
        (0, 0, (0.0, 0.0, 0.0)),
        (5, 0, (0.0, 0.0, 100.0)),
        (44, 44, (88.0, 88.0, 0.0)),
        (22, 44, (44.0, 88.0, 0.0)),
        (19, 15, (78.9, 78.9, 21.1)),
    ],
)
def test_a_load_bar_is_hatched_beyond_its_target(
    count: int, target: int, bar: tuple[float, float, float]
):
    assert load_bar(count, target) == bar


def test_nothing_is_said_of_what_needs_the_reader_before_it_is_known():
    quiet = "Nothing needs you now."

    assert quiet in str(figures.needs_you([]).render())
    assert quiet not in str(figures.needs_you([], is_loaded=False).render())
