"""English phrasings of every sentence of a case. Words only: slots in braces are filled with facts.

A list slot comes as a running list. Each kind has several phrasings that say exactly the same.
"""

from __future__ import annotations

from collections.abc import Mapping

BANK: Mapping[str, tuple[str, ...]] = {
    "intro": (
        "A {age} {sex} is seen with {signs}.",
        "A {age} {sex} is referred for assessment of {signs}.",
        "{Age} {sex} assessed for {signs}.",
        "The patient is a {age} {sex} with {signs}.",
    ),
    "intro_lasting": (
        "A {age} {sex} presents with {signs} for {duration}.",
        "A {age} {sex} comes with a history of {duration} of {signs}.",
        "For {duration} a {age} {sex} has had {signs}.",
        "{Age} {sex}; {duration} of {signs}.",
    ),
    "told_early": (
        "Pregnancy, birth and early infancy: {signs}.",
        "The early history records {signs}.",
        "From the perinatal and infant history: {signs}.",
    ),
    "told_growth": (
        "Growth and development: {signs}.",
        "On growth and development the records note {signs}.",
        "Growth and developmental assessment shows {signs}.",
    ),
    "told_complaint": (
        "Further complaints: {signs}.",
        "The history also includes {signs}.",
        "On questioning, there is also {signs}.",
    ),
    "told_examination": (
        "On examination: {signs}.",
        "Examination shows {signs}.",
        "Physical findings: {signs}.",
    ),
    "told_investigation": (
        "Investigations so far: {signs}.",
        "Laboratory tests and imaging have shown {signs}.",
        "Work-up has documented {signs}.",
    ),
    "told_other": ("Also recorded: {signs}.", "In addition there is {signs}."),
    "denied": ("There is {nos}.", "Pertinent negatives: {nos}.", "Of note, {nos}."),
    "history": (
        "Known conditions: {diseases}.",
        "Past medical history: {diseases}.",
        "The patient is known to have {diseases}.",
    ),
    "drugs": ("Current medication: {drugs}.", "Takes {drugs}.", "Regular medication: {drugs}."),
    "values_vital": ("Vital signs: {values}.", "On arrival: {values}.", "Observations: {values}."),
    "values_lab": ("Laboratory: {values}.", "Blood results: {values}.", "Laboratory values: {values}."),
    "question_plain": (
        "Which diagnoses come to mind, and what speaks for each?",
        "Which diseases should be considered, and in what order?",
        "What could this be?",
        "",
    ),
    "question_new": (
        "Which new diagnosis explains what the known conditions do not?",
        "What should be considered besides the known conditions?",
        "Which disease would you add to the known ones?",
        "",
    ),
    "think_summary": (
        "In short, this is a {age} {sex} with {signs}.",
        "Let me sum up: a {age} {sex}, and the leading features are {signs}.",
        "The problem: a {age} {sex} with {signs}.",
        "So I have a {age} {sex} whose main features are {signs}.",
    ),
    "think_key": (
        "The features that discriminate best are {signs}: few diseases show them.",
        "What carries weight here: {signs}; each is seen in a small share of all diseases.",
        "Most telling are {signs}, since most other diseases would not produce them.",
        "I would build on {signs}, which narrow the field most.",
    ),
    "think_dull": (
        "By contrast, many diseases can produce {signs}, so little can be built on that.",
        "Less useful, because common to a great many conditions: {signs}.",
        "{Signs}: seen too widely to decide anything.",
    ),
    "think_vague": (
        "The wording is broad for {signs}; a more exact description would help.",
        "{Signs}: stated in general terms only, which counts for less than a precise finding.",
        "I keep in mind that {signs} could stand for several more specific findings.",
    ),
    "think_open": (
        "No single feature decides; the combination has to.",
        "I have to weigh the pattern as a whole, since no feature stands out.",
    ),
    "think_known": (
        "The known {cause} accounts for {findings}.",
        "{Findings}: already explained by the known {cause}, so no new disease is needed for that.",
        "I set aside {findings}, which the known {cause} explains.",
    ),
    "think_drug_effect": (
        "{Findings}: possibly an effect of {cause}.",
        "The medication {cause} can produce {findings}.",
        "I note {findings}, which {cause} may cause by itself.",
    ),
    "think_avoided": (
        "On treatment: {drug} is contraindicated in {disease}, so its absence from the list is as it should be.",
        "With {disease}, {drug} is contraindicated, and I would keep that in mind for any treatment.",
    ),
    "think_first": (
        "{disease} comes first: it fits {signs}.",
        "First candidate: {disease}. It would bring together {signs}.",
        "I start with {disease}, which explains {signs}.",
        "The best match is {disease}, given {signs}.",
    ),
    "think_next": (
        "{disease} is to be considered because of {signs}.",
        "Next, {disease}: in its favour {signs}.",
        "What about {disease}? It shares {signs}.",
        "{disease} could also produce {signs}.",
    ),
    "think_weak": (
        "{disease} remains a possibility, though little in the case points to it.",
        "{disease} stays on the list mainly as an alternative to rule on later.",
    ),
    "think_unexplained": (
        "{Signs}: unexplained by {disease}.",
        "But {signs} would remain unexplained by {disease}.",
        "Against it: {signs}, hard to reconcile with {disease}.",
    ),
    "think_missed": (
        "There is {nos}, which speaks against {disease}.",
        "Against {disease}: {nos}.",
        "There is {nos}, and that lowers the likelihood of {disease}.",
    ),
    "think_normal": (
        "With {values} inside the reference range, {disease} becomes less likely.",
        "{Values}: normal, and {disease} would usually change that.",
    ),
    "think_nothing_against": (
        "The rest of the case is compatible with {disease}.",
        "All recorded features are compatible with {disease}.",
    ),
    "close_clear": (
        "On these findings {one} is clearly the most likely, well ahead of {other}, but needs confirmation.",
        "Weighing it all, {one} explains the findings much better than {other}; a working diagnosis, to be confirmed.",
    ),
    "close_likely": (
        "On balance {one} is more likely than {other}, but the margin is moderate.",
        "{one} is somewhat ahead of {other}; both should stay open until tested.",
    ),
    "close_open": (
        "The findings cannot separate {one} from {other}; I list both and ask for what would decide.",
        "Between {one} and {other} the case stays open on what is known now.",
    ),
    "close_decide": (
        "The most useful next step is to look for {sign}, which would favour {one} over {other}.",
        "Looking for {sign} would help to decide between {one} and {other}.",
    ),
    "close_rare": (
        "These are rare diseases, so my confidence is limited and a specialist centre should be involved.",
        "As this concerns rare diseases, I should say plainly that the ranking is uncertain and how to confirm it.",
    ),
    "close_common": (
        "This ranking uses the stated findings alone, and a clinician has to check it.",
        "I rank by how well the findings fit; the treating clinician decides.",
    ),
    "summary": (
        "{Age} {sex} with {signs}.",
        "A {age} {sex}; leading features: {signs}.",
        "{Age} {sex} in whom {signs} stand out.",
    ),
    "summary_known": ("Known: {diseases}.", "Background: {diseases}."),
    "caution_rare": (
        "Rare diseases are involved, so confidence is limited: this ranking needs clinician review and, ideally,"
        " a multidisciplinary or referral-centre opinion.",
        "Confidence is limited because the leading candidates are rare; needs clinician review, with advice from"
        " a referral centre for rare diseases.",
    ),
    "caution": ("For the treating physician; needs clinician review.", "A suggestion only: needs clinician review."),
    "look_for": (
        "Look specifically for {sign}.",
        "Check for {sign}; finding it would strengthen this diagnosis.",
    ),
    "look_ask": (
        "Ask specifically about {sign}.",
        "Ask about {sign}; it would strengthen this diagnosis.",
    ),
    "look_examine": (
        "Examine for {sign}.",
        "Examine specifically for {sign}; finding it would strengthen this diagnosis.",
    ),
    "look_test": (
        "Arrange investigations for {sign}.",
        "Investigate for {sign}; finding it would strengthen this diagnosis.",
    ),
    "missing": ("{Item}",),
    "look_general": (
        "Compare history and examination with the full clinical picture.",
        "Take a targeted history and repeat the examination.",
    ),
    "confirm": ("{Test}.", "Next: {test}.", "To settle it: {test}."),
    "confirm_rare": (
        "Refer to a centre for rare diseases for confirmatory testing.",
        "Discuss in a multidisciplinary team and arrange confirmatory testing.",
    ),
    "urgent_sign": (
        "Emergency: with {signs}, alert the rapid response team and stabilise the patient before anything else.",
        "Call the rapid response team now because of {signs}.",
    ),
    "urgent": (
        "Call the rapid response team now: {diseases} must be ruled out at once.",
        "Emergency: alert the rapid response team and assess for {diseases} without delay.",
    ),
}

SEXES: Mapping[tuple[str, bool], str] = {
    ("male", True): "man",
    ("female", True): "woman",
    ("male", False): "boy",
    ("female", False): "girl",
}
UNITS: Mapping[str, tuple[str, str]] = {
    "days": ("day", "days"),
    "weeks": ("week", "weeks"),
    "months": ("month", "months"),
    "years": ("year", "years"),
}
ROUTES: Mapping[str, str] = {
    "oral": "orally",
    "intravenous": "intravenously",
    "subcutaneous": "subcutaneously",
    "inhaled": "inhaled",
    "sublingual": "sublingually",
    "ophthalmic": "into the eye",
}
STATES: Mapping[str, str] = {"high": " (high)", "low": " (low)", "normal": ""}
