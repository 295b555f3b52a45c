"""What the demo's people say on any ticket, whatever it is about."""

FIRST_REPLIES = (
    "Thank you for telling us. We have begun to look into it and write again as soon as we know "
    "more.",
    "We have your report and somebody is on it now. You will hear from us as soon as we see the "
    "cause.",
    "Thank you. We can see it from here too and are looking for the cause.",
    "Got it. We are comparing with how it was last week and come back to you.",
)

UPDATES = (
    "A short word from us: we know the cause and are testing a correction.",
    "We are still on it. The part that fails is known, the correction is being prepared.",
    "The correction works in our test. We are preparing it for you.",
    "We have asked a second colleague to look at it with us, and we stay on it.",
    "Half of it is done, the rest follows. Nothing you need to do meanwhile.",
)

REPLIES = (
    "Thank you for writing. Nothing is lost, we are at it and see what you describe.",
    "Understood. That fits what we see here, and it helps us.",
    "Yes, there is news: the cause is narrowed down to one part, and that is being changed.",
    "We have read it and passed it on to whoever works on the correction.",
    "Thank you, noted. We stay on it until it holds.",
)
"""What the customer reads when they have written again."""

STILL_ON_IT = (
    "An update, as agreed: still at it, nothing new that you could use yet.",
    "Where we stand: the correction is in test. You hear from us again by the agreed time.",
    "Where we stand: two parts are ruled out, we are looking at the third.",
    "An update, as agreed: what we changed holds so far, we watch it a little longer.",
)
"""What the customer reads when they have heard nothing for a while."""

CALLS = (
    "As just said on the phone: the case is mine from here on. The team goes on without a pause, "
    "and you hear from me before the day is over.",
    "Thank you for your time on the phone. I have put together what we agreed: who works on it, "
    "what comes next, and that you reach me directly until it is solved.",
    "We spoke a minute ago. For the record: you know why it takes longer, I see to it that "
    "nothing else comes first, and I call again when it is done.",
)
"""What a manager writes after calling the customer."""

CUSTOMER_NUDGES = (
    "Is there any news? People here keep asking me.",
    "It happened again just now.",
    "Thanks for the quick word. Please keep us posted.",
    "Just so that you know: it is getting worse towards the evening.",
    "We can live with it today, but not tomorrow.",
)

REOPENINGS = (
    "I am sorry, it is back since an hour ago.",
    "It worked for a while, now it does the same as before.",
)

NEEDS_SKILL = (
    "Needs somebody who can read the traces of the gateway.",
    "The cause lies in the database, which we cannot see from here.",
    "Not in any article. The specialists have to look at it.",
    "Needs a change on the platform that we may not make.",
    "Reproduced it twice, but the code behind it is not ours.",
)

NEEDS_AUTHORITY = (
    "The customer asks for a credit that I may not give.",
    "Two departments each wait for the other. Somebody has to decide.",
    "The customer wants to speak to somebody in charge.",
)

CUSTOMER_REASONS = (
    "We have been waiting since yesterday and nobody can say when it ends.",
    "Our management asks me every hour. Please put somebody in charge.",
    "This is the third time in a month.",
    "We open to the public in the morning and cannot do it like this.",
)

SETTLED = (
    "With the right people now, and the customer has been told.",
    "Customer called, agreed to wait for the release.",
    "Cause found, correction under way; no need for the path any more.",
)
"""Why a manager ends an escalation."""

WAITS_FOR_SUPPLIER = (
    "Asked the supplier for their log; they promised it for today.",
    "The provider confirmed the fault on their side.",
    "Spare part ordered, the carrier has it.",
)

NOTES = (
    "Looked at it together with the night shift, nothing new.",
    "Called the customer, nobody picked up. Will try again.",
    "Compare with last month, the same words.",
)
