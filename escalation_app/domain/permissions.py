"""Who may do what to what: role x permission x scope, the whole policy in one table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Protocol

from escalation_app.domain.errors import NotAllowed, NotFound


class Role(StrEnum):
    CUSTOMER = "customer"
    CUSTOMER_LEAD = "customer_lead"
    AGENT = "agent"
    MANAGER = "manager"
    EXECUTIVE = "executive"
    ADMIN = "admin"


STAFF_ROLES = frozenset({Role.AGENT, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN})


class Scope(IntEnum):
    """How far a permission reaches; a larger scope holds the smaller ones."""

    OWN = 1
    ORGANISATION = 2
    TEAM = 3
    ALL = 4


class Permission(StrEnum):
    SIGNED_IN = "signed_in"
    TICKET_SEE = "ticket_see"
    NOTE_SEE = "note_see"
    TICKET_OPEN = "ticket_open"
    TICKET_OPEN_FOR_CUSTOMER = "ticket_open_for_customer"
    MESSAGE_SEND = "message_send"
    NOTE_WRITE = "note_write"
    TICKET_TAKE = "ticket_take"
    TICKET_ASSIGN = "ticket_assign"
    TICKET_WAIT = "ticket_wait"
    TICKET_RESOLVE = "ticket_resolve"
    TICKET_MERGE = "ticket_merge"
    TICKET_LINK = "ticket_link"
    TICKET_SPLIT = "ticket_split"
    TICKET_ESCALATE = "ticket_escalate"
    SOLUTION_CONFIRM = "solution_confirm"
    ESCALATION_REQUEST = "escalation_request"
    ESCALATION_SEE = "escalation_see"
    ESCALATION_ACKNOWLEDGE = "escalation_acknowledge"
    ESCALATION_ASSIGN = "escalation_assign"
    ESCALATION_END = "escalation_end"
    ESCALATION_TRIAGE = "escalation_triage"
    OBLIGATION_GIVE = "obligation_give"
    OBLIGATION_UPDATE = "obligation_update"
    PROMISE_MAKE = "promise_make"
    CASE_SEE = "case_see"
    DECISION_RECORD = "decision_record"
    NUDGE_SEND = "nudge_send"
    WORK_SEE = "work_see"
    SEVERITY_SET = "severity_set"
    SEVERITY_LOWER_LATE = "severity_lower_late"
    ABSENCE_SET = "absence_set"
    TICKET_TAG = "ticket_tag"
    FIELDS_FILL = "fields_fill"
    CONTACT_LOG = "contact_log"
    TICKET_SNOOZE = "ticket_snooze"
    QUEUE_SEE = "queue_see"
    VIEW_SAVE = "view_save"
    VIEW_SHARE = "view_share"
    BOARD_SEE = "board_see"
    PROCESS_SEE = "process_see"
    PROCESS_PUBLISH = "process_publish"
    CALENDAR_CHANGE = "calendar_change"
    PEOPLE_SEE = "people_see"
    ENGINE_SEE = "engine_see"
    ENGINE_CONFIRM = "engine_confirm"
    OUTBOX_SEE = "outbox_see"
    OUTBOX_RETRY = "outbox_retry"
    ARTICLE_SEE = "article_see"
    ARTICLE_WRITE = "article_write"
    ARTICLE_PUBLISH = "article_publish"


_P = Permission

_CUSTOMER: dict[Permission, Scope] = {
    _P.SIGNED_IN: Scope.OWN,
    _P.TICKET_SEE: Scope.OWN,
    _P.TICKET_OPEN: Scope.OWN,
    _P.MESSAGE_SEND: Scope.OWN,
    _P.SOLUTION_CONFIRM: Scope.OWN,
    _P.ESCALATION_REQUEST: Scope.OWN,
    _P.PROCESS_SEE: Scope.OWN,
}

_AGENT: dict[Permission, Scope] = {
    _P.SIGNED_IN: Scope.OWN,
    _P.TICKET_SEE: Scope.ALL,
    _P.NOTE_SEE: Scope.ALL,
    _P.TICKET_OPEN_FOR_CUSTOMER: Scope.ALL,
    _P.MESSAGE_SEND: Scope.TEAM,
    _P.NOTE_WRITE: Scope.ALL,
    _P.TICKET_TAKE: Scope.TEAM,
    _P.TICKET_ASSIGN: Scope.TEAM,
    _P.TICKET_WAIT: Scope.TEAM,
    _P.TICKET_RESOLVE: Scope.TEAM,
    _P.TICKET_MERGE: Scope.TEAM,
    _P.TICKET_LINK: Scope.TEAM,
    _P.TICKET_SPLIT: Scope.TEAM,
    _P.TICKET_ESCALATE: Scope.TEAM,
    _P.ESCALATION_ACKNOWLEDGE: Scope.ALL,  # and only of what told them, see services.escalations
    _P.OBLIGATION_UPDATE: Scope.ALL,  # and only of what they owe, see services.cases
    _P.PROMISE_MAKE: Scope.TEAM,
    _P.CASE_SEE: Scope.ALL,
    _P.WORK_SEE: Scope.OWN,
    _P.SEVERITY_SET: Scope.TEAM,
    _P.ABSENCE_SET: Scope.OWN,
    _P.TICKET_TAG: Scope.TEAM,
    _P.FIELDS_FILL: Scope.TEAM,
    _P.CONTACT_LOG: Scope.TEAM,
    _P.TICKET_SNOOZE: Scope.ALL,  # out of their own queue alone
    _P.QUEUE_SEE: Scope.ALL,
    _P.VIEW_SAVE: Scope.OWN,
    _P.VIEW_SHARE: Scope.TEAM,
    _P.PROCESS_SEE: Scope.ALL,
    _P.ARTICLE_SEE: Scope.ALL,
    _P.ARTICLE_WRITE: Scope.ALL,
}

_MANAGER: dict[Permission, Scope] = {
    **dict.fromkeys(_AGENT, Scope.ALL),
    _P.ESCALATION_SEE: Scope.ALL,
    _P.ESCALATION_ACKNOWLEDGE: Scope.ALL,
    _P.ESCALATION_ASSIGN: Scope.ALL,
    _P.ESCALATION_END: Scope.ALL,
    _P.ESCALATION_TRIAGE: Scope.ALL,
    _P.OBLIGATION_GIVE: Scope.ALL,
    _P.DECISION_RECORD: Scope.ALL,
    _P.NUDGE_SEND: Scope.ALL,
    _P.SEVERITY_LOWER_LATE: Scope.ALL,
    _P.BOARD_SEE: Scope.ALL,
    _P.ARTICLE_PUBLISH: Scope.ALL,
}

_EXECUTIVE: dict[Permission, Scope] = {
    _P.SIGNED_IN: Scope.OWN,
    _P.TICKET_SEE: Scope.ALL,
    _P.NOTE_SEE: Scope.ALL,
    _P.NOTE_WRITE: Scope.ALL,
    _P.ESCALATION_SEE: Scope.ALL,
    _P.ESCALATION_ACKNOWLEDGE: Scope.ALL,
    _P.OBLIGATION_UPDATE: Scope.ALL,
    _P.CASE_SEE: Scope.ALL,
    _P.DECISION_RECORD: Scope.ALL,
    _P.NUDGE_SEND: Scope.ALL,
    _P.WORK_SEE: Scope.OWN,
    _P.ABSENCE_SET: Scope.OWN,
    _P.QUEUE_SEE: Scope.ALL,
    _P.VIEW_SAVE: Scope.OWN,
    _P.BOARD_SEE: Scope.ALL,
    _P.PROCESS_SEE: Scope.ALL,
    _P.ARTICLE_SEE: Scope.ALL,
}

_ADMIN: dict[Permission, Scope] = {
    _P.SIGNED_IN: Scope.OWN,
    _P.TICKET_SEE: Scope.ALL,
    _P.NOTE_SEE: Scope.ALL,
    _P.CASE_SEE: Scope.ALL,
    _P.WORK_SEE: Scope.OWN,
    _P.QUEUE_SEE: Scope.ALL,
    _P.VIEW_SAVE: Scope.OWN,
    _P.BOARD_SEE: Scope.ALL,
    _P.PROCESS_SEE: Scope.ALL,
    _P.PROCESS_PUBLISH: Scope.ALL,
    _P.CALENDAR_CHANGE: Scope.ALL,
    _P.PEOPLE_SEE: Scope.ALL,
    _P.ABSENCE_SET: Scope.ALL,
    _P.ENGINE_SEE: Scope.ALL,
    _P.ENGINE_CONFIRM: Scope.ALL,
    _P.OUTBOX_SEE: Scope.ALL,
    _P.OUTBOX_RETRY: Scope.ALL,
    _P.ARTICLE_SEE: Scope.ALL,
    _P.ARTICLE_WRITE: Scope.ALL,
    _P.ARTICLE_PUBLISH: Scope.ALL,
}

ROLE_PERMISSIONS: Mapping[Role, Mapping[Permission, Scope]] = MappingProxyType(
    {
        Role.CUSTOMER: _CUSTOMER,
        Role.CUSTOMER_LEAD: {
            **_CUSTOMER,
            _P.TICKET_SEE: Scope.ORGANISATION,
            _P.MESSAGE_SEND: Scope.ORGANISATION,
            _P.SOLUTION_CONFIRM: Scope.ORGANISATION,
            _P.ESCALATION_REQUEST: Scope.ORGANISATION,
        },
        Role.AGENT: _AGENT,
        Role.MANAGER: _MANAGER,
        Role.EXECUTIVE: _EXECUTIVE,
        Role.ADMIN: _ADMIN,
    }
)


class ActorKind(StrEnum):
    PERSON = "person"
    ENGINE = "engine"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, the engine, or an import of history."""

    kind: ActorKind
    name: str
    person_id: int | None = None
    roles: frozenset[Role] = frozenset()
    organisation_id: int | None = None
    team: str = ""
    tier: int = 0
    zone: str = "UTC"
    grants: Mapping[Permission, Scope] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        grants: dict[Permission, Scope] = {}
        for role in self.roles:
            for permission, scope in ROLE_PERMISSIONS[role].items():
                grants[permission] = max(scope, grants.get(permission, scope))
        object.__setattr__(self, "grants", MappingProxyType(grants))

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF_ROLES)

    def may(self, permission: Permission) -> bool:
        """Whether the actor holds the permission in any scope."""
        return permission in self.grants


ENGINE = Actor(ActorKind.ENGINE, "Escalation engine")
IMPORT = Actor(ActorKind.IMPORT, "Import")


class Owned(Protocol):
    """What the scope of a permission is measured against."""

    @property
    def requester_id(self) -> int: ...
    @property
    def organisation_id(self) -> int: ...
    @property
    def assignee_id(self) -> int | None: ...
    @property
    def team(self) -> str: ...


def covers(actor: Actor, permission: Permission, owned: Owned) -> bool:
    """Whether the actor's scope of `permission` reaches this ticket."""
    scope = actor.grants.get(permission)
    if scope is None:
        return False
    if scope is Scope.ALL:
        return True
    person = actor.person_id
    if actor.is_staff:
        if person is not None and person == owned.assignee_id:
            return True
        return scope is Scope.TEAM and bool(actor.team) and actor.team == owned.team
    if person is not None and person == owned.requester_id:
        return True
    return scope is Scope.ORGANISATION and actor.organisation_id == owned.organisation_id


def require(actor: Actor, permission: Permission, owned: Owned | None = None) -> None:
    """Refuse what the table does not grant.

    Raises NotFound when the ticket is not even visible to the actor, so that its existence
    does not leak; NotAllowed when it is visible but the action is not granted.
    """
    if owned is None:
        if not actor.may(permission):
            raise NotAllowed
        return
    if covers(actor, permission, owned):
        return
    if not covers(actor, Permission.TICKET_SEE, owned):
        raise NotFound("That ticket")
    raise NotAllowed
