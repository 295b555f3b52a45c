"""Organisations, people, their roles, sessions and sign-in attempts."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, PLAIN_JSON, UtcDateTime


class OrganisationRow(SQLModel, table=True):
    """A customer's organisation. `plan` is a key of the process."""

    __tablename__ = "organisation"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    key: str = Field(unique=True, max_length=120)
    name: str = Field(max_length=200)
    plan: str = Field(max_length=60)
    zone: str = Field(default="UTC", max_length=60)


class PersonRow(SQLModel, table=True):
    """A person of ours (team and tier set) or of a customer (organisation set)."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    key: str = Field(unique=True, max_length=120)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=200)
    organisation_id: int | None = Field(
        default=None, foreign_key="organisation.id", index=True, sa_type=BIG_ID
    )
    team: str = Field(default="", max_length=60)
    tier: int = 0
    is_team_lead: bool = False
    skills: list[str] = Field(default_factory=list, sa_type=PLAIN_JSON)
    zone: str = Field(default="UTC", max_length=60)
    is_active: bool = True
    password_hash: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)


class PersonRoleRow(SQLModel, table=True):
    """One role of a person; several are allowed."""

    __tablename__ = "person_role"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG_ID)
    role: str = Field(primary_key=True, max_length=30)


class NoticePreferenceRow(SQLModel, table=True):
    """What a person has set about their notices; nobody who has set nothing has a row.

    The groups and choices are those of domain.preferences. `quiet_from_min` and `quiet_to_min`
    are minutes since midnight in the person's zone.
    """

    __tablename__ = "notice_preference"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG_ID)
    muted_in_app: list[str] = Field(default_factory=list, sa_type=PLAIN_JSON)
    muted_email: list[str] = Field(default_factory=list, sa_type=PLAIN_JSON)
    pace: str = Field(max_length=20)
    quiet: str = Field(max_length=20)
    quiet_from_min: int
    quiet_to_min: int
    quiet_weekends: bool


class AuthSessionRow(SQLModel, table=True):
    """A signed-in browser. Only the SHA-256 of its token is stored."""

    __tablename__ = "auth_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG_ID)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    user_agent: str = Field(default="", max_length=200)


class SignInAttemptRow(SQLModel, table=True):
    """A wrong try, by the hash of the address it was for; slows the account down."""

    __tablename__ = "sign_in_attempt"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    account_hash: str = Field(index=True, max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)


class AbsenceRow(SQLModel, table=True):
    """Somebody of ours is away from `from_at` until before `until_at`; what would go to them goes
    to the substitute, if there is one."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_now", "until_at", "from_at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG_ID)
    from_at: datetime = Field(sa_type=UtcDateTime)
    until_at: datetime = Field(sa_type=UtcDateTime)
    substitute_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    note: str = Field(default="", max_length=200)
