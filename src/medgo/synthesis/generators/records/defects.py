"""All defects that records are given on purpose: one small function each. Knows no row.

A maker sees keys and facts, which are the same in all languages, and never decides by words: so the same pick makes the
same defect in Chinese and in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from medgo.schema import Lang
from medgo.synthesis.generators.cases import words_en, words_zh
from medgo.synthesis.generators.cases.ontology import LANGS
from medgo.synthesis.generators.cases.tables import Tables
from medgo.synthesis.generators.records.chart import NAMES, PATIENT, TIMES, Chart, Edit, Section
from medgo.synthesis.generators.records.defect_sorts import SORTS
from medgo.synthesis.generators.records.flaws import Bench, Flaw, Maker, bare
from medgo.synthesis.generators.records.phrases import PHRASES
from medgo.synthesis.generators.records.scribe import Line, Scribe

# Sections that may be missing: those whose content no other defect's evidence has to be quoted from.
_MAY_MISS = (
    "family_history", "personal_history", "allergies", "past_history", "differential", "basis", "advice",
    "discharge_condition", "assessment", "investigations", "plan",
)  # fmt: skip
_DRUG_LINES = ("drugs", "treat", "continue", "continue_home", "course_treat", "course_home")
_SIDES: Mapping[str, str] = {
    "左": "右", "右": "左", "left": "right", "right": "left", "Left": "Right", "Right": "Left",
}  # fmt: skip
_SIDE = re.compile("左|右|[Ll]eft|[Rr]ight")
_TOO_MUCH: Mapping[str, str] = {"mg": "g", "µg": "mg"}


def missing_section(bench: Bench) -> Flaw | None:
    """A required section is not there."""
    options = [
        section
        for section, lines in bench.chart.sections.items()
        if section[1] in _MAY_MISS and lines and not (section[1] == "allergies" and bench.scribe.enc.allergy)
    ]
    section: Section | None = bench.choose(options)
    if section is None:
        return None
    return bench.flaw(section, [], (Edit(section, 0, bench.chart.sections[section], ()),))


def sex_contradiction(bench: Bench) -> Flaw | None:
    """The history speaks of the other sex."""
    found = bench.choose(bench.find("onset", "feature_person"))
    if found is None:
        return None
    swaps = {"男性": "女性", "女性": "男性", "woman": "man", "man": "woman"}
    text = re.sub("男性|女性|woman|man", lambda match: swaps[match.group()], found[2].text, count=1)
    return bench.replaced(found, text, (PATIENT, 0, bench.chart.sections[PATIENT][0]))


def age_contradiction(bench: Bench) -> Flaw | None:
    """The history gives another age."""
    found = bench.choose(bench.find("onset", "feature_person"))
    if found is None:
        return None
    age = bench.scribe.enc.case.book[bench.scribe.enc.case.intro[1]].value
    other = str(int(age) + (11 if int(age) < 60 else -17))
    text = re.sub(rf"{age}(?=岁|-year)", other, found[2].text, count=1)
    return bench.replaced(found, text, (PATIENT, 1, bench.chart.sections[PATIENT][1]))


def laterality(bench: Bench) -> Flaw | None:
    """Left and right are turned round in one of two places."""
    places = [one for one in bench.find("exam", "test", "basis_exam", "basis_test") if _SIDE.search(one[2].text)]
    # Two places in different sections: the second keeps the side.
    pairs = [(one, other) for one in places for other in places if one[0] != other[0]]
    chosen = bench.choose(pairs)
    if chosen is None:
        return None
    found, other = chosen
    text = _SIDE.sub(lambda match: _SIDES[match.group()], found[2].text)
    return bench.replaced(found, text, other)


def late(key: str, since: str, document: str, hours: int, before: str = "") -> Maker:
    """A document written after its limit in hours, and still before what follows it."""

    def make(bench: Bench) -> Flaw | None:
        found, start = bench.find(key), bench.find(since)
        if not found or not start:
            return None
        times = bench.scribe.enc.times
        room = int((times[before] - times[since]).total_seconds() // 60) - hours * 60 if before else 48 * 60
        if room < 60:
            return None
        moment = times[since] + timedelta(hours=hours, minutes=20 + bench.pick % (min(room, 36 * 60) - 40))
        return _moved(bench, document, found[0], moment, start[0])

    return make


def discharge_before_admission(bench: Bench) -> Flaw | None:
    """The patient is discharged, and the summary written, before the admission."""
    found, written, start = bench.find("discharged"), bench.find("written"), bench.find("admitted")
    if not found or not written or not start:
        return None
    times = bench.scribe.enc.times
    moment = times["admitted"] - timedelta(hours=20 + bench.pick % 50, minutes=bench.pick % 50)
    flaw = _moved(bench, "discharge_summary", found[0], moment, start[0])
    later = _moved(bench, "discharge_summary", written[0], moment + (times["written"] - times["discharged"]), start[0])
    if flaw is None or later is None:
        return None
    return replace(flaw, edits=(*flaw.edits, *later.edits), facts=(*flaw.facts, *later.facts))


def _moved(
    bench: Bench,
    document: str,
    found: tuple[Section, int, Line],
    moment: datetime,
    other: tuple[Section, int, Line],
) -> Flaw | None:
    colon = bench.say("：", ": ")
    title = found[2].text.split(colon)[0]
    flaw = bench.replaced(found, f"{title}{colon}{moment:%Y-%m-%d %H:%M}", other)
    return replace(flaw, place=NAMES[document][bench.lang]) if flaw else None


def dose_unit(bench: Bench) -> Flaw | None:
    """A dose a thousand times too high by its unit."""
    book = bench.scribe.enc.case.book
    options = []
    for section, lines in bench.chart.sections.items():
        for at, line in enumerate(lines):
            if line.key in _DRUG_LINES or line.slot == "dose":
                options += [
                    ((section, at, line), fact)
                    for fact in line.facts
                    if book[fact].kind == "drug" and book[fact].attributes["dose_unit"] in _TOO_MUCH
                ]
    chosen = bench.choose(options)
    if chosen is None:
        return None
    found, fact = chosen
    given = book[fact].attributes
    dose = f"{given['dose']} {given['dose_unit']}"
    name = "" if found[2].slot else bench.scribe.names(book[fact].concept, bench.lang)
    start = max(found[2].text.lower().find(name.lower()), 0)
    at = found[2].text.find(dose, start)
    wrong = f"{given['dose']} {_TOO_MUCH[given['dose_unit']]}"
    text = found[2].text[:at] + wrong + found[2].text[at + len(dose) :]
    return bench.replaced(found, text) if at >= 0 else None


def copy_forward(bench: Bench) -> Flaw | None:
    """The later course note is the earlier one again."""
    edits, evidence = [], []
    for name in ("subjective", "objective"):
        earlier = bench.chart.sections.get(("course_note_1", name))
        later = bench.chart.sections.get(("course_note_2", name))
        if earlier is None or later is None:
            return None
        edits.append(Edit(("course_note_2", name), 0, later, earlier))
        evidence.append((bare(earlier[0].text), earlier[0].facts))
    near: set[Section] = {("course_note_1", "subjective"), ("course_note_1", "objective")}
    return bench.flaw(("course_note_2", "objective"), evidence, tuple(edits), near=near)


def history_is_complaint(bench: Bench) -> Flaw | None:
    """The history of the present illness only repeats the chief complaint."""
    found = bench.find("onset", fields=("present_illness",))
    complaint = bench.find("complaint")
    if not found or not complaint:
        return None
    section = found[0][0]
    line = complaint[0][2]
    edit = Edit(section, 0, bench.chart.sections[section], (Line("onset", line.text, line.facts),))
    return bench.flaw(section, [(bare(line.text), line.facts)], (edit,), near={complaint[0][0]})


def no_duration(bench: Bench) -> Flaw | None:
    """A chief complaint without its duration."""
    found = bench.find("complaint")
    if not found:
        return None
    case = bench.scribe.enc.case
    signs = [fact for fact in found[0][2].facts if case.book[fact].kind == "sign"]
    names = [bench.scribe.names(case.book[fact].concept, bench.lang) for fact in signs]
    text = bench.say("、".join(names) + "。", " and ".join(names)[:1].upper() + " and ".join(names)[1:] + ".")
    return bench.replaced(found[0], text)


def other_duration(bench: Bench) -> Flaw | None:
    """The history begins at another time than the chief complaint says."""
    found, complaint = bench.find("onset"), bench.find("complaint")
    if not found or not complaint:
        return None
    known = bench.scribe.enc.case.book[bench.scribe.enc.case.duration]
    value = int(known.value) + 3 + bench.pick % 3

    def words(number: int) -> str:
        if bench.lang == "zh":
            return f"{number}{words_zh.UNITS[known.unit]}"
        return f"{number} {words_en.UNITS[known.unit][number != 1]}"

    text = found[0][2].text.replace(words(int(known.value)), words(value), 1)
    return bench.replaced(found[0], text, complaint[0])


def allergy_lost(bench: Bench) -> Flaw | None:
    """An allergy that the plan knows is denied in its own section."""
    found, other = bench.find("allergy", fields=("allergies",)), bench.find("avoid")
    if not bench.scribe.enc.allergy or not found or not other:
        return None
    return bench.replaced(found[0], PHRASES["allergy_none"][bench.lang][0], other[0])


def denied_disease(bench: Bench) -> Flaw | None:
    """A known disease is denied in the same section."""
    found = bench.find("known", fields=("past_history",))
    history = bench.scribe.enc.case.history
    if not found or not history:
        return None
    fact = bench.choose(history)
    name = bench.scribe.names(bench.scribe.enc.case.book[fact].concept, bench.lang)
    return bench.added(found[0][0], "denied", bench.say(f"否认{name}病史。", f"No history of {name}."), found[0])


def denied_sign(bench: Bench) -> Flaw | None:
    """A symptom that the patient has is denied."""
    found = bench.find("onset", fields=("present_illness",))
    if not found:
        return None
    book = bench.scribe.enc.case.book
    fact = bench.choose([fact for fact in found[0][2].facts if book[fact].kind == "sign"])
    name = bench.scribe.names(book[fact].concept, bench.lang)
    word = bench.scribe.names.denied(name) if bench.lang == "zh" else ""
    return bench.added(found[0][0], "denied", bench.say(f"病程中{word}{name}。", f"No {name}."), found[0])


def surgery_contradiction(bench: Bench) -> Flaw | None:
    """An operation is told and denied."""
    found = bench.find("operation", fields=("past_history",))
    if not found or "operation" not in bench.scribe.enc.plain:
        return None
    return bench.added(found[0][0], "denied", PHRASES["operation_none"][bench.lang][0], found[0])


def vital_sign(bench: Bench) -> Flaw | None:
    """A vital sign that nobody alive has."""
    found = bench.choose(bench.find("vitals", "vitals_out"))
    if found is None:
        return None
    swaps: tuple[tuple[str, str], ...] = (
        (bench.say(r"脉搏\d+", r"HR \d+"), bench.say("脉搏0", "HR 0")),
        (bench.say(r"体温[\d.]+", r"T [\d.]+"), bench.say("体温83.6", "T 83.6")),
        (bench.say(r"呼吸\d+", r"RR \d+"), bench.say("呼吸0", "RR 0")),
        (bench.say(r"血氧饱和度\d+", r"SpO2 \d+"), bench.say("血氧饱和度196", "SpO2 196")),
    )
    pattern, wrong = swaps[bench.pick // 7 % len(swaps)]
    return bench.replaced(found, re.sub(pattern, wrong, found[2].text, count=1))


def no_dose(bench: Bench) -> Flaw | None:
    """A discharge drug without its dose."""
    section: Section = ("discharge_summary", "medications")
    lines = bench.chart.sections.get(section, ())
    at = bench.choose([at for at, line in enumerate(lines) if line.slot == "dose"])
    if at is None:
        return None
    edit = Edit(section, at, (lines[at],), ())
    shown = bench.chart.apply((edit,))
    return bench.flaw(section, [(bare(shown.entry(section, at)), lines[at].facts)], (edit,))


def not_analysed(bench: Bench) -> Flaw | None:
    """Abnormal results of which the note says nothing further."""
    values = bench.find("values", fields=("objective",))
    if not values or not bench.scribe.enc.abnormal_labs:
        return None
    document = values[0][0][0]
    edits = []
    for name in ("assessment", "plan"):
        section = (document, name)
        lines = bench.chart.sections[section]
        places = [at for at, line in enumerate(lines) if line.key.startswith("cause") or line.key == "recheck"]
        edits += [Edit(section, at, (lines[at],), ()) for at in reversed(places)]
    kept = bench.chart.apply(edits)
    if not edits or not kept.sections[document, "plan"]:
        return None
    first = kept.sections[document, "assessment"][0]
    evidence = [(bare(values[0][2].text), values[0][2].facts), (bare(first.text), first.facts)]
    return bench.flaw((document, "assessment"), evidence, tuple(edits), near={values[0][0]})


def contraindicated(bench: Bench) -> Flaw | None:
    """A drug that a known disease or an allergy of the patient forbids."""
    enc, drugs = bench.scribe.enc, bench.tables.drugs
    plan = next((section for section in bench.chart.sections if section[1] == "plan"), None)
    if plan is None:
        return None
    reasons: list[tuple[str, tuple[Section, int, Line]]] = []
    known = bench.find("known", fields=("past_history",)) or bench.find("feature_known")
    allergies = bench.find("allergy", fields=("allergies",))
    if known:
        reasons += [(enc.case.book[fact].concept, known[0]) for fact in enc.case.history]
    if enc.allergy and allergies:
        reasons.append((enc.case.book[enc.allergy].concept, allergies[0]))
    taken = {enc.case.book[fact].concept for fact in (*enc.case.orders, *([enc.treatment] if enc.treatment else []))}
    options = [
        (drug, place)
        for state, place in reasons
        for drug in sorted(drugs.ladders)
        if state in drugs.forbidden.get(drug, {}) and drug not in taken
    ]
    chosen = bench.choose(options)
    if chosen is None:
        return None
    curie, place = chosen
    return bench.added(plan, "wrong_drug", _order(bench, curie), place)


def added_sign(bench: Bench) -> Flaw | None:
    """A symptom that nobody told, of the disease or of one that resembles it."""
    found = (
        bench.find("onset", fields=("present_illness",))
        or bench.find("today", fields=("subjective",))
        or bench.find("feature_person", "admitted_for")
    )
    enc, ontology = bench.scribe.enc, bench.tables.ontology
    told = {one.key for one in (*enc.case.signs, *enc.case.negatives)}
    options = [
        sign
        for one in enc.case.candidates
        for sign in bench.tables.common.diseases[one.disease].symptoms
        if sign not in told
        and ontology.named(sign, LANGS)
        and ontology.group(sign) == "complaint"
        and ontology.sex(sign) in (None, enc.case.sex)
        and told.isdisjoint(ontology.ancestors(sign))
    ]
    sign = bench.choose(options)
    if not found or sign is None:
        return None
    name = bench.scribe.names(sign, bench.lang)
    return bench.added(found[0][0], "invented", bench.say(f"另有{name}。", f"Also present: {name}."), found[0])


def added_drug(bench: Bench) -> Flaw | None:
    """A drug that nobody ordered."""
    enc, drugs = bench.scribe.enc, bench.tables.drugs
    section = next((one for one in bench.chart.sections if one[1] in ("plan", "course")), None)
    if section is None:
        return None
    taken = {enc.case.book[fact].concept for fact in (*enc.case.orders, *([enc.treatment] if enc.treatment else []))}
    options = [
        drug
        for one in enc.case.candidates
        for drug in bench.tables.common.diseases[one.disease].drugs
        if drug in drugs.ladders and drug not in taken
    ]
    curie = bench.choose(options)
    return bench.added(section, "invented", _order(bench, curie)) if curie else None


def _order(bench: Bench, curie: str) -> str:
    """An order that is not of the case, in words."""
    ladder = bench.tables.drugs.ladders[curie]
    frequency = ladder.frequencies[0].replace("_", " ")
    name, dose = bench.scribe.names(curie, bench.lang), f"{ladder.doses[0]} {ladder.unit}"
    return bench.say(
        f"予{name}{dose} {words_zh.ROUTES[ladder.route]} {words_zh.FREQUENCIES[frequency]}。",
        f"Start {name} {dose} {words_en.ROUTES[ladder.route]} {frequency}.",
    )


def dropped_sentence(bench: Bench) -> Flaw | None:
    """A finding or symptom that the material states is left out."""
    options = list(bench.find("more", "no", "no_other", "exam", "test", "cause0", "operation"))
    options = [one for one in options if len(bench.chart.sections[one[0]]) > 1]
    found = bench.choose(options)
    if found is None:
        return None
    section, at, line = found
    return bench.flaw(section, [(bare(line.text), line.facts)], (Edit(section, at, (line,), ()),))


MAKERS: Mapping[str, Maker] = {
    "missing_section": missing_section,
    "sex_contradiction": sex_contradiction,
    "age_contradiction": age_contradiction,
    "laterality": laterality,
    "late_first_note": late("first_written", "admitted", "first_course_note", 8, before="day1"),
    "late_admission_record": late("admission_written", "admitted", "admission_record", 24),
    "late_discharge_summary": late("written", "discharged", "discharge_summary", 24),
    "discharge_before_admission": discharge_before_admission,
    "dose_unit": dose_unit,
    "copy_forward": copy_forward,
    "history_is_complaint": history_is_complaint,
    "no_duration": no_duration,
    "other_duration": other_duration,
    "allergy_lost": allergy_lost,
    "denied_disease": denied_disease,
    "denied_sign": denied_sign,
    "surgery_contradiction": surgery_contradiction,
    "vital_sign": vital_sign,
    "no_dose": no_dose,
    "not_analysed": not_analysed,
    "contraindicated": contraindicated,
    "added_sign": added_sign,
    "added_drug": added_drug,
    "dropped_sentence": dropped_sentence,
}
# What shows only beside the material that a document was written from, so not in the record itself.
AGAINST_MATERIAL = frozenset({"added_sign", "added_drug", "dropped_sentence"})
_GRADES = ("veto", "major", "minor")


def inject(
    charts: Mapping[Lang, Chart],
    scribes: Mapping[Lang, Scribe],
    wanted: Sequence[tuple[str, int]],
    most: int,
    tables: Tables,
) -> dict[Lang, list[Flaw]]:
    """Put defects into the charts of all languages alike.

    Args:
        charts: Clean charts of one encounter.
        scribes: Who wrote them.
        wanted: Sorts of defects with their picks, in the order in which they are tried.
        most: How many at most.
        tables: What the index says.

    Returns:
        Language → the defects made, the worst first; the same ones in every language.
    """
    langs = list(charts)
    found: dict[Lang, list[Flaw]] = {lang: [] for lang in langs}
    touched: set[Section] = set()
    for name, pick in wanted:
        if len(found[langs[0]]) >= most:
            break
        made = {lang: MAKERS[name](Bench(charts[lang], scribes[lang], tables, pick, SORTS[name])) for lang in langs}
        flaws = {lang: flaw for lang, flaw in made.items() if flaw is not None}
        if len(flaws) < len(langs) or any(not touched.isdisjoint(flaw.touched) for flaw in flaws.values()):
            continue
        for lang, flaw in flaws.items():
            found[lang].append(flaw)
            touched |= flaw.touched
    order = {section: at for at, section in enumerate([TIMES, *charts[langs[0]].sections])}
    for flaws_ in found.values():
        flaws_.sort(key=lambda flaw: (_GRADES.index(flaw.sort.grade), order[flaw.section], flaw.sort.name))
    return found
