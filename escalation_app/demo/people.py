"""Who works and who asks in the demo. All names and organisations are invented."""

from dataclasses import dataclass
from types import MappingProxyType

from escalation_app.domain.permissions import Role

SEATS = MappingProxyType(
    {
        "customer": "demo-customer",
        "agent": "demo-agent",
        "manager": "demo-manager",
        "executive": "demo-executive",
        "admin": "demo-admin",
    }
)
"""The people whom a visitor can be, by the name of their seat. They have no password."""

HOUSE = "escalation.example"
"""The mail domain of the support organisation; `.example` never reaches anybody."""


@dataclass(frozen=True, slots=True)
class Customer:
    key: str
    name: str
    is_lead: bool = False


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer. `places` are where its people work: they give its tickets their colour."""

    key: str
    name: str
    plan: str
    zone: str
    places: tuple[str, ...]
    people: tuple[Customer, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of ours. `team` is a key of the shipped process."""

    key: str
    name: str
    roles: frozenset[Role]
    team: str = ""
    tier: int = 0
    is_team_lead: bool = False
    zone: str = "Europe/London"
    skills: tuple[str, ...] = ()
    """Categories of the stories, or words of their subjects."""


def _organisation(
    key: str, name: str, plan: str, zone: str, places: tuple[str, ...], *people: str
) -> Organisation:
    """The first of the people is the organisation's lead."""
    customers = (Customer(f"{key}-{number}", who, number == 1) for number, who in _count(people))
    return Organisation(key, name, plan, zone, places, tuple(customers))


def _count(people: tuple[str, ...]) -> enumerate[str]:
    return enumerate(people, start=1)


ORGANISATIONS = (
    Organisation(
        "halden-ferries",
        "Halden Ferries",
        "enterprise",
        "Europe/Oslo",
        ("Bergen", "Moss", "Larvik", "Horten"),
        (
            Customer("halden-ferries-1", "B. Solberg", is_lead=True),
            Customer(SEATS["customer"], "N. Diaz"),
            Customer("halden-ferries-3", "I. Moen"),
        ),
    ),
    _organisation(
        "tessel-payments",
        "Tessel Payments",
        "enterprise",
        "Europe/Amsterdam",
        ("Utrecht", "Delft", "Antwerp"),
        "R. Verhoeven",
        "A. Okeke",
        "J. Smit",
    ),
    _organisation(
        "mirador-hotels",
        "Mirador Hotels",
        "enterprise",
        "Europe/Lisbon",
        ("Lisbon", "Porto", "Faro", "Funchal"),
        "B. Arce",
        "C. Teixeira",
        "H. Nunes",
    ),
    _organisation(
        "brightwater-clinics",
        "Brightwater Clinics",
        "pro",
        "Europe/London",
        ("Leeds", "York", "Hull"),
        "D. Whitby",
        "S. Rahman",
        "E. Poole",
    ),
    _organisation(
        "quarry-street-bank",
        "Quarry Street Bank",
        "pro",
        "America/New_York",
        ("Albany", "Trenton", "Dover"),
        "M. Castellano",
        "T. Greer",
        "L. Washington",
    ),
    _organisation(
        "pavo-air",
        "Pavo Air",
        "pro",
        "Asia/Singapore",
        ("Terminal 1", "Terminal 2", "the cargo hall"),
        "W. Lim",
        "K. Suresh",
        "P. Ng",
    ),
    _organisation(
        "orrin-logistics",
        "Orrin Logistics",
        "basic",
        "America/Chicago",
        ("Joliet", "Gary", "Rockford"),
        "F. Lindqvist",
        "G. Marsh",
    ),
    _organisation(
        "fennimore-press",
        "Fennimore Press",
        "basic",
        "Europe/London",
        ("the Bath office", "the print works", "the warehouse"),
        "V. Fennimore",
        "O. Clarke",
    ),
    _organisation(
        "cobalt-grocers",
        "Cobalt Grocers",
        "basic",
        "Australia/Sydney",
        ("Newtown", "Parramatta", "Manly"),
        "Z. Papas",
        "Q. Tran",
    ),
)


def _agent(
    key: str, name: str, team: str, tier: int, *, leads: bool = False, knows: tuple[str, ...] = ()
) -> Member:
    return Member(key, name, frozenset({Role.AGENT}), team, tier, leads, skills=knows)


_DRIVES = frozenset({Role.MANAGER, Role.AGENT})
"""Managers of escalated accounts also hold the tickets that reach their tier."""

STAFF = (
    _agent(SEATS["agent"], "A. Farouk", "application_support", 2, knows=("Payments", "Sign-in")),
    Member(SEATS["manager"], "M. Okafor", frozenset({Role.MANAGER}), "escalated_accounts", 4),
    Member(SEATS["executive"], "D. Ames", frozenset({Role.EXECUTIVE})),
    Member(SEATS["admin"], "E. Kwan", frozenset({Role.ADMIN})),
    _agent("lind", "J. Lind", "service_desk", 1, leads=True),
    _agent("reyes", "P. Reyes", "service_desk", 1),
    _agent("chen", "M. Chen", "service_desk", 1),
    _agent("novak", "A. Novak", "service_desk", 1),
    _agent("haddad", "O. Haddad", "service_desk", 1),
    _agent("sato", "R. Sato", "application_support", 2, leads=True, knows=("Bookings", "Sign-in")),
    _agent("iyer", "S. Iyer", "application_support", 2, knows=("Clinical", "Integrations")),
    _agent("brandt", "Y. Brandt", "application_support", 2, knows=("Reports", "Messages")),
    _agent(
        "bauer",
        "T. Bauer",
        "infrastructure_support",
        2,
        leads=True,
        knows=("Devices", "Files", "Performance"),
    ),
    _agent("park", "W. Park", "billing_support", 2, leads=True, knows=("Payments", "Accounts")),
    _agent(
        "osei",
        "K. Osei",
        "platform_engineering",
        3,
        leads=True,
        knows=("Integrations", "Performance"),
    ),
    _agent("hale", "V. Hale", "platform_engineering", 3, knows=("Devices", "Clinical", "Sign-in")),
    _agent("sorel", "H. Sorel", "billing_experts", 3, leads=True, knows=("Payments", "Accounts")),
    _agent(
        "costa", "F. Costa", "account_specialists", 3, leads=True, knows=("Contract", "Bookings")
    ),
    Member("tan", "G. Tan", _DRIVES, "escalated_accounts", 4, is_team_lead=True),
    Member("moreau", "L. Moreau", _DRIVES, "escalated_accounts", 4, zone="Europe/Paris"),
    Member("whitfield", "C. Whitfield", frozenset({Role.EXECUTIVE})),
)


def address(name: str, domain: str) -> str:
    """`N. Diaz` at `halden-ferries` is n.diaz@halden-ferries.example."""
    return f"{name.lower().replace('. ', '.').replace(' ', '-')}@{domain}"
