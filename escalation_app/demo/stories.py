"""What the demo's customers write about, and what is answered. All of it is invented.

Texts may name `{site}` (a place of the customer), `{n}` (a number) and `{v}` (a version).
"""

from dataclasses import dataclass
from datetime import datetime

from escalation_app.demo.people import Organisation


@dataclass(frozen=True, slots=True)
class Story:
    """A problem from its report to its end. `severities` are the levels it is believable at."""

    category: str
    severities: tuple[int, ...]
    subject: str
    report: str
    question: str
    answer: str
    note: str
    fix: str


@dataclass(frozen=True, slots=True)
class Details:
    """What the texts of one ticket name. They follow from when and where it was opened, so that
    whoever goes on with a ticket tells the same story."""

    site: str
    n: int
    v: str

    @classmethod
    def of(cls, organisation: Organisation, opened_at: datetime) -> "Details":
        """The details of a ticket that this organisation opened at that second."""
        salt = int(opened_at.timestamp())
        places = organisation.places
        return cls(
            site=places[salt % len(places)],
            n=3 + salt // 7 % 58,
            v=f"{6 + salt % 4}.{salt // 3 % 10}",
        )

    def tell(self, text: str) -> str:
        """The text with its details in place."""
        return text.format(site=self.site, n=self.n, v=self.v)


GRAVE = (1, 2)
SERIOUS = (2, 3)
SMALL = (3, 4)

STORIES = (
    Story(
        "Payments",
        GRAVE,
        "Card terminals decline every payment in {site}",
        "Since this morning every card payment in {site} is declined with code 91. {n} terminals, "
        "all of them. We take cash only and the queue is out of the door.",
        "Could you restart one terminal with its cable unplugged for a minute, and tell us the "
        "code it shows then?",
        "Done, same code 91 after the restart.",
        "The acquirer rotated its certificate at 08:00, the terminals still pin the old one.",
        "The terminals have taken over the new certificate. We watched {n} payments go through "
        "before writing this.",
    ),
    Story(
        "Payments",
        GRAVE,
        "Guests charged twice at checkout in {site}",
        "{n} guests in {site} were charged twice last night. Some of them are standing here.",
        "Please send us two of the booking numbers, so that we can follow both charges.",
        "Bookings 40{n}1 and 40{n}7, both from yesterday evening.",
        "The till sends the charge again when the answer takes longer than 8 s; the gateway does "
        "not see that it is the same one.",
        "Every double charge has been refunded, and the till no longer repeats a charge.",
    ),
    Story(
        "Payments",
        GRAVE,
        "Settlement file missing, third night",
        "The settlement file has not arrived again. Our treasury cannot close the day.",
        "Which of your servers should have fetched it, and at what time?",
        "The one in {site}, at 04:15 as always.",
        "The nightly job waits for a lock that a report has held since {n} minutes past midnight.",
        "The file of all three nights is in your folder, and the job no longer waits for reports.",
    ),
    Story(
        "Payments",
        SERIOUS,
        "Refunds over 500 stay pending since Monday",
        "Refunds above 500 are accepted and then stay pending. {n} customers are waiting.",
        "Do refunds below 500 on the same day go through?",
        "Yes, everything below 500 goes through within the hour.",
        "Refunds above 500 wait for a second approver; the approver's account was closed.",
        "The approver has been replaced and all {n} refunds were paid out this morning.",
    ),
    Story(
        "Payments",
        SERIOUS,
        "Coupons refused at {n} tills",
        "The autumn coupons are refused at {n} tills in {site}, the others take them.",
        "What does the receipt of a refused coupon say in its last line?",
        "It says 'not valid in this zone'.",
        "These tills were moved and still carry the price zone of their old place.",
        "The tills in {site} have the right price zone now and take the coupons.",
    ),
    Story(
        "Payments",
        SMALL,
        "Receipt shows the old company name",
        "Receipts printed in {site} still carry our name from before the merger.",
        "Is it the head of the receipt, the foot, or both?",
        "Only the head.",
        "The head comes from the site's own template, which was copied before the change.",
        "The template of {site} now uses your company's own record. New receipts are right.",
    ),
    Story(
        "Bookings",
        GRAVE,
        "Cabins for Saturday sold twice",
        "{n} cabins for Saturday are sold to two parties each. Passengers board in the evening.",
        "May we stop the sale of Saturday's cabins until this is sorted out?",
        "Yes, stop it. We will sell by phone.",
        "Two booking engines hold the same stock since the failover on Sunday.",
        "One engine holds the stock again. We sent you the list of all {n} double bookings.",
    ),
    Story(
        "Bookings",
        GRAVE,
        "Boarding closes early, clocks differ",
        "Gates in {site} close {n} minutes before the time on the screens.",
        "Do the gate computers show the same time as the screens?",
        "No, the gates are ahead.",
        "The gate computers lost their time server with the new firewall rule.",
        "The gates take their time from the right server again and agree with the screens.",
    ),
    Story(
        "Bookings",
        GRAVE,
        "Fare tables empty after midnight",
        "After midnight every fare is zero. We sold {n} tickets for nothing before we noticed.",
        "Has anybody loaded a new fare file yesterday?",
        "Yes, the one for next season, at six in the evening.",
        "The new file starts next month and replaced today's table instead of following it.",
        "Today's fares are back. A new file can no longer replace a table that is still in force.",
    ),
    Story(
        "Bookings",
        SERIOUS,
        "Group bookings lose their last passenger",
        "When a group has more than {n} people the last one is missing from the list.",
        "Does the confirmation mail list everybody?",
        "The mail is complete, only the list on the screen is short.",
        "The list is cut at a page that counts from one.",
        "The list now shows whole groups. Nothing was lost, it was only not shown.",
    ),
    Story(
        "Bookings",
        SERIOUS,
        "Timetable feed refuses version {v}",
        "The feed from {site} answers that our version {v} is unknown. Travellers see old times.",
        "Could you send us the first lines of a file that is refused?",
        "Attached in the portal, it is the one from this morning.",
        "The schema of {v} added a field that our reader does not allow.",
        "Our reader takes {v} now. Your feed was read again and is complete.",
    ),
    Story(
        "Bookings",
        SMALL,
        "Seat map shows the old lounge",
        "The seat map still has the lounge that was taken out in spring.",
        "Is it so for every vessel, or for one?",
        "Only for the one that sails from {site}.",
        "The plan of this vessel was copied from its sister.",
        "The seat map has been drawn anew.",
    ),
    Story(
        "Bookings",
        SMALL,
        "Add French texts to the kiosk in {site}",
        "Many of our visitors in {site} read French. Can the kiosk speak it?",
        "Would you check the {n} texts we have drafted?",
        "Checked, two corrections are in the file.",
        "Texts are in the language pack, only the switch was missing.",
        "The kiosk in {site} offers French from today.",
    ),
    Story(
        "Clinical",
        GRAVE,
        "Lab results reach the wrong ward",
        "Results of {n} patients in {site} went to the ward they had left.",
        "Since when, and is it only for patients who were moved the same day?",
        "Since yesterday noon, and yes, all of them were moved that day.",
        "The transfer message is handled after the result when both come in one minute.",
        "Transfers are handled first again. All {n} results were sent to the right ward.",
    ),
    Story(
        "Clinical",
        GRAVE,
        "Two sites share patient labels",
        "Labels printed in {site} carry numbers that another site uses too.",
        "Please stop the label printer in {site} until we call you.",
        "It is off. We write by hand.",
        "Both sites were given the same block of {n} thousand numbers.",
        "Each site has a block of its own, and the labels of the last week are listed for you.",
    ),
    Story(
        "Clinical",
        SERIOUS,
        "Roster import drops night shifts",
        "The roster for next month came in without {n} night shifts.",
        "Do the missing shifts end after midnight?",
        "All of them, yes.",
        "A shift that ends on the next day is read as having no length.",
        "Night shifts are read in full. We imported your roster again.",
    ),
    Story(
        "Clinical",
        SERIOUS,
        "Printer queue stuck after update {v}",
        "Since {v} the printers in {site} stop after the first page.",
        "Could you send one page to the printer from another computer?",
        "The same, one page and then nothing.",
        "{v} waits for a status that these printers never send.",
        "The printers in {site} no longer need to answer. The queue of {n} jobs has been printed.",
    ),
    Story(
        "Sign-in",
        GRAVE,
        "Nobody can sign in since 07:30",
        "All {n} of us in {site} get 'account not found'. Nobody can work.",
        "Does it happen with the address as well as with the short name?",
        "Both. The short name gives the same message.",
        "The directory was renamed at 07:30, our connection still asks for the old name.",
        "Sign-in works again for all accounts. We asked your directory team to warn us next time.",
    ),
    Story(
        "Sign-in",
        SERIOUS,
        "Single sign-on loop on tablets",
        "On our {n} tablets the sign-in page comes back again and again.",
        "Which version does the tablet show under About?",
        "It says {v}.",
        "{v} drops the cookie when the page is opened from another app.",
        "We changed how the cookie is set. The tablets sign in at the first try.",
    ),
    Story(
        "Sign-in",
        SERIOUS,
        "Second factor not accepted after a new phone",
        "{n} colleagues have new phones and their codes are refused.",
        "Are the clocks of the new phones set by the network?",
        "They are now, and two of them work. The others still do not.",
        "The old device has to be taken off before the new one counts.",
        "The old phones were taken off. Everybody has signed in once with the new one.",
    ),
    Story(
        "Sign-in",
        SMALL,
        "Password mail arrives twice",
        "The mail for a new password comes twice, and the first link does not work.",
        "How many minutes lie between the two?",
        "Less than one.",
        "The button sends the form twice when it is pressed with Enter.",
        "The button sends once. The first mail is the only one.",
    ),
    Story(
        "Sign-in",
        SMALL,
        "A new colleague needs access in {site}",
        "Our colleague starts on Monday in {site} and needs the same access as the team.",
        "May your lead confirm this in the portal?",
        "Confirmed a minute ago.",
        "Lead confirmed. Same groups as the rest of the site.",
        "The account is ready and the first password went to your lead.",
    ),
    Story(
        "Accounts",
        SERIOUS,
        "Cannot add a second signatory",
        "The form for a second signatory says that one exists already. There is none.",
        "Was somebody removed lately?",
        "Yes, last month.",
        "A removed signatory keeps the place until the night job of the next quarter.",
        "The place is free and your second signatory has been added.",
    ),
    Story(
        "Accounts",
        GRAVE,
        "Two ledgers show one balance",
        "The ledgers of {site} and of the head office show the same balance. One must be wrong.",
        "Which of them do you trust?",
        "The head office, we counted it.",
        "A cached total is kept by account type instead of by account.",
        "Each ledger shows its own balance. We compared {n} accounts by hand.",
    ),
    Story(
        "Accounts",
        GRAVE,
        "Ledger closes a day early",
        "The month was closed on its last morning. {n} bookings of that day have no place.",
        "May we open the month again for an hour?",
        "Please do, our controller is here.",
        "The closing job takes the zone of the server, not of the company.",
        "The month was open for an hour, all bookings are in, and the job knows your zone.",
    ),
    Story(
        "Accounts",
        SERIOUS,
        "Export to ledger stops at row 65,536",
        "The export ends without a message at row 65,536. The rest is missing.",
        "Which format did you choose?",
        "The one for spreadsheets, as every month.",
        "The old spreadsheet format cannot hold more rows.",
        "The export now uses the newer format. This month's file is in your folder.",
    ),
    Story(
        "Accounts",
        SMALL,
        "Change of VAT number",
        "Our VAT number changes on the first. Where do we tell you?",
        "Please send us the letter of the tax office.",
        "Uploaded it.",
        "Letter checked, change set for the first.",
        "Your new number is on every invoice from the first on.",
    ),
    Story(
        "Accounts",
        SMALL,
        "Invoice shows last year's address",
        "Invoice {n} went to our old address in {site}.",
        "Should earlier invoices be made again?",
        "Only this one.",
        "Address of the contract differs from the address of the account.",
        "A corrected invoice is in your inbox and the contract has the new address.",
    ),
    Story(
        "Accounts",
        SMALL,
        "Invoice wanted as a structured file",
        "Our purchasing asks for invoices they can read by machine.",
        "Which of the two usual formats do they want?",
        "The European one.",
        "Format is available in their plan, needs the switch and an address.",
        "Your next invoice comes in both forms.",
    ),
    Story(
        "Accounts",
        SERIOUS,
        "Discount missing on {n} invoices",
        "The discount we agreed in March is missing on the last {n} invoices.",
        "Could you name one of them?",
        "The one of the fourth.",
        "The discount was tied to a price list that ended in summer.",
        "The discount follows the contract now, and a credit note is on its way.",
    ),
    Story(
        "Integrations",
        GRAVE,
        "Orders from {site} are not arriving",
        "No order from {site} has reached us for {n} minutes. Lorries are waiting.",
        "Does your side get an answer when it sends one?",
        "It gets a time-out after half a minute.",
        "The queue is full of one message that fails and is tried again for ever.",
        "The message was set aside and all orders have arrived, in their order.",
    ),
    Story(
        "Integrations",
        GRAVE,
        "Webhook retries arrive out of order",
        "Retries overtake the first try. We have cancelled {n} orders that were confirmed later.",
        "Do you look at the sequence number in the header?",
        "We do now. It still leaves gaps.",
        "Retries are sent by a second worker that knows nothing of the first.",
        "Messages of one order are sent one after the other again.",
    ),
    Story(
        "Integrations",
        SERIOUS,
        "Stock differs between shop and warehouse",
        "The shop says {n} pieces, the warehouse in {site} says none.",
        "For which article did you see it first?",
        "For the blue crates.",
        "Reservations of cancelled orders are never given back.",
        "Reservations are given back at once. The stock of {site} was counted anew.",
    ),
    Story(
        "Integrations",
        SERIOUS,
        "API answers 429 since yesterday",
        "Our job with {n} calls a minute is refused since yesterday.",
        "Can the job wait when it is told to?",
        "It can from tomorrow on.",
        "The limit counts all their sites as one since the change of the gateway.",
        "The limit counts each site by itself again, and your job waits when told to.",
    ),
    Story(
        "Integrations",
        SMALL,
        "New field wanted in the export",
        "Could the export carry the cost centre? We add it by hand to {n} lines a week.",
        "Would a column at the end do?",
        "At the end is best.",
        "Small change, next release.",
        "The column is there since this morning.",
    ),
    Story(
        "Integrations",
        SMALL,
        "Certificate for the test system ends in {n} days",
        "The certificate of the test system ends soon. Who renews it?",
        "Is the contact for certificates still the same person?",
        "Yes, still the same.",
        "Ours to renew. Order placed.",
        "The new certificate is in place until next year.",
    ),
    Story(
        "Devices",
        GRAVE,
        "Kiosks offline in {site}",
        "All {n} kiosks in {site} are offline. People queue at the only desk.",
        "Is the light of the network box green?",
        "It blinks orange.",
        "The switch of the hall lost its configuration after the power cut.",
        "The switch has its configuration again and every kiosk is back.",
    ),
    Story(
        "Devices",
        SERIOUS,
        "Scanners lose the network in aisle {n}",
        "In aisle {n} the scanners drop out. Everywhere else they work.",
        "Has anything been built there lately?",
        "New racks, two weeks ago.",
        "The metal racks stand between the aerial and the aisle.",
        "The aerial was moved by your electrician as we asked, and the aisle is covered.",
    ),
    Story(
        "Devices",
        SERIOUS,
        "Badge readers slow at the gate in {site}",
        "A badge takes {n} seconds to open the gate. At eight in the morning that is a queue.",
        "Is it slow for every badge?",
        "For the new ones only.",
        "New badges are looked up in a list without an index.",
        "New badges open the gate at once.",
    ),
    Story(
        "Devices",
        SMALL,
        "Screen in {site} is too dark",
        "The big screen in {site} cannot be read in the afternoon.",
        "Does its menu say which program it runs?",
        "It says Cinema.",
        "Wrong program chosen, not broken.",
        "The screen runs in its bright program now, and the remote is locked.",
    ),
    Story(
        "Devices",
        SMALL,
        "Label printer needs a smaller roll",
        "We want smaller labels in {site}. The printer says 'check media'.",
        "Which width is printed on the roll?",
        "It says {n} mm.",
        "Width has to be set once.",
        "The printer knows the new roll.",
    ),
    Story(
        "Reports",
        SERIOUS,
        "Weekly report counts returns twice",
        "Returns appear twice in the weekly report since {v}.",
        "Is it so in the monthly report too?",
        "No, the monthly one is right.",
        "The weekly report joins two tables that both carry returns since {v}.",
        "The weekly report counts each return once, for the past weeks too.",
    ),
    Story(
        "Reports",
        SERIOUS,
        "Loyalty balance wrong after the merge",
        "After the merge {n} thousand guests have a wrong balance, some of them doubled.",
        "Could you send us ten examples?",
        "They are in the portal, with the right figures beside them.",
        "The merge booked the opening balance of both systems.",
        "Every balance was worked out again from its bookings and checked against your examples.",
    ),
    Story(
        "Reports",
        SMALL,
        "Report by site wanted on Mondays",
        "Can the report of {site} come every Monday at seven?",
        "To whom should it go?",
        "To our lead and to me.",
        "A schedule is enough.",
        "You will find it in your inbox on Monday at seven.",
    ),
    Story(
        "Reports",
        SMALL,
        "Chart shows week {n} twice",
        "The chart has week {n} two times and no week after it.",
        "Which year is chosen above the chart?",
        "The current one.",
        "Week numbers at the turn of the year.",
        "Weeks are counted as your calendar does.",
    ),
    Story(
        "Messages",
        SERIOUS,
        "SMS codes late on one mobile network",
        "Codes reach our customers on one network {n} minutes late.",
        "Is it one network in all countries?",
        "Only at home.",
        "The provider's route to this network is congested; asked them for another.",
        "Codes take another route and arrive within seconds.",
    ),
    Story(
        "Messages",
        SERIOUS,
        "Order confirmations land in spam",
        "Since Tuesday our confirmations land in spam at the big mail providers.",
        "Has your domain been moved lately?",
        "Yes, to another provider, on Tuesday.",
        "The signature of their domain was not moved with it.",
        "Your domain signs our mails again. {n} test mails arrived in the inbox.",
    ),
    Story(
        "Messages",
        SMALL,
        "Wrong signature under our mails",
        "Mails from {site} are signed with the name of the head office.",
        "Should each site have its own?",
        "Yes please.",
        "Template per site.",
        "Each of your sites has its own signature.",
    ),
    Story(
        "Messages",
        GRAVE,
        "No alarms reach the people on call",
        "Alarms are shown on the screen but nobody on call is rung. {n} alarms last night.",
        "Has the list of people on call been changed?",
        "Yes, a new one since Sunday.",
        "The new list has numbers without a country code.",
        "The numbers were completed and every person on call was rung once.",
    ),
    Story(
        "Files",
        SERIOUS,
        "Shared folder of {site} is read-only",
        "Nobody in {site} can save into the shared folder. {n} people work on copies.",
        "Is there space left on the drive?",
        "It says 0 bytes free.",
        "A backup was written into the folder it backs up.",
        "The folder has space again, and backups go elsewhere.",
    ),
    Story(
        "Files",
        SMALL,
        "Restore a folder from last week",
        "Somebody deleted a folder in {site}. Could we have the state of last week?",
        "What is its name?",
        "It is called Tenders.",
        "Snapshot of {n} days ago has it.",
        "The folder is back beside the new one, with the date in its name.",
    ),
    Story(
        "Files",
        GRAVE,
        "Files of {site} have strange names",
        "Hundreds of files in {site} have a new ending and cannot be opened.",
        "Please switch off the computer on which you saw it first, and do not restart it.",
        "It is off. We unplugged the network too.",
        "One computer encrypts the share. Account locked, share offline, the 02:00 copy is good.",
        "The share was restored from 02:00 and checked. {n} files of this morning are lost.",
    ),
    Story(
        "Performance",
        GRAVE,
        "Everything is slow since {v}",
        "Since {v} each page takes {n} seconds in {site}. Work has all but stopped.",
        "Is it slow from the start of the day or only when everybody is in?",
        "From about nine, when everybody is in.",
        "{v} asks the database once for each line of a list.",
        "Lists are read in one go. Pages are as fast as before {v}.",
    ),
    Story(
        "Performance",
        SERIOUS,
        "Search takes a minute",
        "A search over all {n} thousand articles takes a minute. It took two seconds.",
        "Does it help to choose a department first?",
        "A little, it is then half a minute.",
        "Index is being rebuilt since the weekend and hangs.",
        "The index is complete again, the search takes a second.",
    ),
    Story(
        "Performance",
        SMALL,
        "Pictures load slowly in {site}",
        "Pictures of the articles build up line by line in {site}.",
        "Could you run the speed test in the portal once?",
        "It says {n} Mbit.",
        "Pictures are sent in full size to phones.",
        "Phones get smaller pictures now.",
    ),
    Story(
        "Contract",
        SMALL,
        "How many users may we add?",
        "We plan {n} more users in {site}. Does our contract hold that?",
        "From when on?",
        "From next quarter.",
        "Contract allows it, price step at 50.",
        "Yes. We sent your lead an offer for the next step.",
    ),
    Story(
        "Contract",
        SMALL,
        "Training for new colleagues",
        "{n} new colleagues in {site} need the introduction. When is the next one?",
        "Would a morning suit you?",
        "Mornings are best.",
        "Seats free on the 12th.",
        "Your colleagues have their invitations.",
    ),
    Story(
        "Contract",
        SERIOUS,
        "Data of a closed site must be handed over",
        "We closed a site and must hand over its data within {n} days.",
        "In which form does the other side want it?",
        "Spreadsheets will do.",
        "Needs the data officer's word, then an export.",
        "The data was handed over, and the receipt is in the portal.",
    ),
)


_TRAVEL = ("halden-ferries", "pavo-air")
_GUESTS = ("halden-ferries", "mirador-hotels", "pavo-air")
_GOODS = ("orrin-logistics", "fennimore-press", "cobalt-grocers")
_MONEY = ("tessel-payments", "quarry-street-bank")
_HEALTH = ("brightwater-clinics",)

_TELLERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Card terminals", ("halden-ferries", "mirador-hotels", "cobalt-grocers")),
    ("Guests charged", ("mirador-hotels",)),
    ("Settlement file", _MONEY),
    ("Refunds over", (*_GUESTS, *_GOODS, *_MONEY)),
    ("Coupons", ("cobalt-grocers", "fennimore-press")),
    ("Receipt shows", (*_GUESTS, "cobalt-grocers")),
    ("Cabins", ("halden-ferries",)),
    ("Boarding", _TRAVEL),
    ("Fare tables", _TRAVEL),
    ("Group bookings", _GUESTS),
    ("Timetable", _TRAVEL),
    ("Seat map", _TRAVEL),
    ("Add French", _GUESTS),
    ("Lab results", _HEALTH),
    ("Two sites share patient", _HEALTH),
    ("Roster import", (*_HEALTH, *_GUESTS)),
    ("Cannot add a second", _MONEY),
    ("Two ledgers", ("quarry-street-bank",)),
    ("Orders from", _GOODS),
    ("Stock differs", _GOODS),
    ("Webhook retries", ("tessel-payments", *_GOODS)),
    ("Kiosks", (*_GUESTS, *_HEALTH)),
    ("Scanners", _GOODS),
    ("Loyalty", ("mirador-hotels", "pavo-air", "cobalt-grocers")),
    ("Weekly report counts", _GOODS),
    ("SMS codes", _MONEY),
    ("Order confirmations", (*_GOODS, *_GUESTS)),
    ("Label printer", (*_GOODS, *_HEALTH)),
    ("Pictures load", ("fennimore-press", "cobalt-grocers", "mirador-hotels")),
    ("Search takes", (*_GOODS, "brightwater-clinics")),
)
"""Who can tell a story, by the beginning of its subject; anybody tells the others."""


def _is_theirs(story: Story, organisation: Organisation) -> bool:
    for beginning, tellers in _TELLERS:
        if story.subject.startswith(beginning):
            return organisation.key in tellers
    return True


def stories_for(organisation: Organisation, severity: int, tier: int = 1) -> tuple[Story, ...]:
    """The stories this customer could tell at a severity level. A small matter stays on the first
    tier, unless its severity is the lowest anyway."""
    told = [s for s in STORIES if severity in s.severities and _is_theirs(s, organisation)]
    if tier > 1:
        told = [story for story in told if 2 in story.severities] or told
    return tuple(told)


def story_of(subject: str, details: Details) -> Story | None:
    """The story a ticket tells; None for one that a person wrote."""
    return next((story for story in STORIES if details.tell(story.subject) == subject), None)
