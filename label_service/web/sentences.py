"""English sentences of the core that people meet in the workspace, as patterns; `telling` says them in a language."""

from typing import Final

from label_service.web.languages import message

# what a declaration leaves open: proposal, readers

_QUESTIONS: Final = (
    message("What did you make?"),
    message("On which machine was it made?"),
    message("Which material did you take?"),
    message("What do all finished items weigh together, in g?"),
    message("How much material did you take for them, in g?"),
    message("What is it called?"),
    message("How was it made?"),
    message("How many items are they?"),
    message("When were they made?"),
    message("a new product"),
    message("Which jobs made this batch?"),
    message("Failed jobs count as scrap. Tick those that were for something else: the auditor will ask"),
    message("Which of these energies is the machine's?"),
    message("In which time zone does the printer live? Such as Europe/Berlin or +01:00"),
    message("In which time zone are its times? Such as Europe/Berlin or +01:00"),
    message("Which of its channels is the machine? `all` where they are the phases of one machine"),
    message("When did the machine begin? Empty: all of the file counts"),
    message("When was it done?"),
    message("In which unit does it count?"),
    message("In which column are the times?"),
    message("In which column is the counter of energy?"),
    message("Which entity counts the energy of the machine?"),
    message("How large is one unit of the drawing? px is 1/96 in, px90 1/90 in as in old Inkscape, pt 1/72 in"),
    message("choose one of the list"),
    message("expected a whole number from 1 on"),
    message("expected a mass above 0 g"),
    message("expected a number such as 253.8"),
    message("expected a day such as 2026-11-23"),
    message("still to answer"),
    message("a photo of the scale with the finished items: without it nothing can be assessed"),
    message("two readings of a plug meter: without them the largest known energy counts"),
    message("the material taken, weighed: without it the largest known scrap counts"),
)

# what a dropped file is, and what disagrees: proposal

_FILES: Final = (
    message("not read yet"),
    message("picture or paper, looked at by people"),
    message("sliced print"),
    message("sliced print by %(program)s"),
    message("meter readings"),
    message("meter readings by %(program)s"),
    message("one reading of a meter"),
    message("one reading of a meter by %(program)s"),
    message("record of jobs"),
    message("record of jobs by %(program)s"),
    message("drawing"),
    message("drawing by %(program)s"),
    message("laser job"),
    message("laser job by %(program)s"),
    message("embroidery"),
    message("embroidery by %(program)s"),
    message("open design"),
    message("open design by %(program)s"),
    message("%(used)s disagrees with %(other)s by more than %(limit)s"),
    message("%(used)s disagrees with %(other)s, in %(number)s runs, by more than %(limit)s"),
    message(
        "%(used)s disagrees with its length, diameter and density, which make %(expected)s, by more than %(limit)s"
    ),
    message("%(file)s has %(number)s failed jobs, which %(used)s does not count as scrap"),
    message("%(net)s of finished items and %(scrap)s of failed jobs are more than %(used)s"),
    message("%(seen)s is less than the job, %(hours)s: the meter did not see all of it"),
    message("%(meter)s reads from %(begun)s to %(end)s, but the jobs of %(record)s ran from %(first)s to %(last)s"),
    message("%(amount)s (%(basis)s) from %(file)s, %(key)s"),
    message("metered"),
    message("weighed"),
    message("as_made"),
    message("derived"),
    message("estimated"),
    message("design"),
    message("asserted"),
)

# what a file of evidence is: declaration

_EVIDENCE: Final = (
    message("job file"),
    message("job record"),
    message("meter reading"),
    message("scale reading"),
    message("delivery note"),
    message("certificate"),
    message("photo"),
    message("measurement"),
    message("other"),
    message("its maker has not uploaded this file, or it was removed"),
)

# what would improve a result: improvement

_PROOFS: Final = (
    message("all proofs together"),
    message("weigh the material taken for %(line)s"),
    message("the supplier's energy figure for: %(process)s"),
    message("recycled %(material)s with proof"),
    message("meter the energy of step %(step)s"),
    message("delivery notes for the way of the material"),
    message("delivery notes for the way to the shop"),
)

# why a declaration was not labelled by itself: label/scope, label/lots, issuance

_WAITS: Final = (
    message("the scope is for lots of %(expected)s, found %(found)s"),
    message("the scope is for the lots %(expected)s of %(material)s, found %(found)s"),
    message("the scope is for steps of its producer alone, found steps of %(found)s"),
    message("the scope is for goods made from %(first)s to %(last)s, found goods made from %(begun)s to %(end)s"),
    message("the scope is for variants of the design %(expected)s, found %(found)s"),
    message("the frame of %(name)s does not say how %(quantity)s may vary"),
    message("%(quantity)s of one item is %(low)s to %(high)s %(unit)s in the frame, found none"),
    message("%(quantity)s of one item is %(low)s to %(high)s %(unit)s in the frame, found an amount in %(found)s"),
    message("%(quantity)s of one item is %(low)s to %(high)s %(unit)s in the frame, found %(found)s"),
    message("choose within the bounds; what lies outside is another design, which your auditor has to look at"),
    message("this attested design is not there any more"),
    message("choose another, or none"),
    message("expected a number from 0 on, found %(found)s"),
    message("the scope is for the %(code)s %(expected)s, found %(found)s"),
    message("the scope is for %(expected)s per item, found %(found)s"),
    message("the scope is for %(expected)s, found %(found)s"),
    message("the goods are made until %(last)s, after the label of %(at)s"),
    message("the scope counts from %(begun)s to %(end)s, found a label of %(at)s"),
    message("samples can be drawn in %(weeks)s weeks of the scope, found a label of week %(number)s"),
    message("the scope has %(left)s of %(number)s items left, found %(found)s"),
    message("the scope allows %(number)s items a label, found %(found)s"),
    message("the lots of %(material)s prove a recycled share of %(most)s, found %(found)s"),
    message("the lot %(lot)s proves a recycled share of %(most)s, found %(found)s"),
    message("%(bought)s kg of the lot %(lot)s were bought, found %(found)s kg"),
    message("the energy of step %(step)s must be measured, found %(found)s"),
    message("the mass worked in step %(step)s is not known, so its kWh per kg is not"),
    message("nothing that %(process)s works ends in the product: its scrap is not known"),
    message("the %(what)s is at least %(least)s in the scope, found %(found)s"),
    message("the %(what)s is at most %(most)s in the scope, found %(found)s"),
    message("kWh per kg of step %(step)s"),
    message("scrap of %(process)s, of its gross mass,"),
    message("finding %(id)s asks for evidence: %(text)s"),
    message("a %(kind)s counts here and in %(number)s earlier declarations"),
    message("a meter file counts here and in %(number)s earlier declarations"),
    message("the auditor withdrew her attestation"),
    message("an appeal was upheld: an auditor looks at it again"),
    message("producer"),
    message("demo"),
    message("family"),
    message("category"),
    message("site"),
    message("machine"),
    message("process"),
    message("carrier"),
    message("none"),
    message("yes"),
    message("no"),
)

# what a party is told: see certification

_NOTICES: Final = (
    message("Published: %(title)s, version %(version)s."),
    message("%(party)s took an audit request back."),
    message("%(party)s gave your audit request back without an answer; ask somebody else."),
    message("%(party)s asks for an audit of %(what)s."),
    message("%(party)s attested %(what)s; you can issue its label."),
    message("%(party)s attested your workshop %(site)s: goods inside the scope are labelled."),
    message("%(party)s refused %(what)s: %(text)s"),
    message("%(number)s label of %(week)s is audited again: the sample was drawn."),
    message("%(number)s labels of %(week)s are audited again: the sample was drawn."),
    message("%(number)s label of %(week)s is audited again by %(party)s; keep goods and evidence ready."),
    message("%(number)s labels of %(week)s are audited again by %(party)s; keep goods and evidence ready."),
    message("The sample of label %(id)s did not agree; label and scope are suspended: %(text)s"),
    message("%(party)s has looked at every label that was drawn."),
    message("%(party)s withdrew an attestation; what rests on it is suspended: %(text)s"),
    message("%(party)s handed in an auditor's key; compare its thumbprint."),
    message("%(party)s reported the auditor's key %(id)s as %(how)s; it is out of use."),
    message("Reveal the value of week %(number)s for scope %(id)s by %(day)s."),
    message("Your %(what)s %(id)s was suspended; you may appeal."),
    message("Your %(what)s %(id)s counts again."),
    message("Your %(what)s %(id)s was revoked; you may appeal."),
    message("%(party)s may take part again."),
    message("%(party)s is suspended."),
    message("%(party)s has ended its participation."),
    message("There is a complaint about label %(id)s; answer it by %(day)s."),
    message("There is a complaint about label %(id)s."),
    message("label %(id)s: %(text)s"),
    message("scope %(id)s: %(text)s"),
    message("declaration of %(name)s: refused by the auditor"),
    message("The complainant wrote again about label %(id)s."),
    message("%(party)s wrote in the %(what)s about %(id)s."),
    message("%(party)s appeals: %(what)s."),
    message("A key of the scheme was compromised: label %(id)s replaces %(number)s; replace its sticker."),
    message("label"),
    message("scope"),
    message("complaint"),
    message("appeal"),
    message("lost"),
    message("compromised"),
)

# what stands around it in a mail: certification/mail

_MAIL: Final = (
    message("something needs you"),
    message("%(number)s things need you"),
    message("You get this because you have an account at %(name)s, %(link)s."),
    message("All notices: %(link)s"),
)

# what ends or is overdue: certification/alarms

_ENDS: Final = (
    message("The accreditation of %(name)s ends on %(day)s."),
    message("The %(use)s key %(id)s of the auditor %(name)s ends on %(day)s."),
    message("The %(use)s key %(id)s of the scheme ends on %(day)s."),
    message("The root's delegation ends on %(day)s: let the root sign the next."),
    message("The trust list ends on %(day)s and was not renewed."),
    message("The %(kind)s about %(id)s waits for an answer since %(day)s."),
    message("The %(kind)s about %(id)s waits for a decision since %(day)s."),
    message("The sample of label %(id)s from week %(number)s is overdue since %(day)s."),
    message("The value of week %(number)s for scope %(id)s was not revealed by %(day)s."),
)

# how an installation stands: see operation

_HEALTH: Final = (
    message("log"),
    message("long work"),
    message("mail"),
    message("calendar"),
    message("disk"),
    message("expiries"),
    message("%(number)s entries, %(signed)s of them under the last checkpoint"),
    message("%(number)s entries, %(signed)s of them under the last checkpoint, whose newest entry is %(age)s old"),
    message("%(found)s; one waits for %(age)s"),
    message("%(number)s minutes"),
    message("%(number)s hours"),
    message("%(number)s days"),
    message("there is none"),
    message("nobody is mailed; notices are on pages and in feeds"),
    message("%(number)s notices wait to be mailed, the oldest for %(age)s"),
    message("%(number)s notices wait to be mailed"),
    message("steps that failed since this process began: %(steps)s"),
    message("all %(number)s steps were done, none failed since this process began"),
    message("this process does not keep the calendar, or has just begun"),
    message("nothing ends within %(number)s days"),
    message("%(free)s MiB of %(total)s are free"),
    message("see %(link)s"),
    message("look into the logs; restart"),
    message("see whether a worker runs: `label-service work`, or the calendar of the service"),
    message("check the mail server with `label-service doctor`"),
    message("it tries again every five minutes; the logs say why"),
)

# what a check expects: plausibility

_EXPECTED: Final = (
    message("at least %(least)s at most %(most)s"),
    message("at least %(least)s"),
    message("at most %(most)s, as bought"),
    message("at most %(most)s"),
    message("%(number)s left out"),
    message("every failed job among and beside those of the batch counts as scrap"),
)

# names of quantities of a check, by their code
MEASURED: Final = {
    "mass_balance": message("material taken against weight in the product"),
    "scrap_fraction": message("share of scrap"),
    "energy_power_time": message("energy against power and time"),
    "mean_power_over_nameplate": message("mean power against the nameplate"),
    "kwh_per_kg": message("energy for a kilogram of material"),
    "kwh_per_kg_fired": message("energy for a kilogram of fired goods"),
    "mean_power": message("mean power while working"),
    "pump_power": message("power of the pump"),
    "throughput": message("material worked in an hour"),
    "failed_jobs": message("failed jobs left out"),
    "lot_mass": message("material taken of a lot"),
}

PATTERNS: Final = (
    *_QUESTIONS,
    *_EVIDENCE,
    *_PROOFS,
    *_WAITS,
    *_NOTICES,
    *_MAIL,
    *_ENDS,
    *_FILES,
    *_HEALTH,
    *_EXPECTED,
    *MEASURED.values(),
)
