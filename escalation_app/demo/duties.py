"""What people of several departments do for an escalated case, what its customer is promised, and
what is decided about it, by what the ticket is about. Texts may name what stories may."""

from collections.abc import Mapping
from dataclasses import dataclass

from escalation_app.demo.people import SEATS
from escalation_app.demo.stories import SMALL, Details, Story


@dataclass(frozen=True, slots=True)
class Duty:
    """What somebody, by their key, is to do as their part in a case."""

    who: str
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Casework:
    """`decisions` are what was decided, each with why."""

    duties: tuple[Duty, ...]
    promises: tuple[str, ...]
    decisions: tuple[tuple[str, str], ...]

    def team(self, details: Details, most: int) -> list[Duty]:
        """As many duties as are wanted, each of somebody else: those that the matter asks for,
        then what every case needs. Which come first follows from the ticket."""
        found: dict[str, Duty] = {}
        for duty in (*_from(self.duties, details.n), *_from(FOR_ANY, details.n)):
            found.setdefault(duty.who, duty)
        return list(found.values())[:most]


def casework_of(story: Story | None) -> Casework:
    """What fits a ticket that tells this story; what fits any where it is a small matter."""
    if story is None or story.severities == SMALL:
        return ANY
    return CASEWORK.get(story.category, ANY)


def _from(duties: tuple[Duty, ...], first: int) -> tuple[Duty, ...]:
    start = first % len(duties)
    return duties[start:] + duties[:start]


FOR_ANY = (
    Duty("costa", "account", "Call the customer's lead and say who stands for the case"),
    Duty("lind", "answers", "Give everybody who calls about it the same answer"),
    Duty("sorel", "contract", "Work out what the contract gives for the lost time"),
    Duty("novak", "knowledge", "Write down for the first line how to recognise it"),
)

OF_THE_SEAT = (
    Duty(SEATS["agent"], "tests", "Reproduce it on the test system with data of {site}"),
    Duty(SEATS["agent"], "tests", "Check with the customer that the correction holds"),
)
"""What the agent whom a visitor can be is asked for."""

HINDRANCES = (
    "The supplier has not sent the log yet.",
    "Waits for somebody at the customer who may let us in.",
    "The test system is taken until the night run is over.",
)
"""Why somebody is blocked."""

RELEASES = (
    "Has no access to this customer's data. A colleague does it.",
    "Not needed any more, the test has shown it already.",
)
MEANWHILE = "A colleague has done it meanwhile."
"""Why somebody is released."""

MOVED = (
    "The customer agreed on the phone: complete is better than early.",
    "The check found one more thing; the customer prefers to wait for it.",
)
"""Why another time was agreed for a promise."""

ALL_THE_SAME = (
    "The customer needs a time today, and we stand by this one.",
    "Agreed with everybody who has a part in it.",
    "The customer knows that it may be close, and wants it so.",
)
"""Why something is promised although something speaks against it."""

TELLS = "What we promise: {what}, by {until}."
KEPT = "As promised: {what}. You can see it on your side now."

CASEWORK: Mapping[str, Casework] = {
    "Payments": Casework(
        (
            Duty("park", "extent", "Compare what {site} took since it began with the bank's list"),
            Duty("osei", "cause", "Name the first payment that went wrong, from the log"),
            Duty("hale", "correction", "Try the correction at one till of {site}"),
        ),
        ("A list of every payment concerned", "The cause, in writing for your treasury"),
        (
            (
                "The correction goes to one till in {site} first",
                "A second fault at every till would be worse than an hour more.",
            ),
            ("Wrong charges are given back at once", "Nobody should have to ask for their money."),
        ),
    ),
    "Bookings": Casework(
        (
            Duty("sato", "lead", "List every booking it has touched since it began"),
            Duty("osei", "cause", "Compare with the copy of last night and name what differs"),
            Duty("reyes", "answers", "Tell the counters in {site} what to say to passengers"),
        ),
        ("A list of every booking concerned", "The cause, in writing for your people in {site}"),
        (
            (
                "Work goes on with the printed list until the check is through",
                "A slow list is better than a wrong one.",
            ),
            ("Whoever was hit chooses first", "Places are left, patience is not."),
        ),
    ),
    "Clinical": Casework(
        (
            Duty("iyer", "lead", "Compare {n} records with the paper of the ward"),
            Duty("hale", "correction", "Stop the part that goes wrong, and nothing else"),
            Duty("chen", "answers", "Call the wards in {site} and say what to check by hand"),
        ),
        ("Every ward knows what to check", "The cause, in writing for your safety officer"),
        (
            (
                "Wards in {site} check by hand until tomorrow",
                "No patient may depend on our correction holding.",
            ),
            ("Nothing is deleted, only marked", "The clinic has to be able to look back."),
        ),
    ),
    "Sign-in": Casework(
        (
            Duty("sato", "lead", "Give those who cannot wait another way in"),
            Duty("hale", "cause", "Read the directory's log of the hour it began"),
            Duty("bauer", "tests", "Watch the sign-ins of {site} for an hour after the change"),
        ),
        ("Everybody in {site} can sign in", "A second way in for those who cannot wait"),
        (
            (
                "Whoever cannot wait gets a code by phone until it holds",
                "They have to get in today, whatever the cause is.",
            ),
            ("No change on a Friday evening", "Nobody would be there to see it fail."),
        ),
    ),
    "Accounts": Casework(
        (
            Duty("sorel", "lead", "Correct it on a copy and compare {n} accounts by hand"),
            Duty("osei", "correction", "Stop the job that writes the wrong values"),
            Duty("park", "extent", "List what the customer has sent out since it began"),
        ),
        ("The books of this month are right", "A list of every account concerned"),
        (
            (
                "Nothing is corrected by hand, only by the job",
                "Two ways of correcting would leave two truths.",
            ),
            ("Their month stays open a day longer", "Their bookkeeper asked, and nothing is lost."),
        ),
    ),
    "Integrations": Casework(
        (
            Duty("iyer", "lead", "Count what has not arrived, by site"),
            Duty("osei", "correction", "Send again what waits, the oldest first"),
            Duty("hale", "tests", "Try the correction with the traffic of last night"),
        ),
        ("Everything that waits has arrived", "A list of what arrived late"),
        (
            (
                "What waits is sent again by hand",
                "The job would send what has arrived already a second time.",
            ),
            ("First {site}, then the others", "It has waited longest."),
        ),
    ),
    "Devices": Casework(
        (
            Duty("bauer", "lead", "Bring a spare to {site} and set it up"),
            Duty("hale", "cause", "Read what the devices logged in the hour before"),
            Duty("haddad", "tests", "Check from here that each device in {site} answers"),
        ),
        ("Each device in {site} answers again", "Somebody of ours is in {site}"),
        (
            ("Somebody goes to {site} today", "By phone it would take until tomorrow."),
            ("Spares stay in {site} for a month", "The road there takes half a day."),
        ),
    ),
    "Reports": Casework(
        (
            Duty("brandt", "lead", "Work out the figures of last week by hand for {site}"),
            Duty("osei", "cause", "Find the first report that was wrong"),
            Duty("park", "extent", "Say which invoices rest on the wrong figures"),
        ),
        ("Figures of last week, checked by hand", "Every report since {v}, made anew"),
        (
            ("The report of last week is called back", "Two figures for one week help nobody."),
            ("Corrected reports carry a mark", "Whoever files them has to tell them apart."),
        ),
    ),
    "Messages": Casework(
        (
            Duty("brandt", "lead", "Send a test to a phone on each network, every hour"),
            Duty("osei", "correction", "Move the messages to the second route"),
            Duty("reyes", "answers", "Call the people concerned in {site} and warn them"),
        ),
        ("Messages arrive within a minute again", "A list of what did not arrive"),
        (
            (
                "The second route is paid for until the first one holds",
                "Each late message costs the customer more than the route.",
            ),
            ("Nothing is sent twice", "A second alarm for one cause wakes people for nothing."),
        ),
    ),
    "Files": Casework(
        (
            Duty("bauer", "lead", "Bring last night's copy back to a clean place and compare"),
            Duty("hale", "cause", "Find out which computer wrote there first"),
            Duty("brandt", "extent", "List what was changed since the copy was made"),
        ),
        ("The files of {site} can be read again", "A list of what could not be brought back"),
        (
            (
                "Nobody writes to the share until the check is through",
                "What is written now would be lost with it.",
            ),
            ("The copies are kept for a year", "The cause may show only later."),
        ),
    ),
    "Performance": Casework(
        (
            Duty("osei", "lead", "Find the request that costs most and time it"),
            Duty("bauer", "correction", "Move the night jobs out of the hours of {site}"),
            Duty("brandt", "extent", "Time the ten most used pages each hour"),
        ),
        ("Pages open within two seconds again", "The times of each hour, until it holds"),
        (
            ("Reports run at night only until it holds", "People at the counter come first."),
            ("No new release before it holds", "One change at a time, or nobody knows which."),
        ),
    ),
    "Contract": Casework(
        (
            Duty("costa", "lead", "Get the data officer's word in writing"),
            Duty("sorel", "contract", "Read what the contract says about it"),
            Duty("bauer", "export", "Prepare the export on a disk of the customer's"),
        ),
        ("An answer in writing", "The export, ready to be fetched"),
        (
            ("We hand over a copy and keep ours for a month", "Nobody can ask twice for a loss."),
            ("It costs the customer nothing", "The contract does not speak of it."),
        ),
    ),
}

ANY = Casework(
    (
        Duty("sato", "lead", "Say what it needs, and when we could have it done"),
        Duty("osei", "extent", "Find out whether other customers have it too"),
        Duty("park", "account", "Look up what was agreed about it, and when"),
    ),
    ("An answer in writing, with a date", "What we can offer until then"),
    (
        ("One of us speaks to the customer, nobody else", "They have heard three versions."),
        ("It is not put off another time", "It is small, but they have asked three times."),
    ),
)
