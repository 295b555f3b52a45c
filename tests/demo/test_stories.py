"""The texts of the demo fit whom they are given to."""

from datetime import UTC, datetime

import pytest

from escalation_app.demo.people import ORGANISATIONS, STAFF, Organisation
from escalation_app.demo.stories import STORIES, Details, stories_for, story_of
from escalation_app.services.process_document import load_process
from escalation_app.services.process_versions import shipped_document

OPENED_AT = datetime(2026, 11, 22, 3, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize("organisation", ORGANISATIONS, ids=lambda each: each.key)
def test_every_customer_has_much_to_tell_at_every_severity(organisation: Organisation):
    for severity in (1, 2, 3, 4):
        for tier in (1, 2):
            assert len(stories_for(organisation, severity, tier)) >= 6


def test_every_story_has_a_teller():
    told = {
        story.subject
        for organisation in ORGANISATIONS
        for severity in (1, 2, 3, 4)
        for story in stories_for(organisation, severity)
    }

    assert told == {story.subject for story in STORIES}


def test_a_story_is_known_again_by_its_subject_and_opening():
    details = Details.of(ORGANISATIONS[0], OPENED_AT)

    for story in STORIES:
        assert story_of(details.tell(story.subject), details) is story
    assert story_of("Something a person wrote", details) is None


def test_no_text_is_left_with_a_gap():
    details = Details.of(ORGANISATIONS[0], OPENED_AT)

    for story in STORIES:
        for text in (story.report, story.question, story.answer, story.note, story.fix):
            told = details.tell(text)
            assert "{" not in told
            assert told.endswith((".", "?"))


def test_the_people_work_where_the_shipped_process_has_teams():
    process = load_process(shipped_document(), 1)

    for member in STAFF:
        if member.team:
            assert process.team(member.team).tier == member.tier
    led = {member.team for member in STAFF if member.is_team_lead}
    assert led == {team.key for team in process.teams}
    assert {each.plan for each in ORGANISATIONS} == {plan.key for plan in process.plans}
