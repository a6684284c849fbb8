"""Adds to a case, step by step, what it lacks to become a record. Knows no phrasing and no document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from medgo.knowledge.curated import findings as normal_findings
from medgo.schema import Fact, Lang, SourceRef
from medgo.synthesis.generators.cases.common import CommonDisease
from medgo.synthesis.generators.cases.drugs import Drug
from medgo.synthesis.generators.cases.labs import SATURATION, VITALS
from medgo.synthesis.generators.cases.tables import Tables
from medgo.synthesis.generators.cases.weighing import Weighing
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.scenes import (
    AFFECTED,
    ALLERGIES,
    ANTICOAGULANTS,
    BLEEDING,
    CONFUSED,
    CONTRADICTED,
    FAMILIES,
    JOBS,
    KNOWN_TO_AFFECT,
    OPERATIONS,
    WEAK_KIDNEYS,
)

# What changes within days, and is measured again before discharge.
_QUICK = frozenset(
    f"LAB:{key}" for key in ("wbc", "crp", "potassium", "sodium", "creatinine", "urea", "alt", "ast", "fasting_glucose")
)
# Signs of the examination that patients tell themselves.
_TOLD = frozenset(
    {"HP:0001962", "HP:0000975", "HP:0000989", "HP:0001387", "HP:0001742", "HP:0000988", "HP:0000958", "HP:0001596"}
)
# Findings that patients tell themselves although they are filed under investigations.
_TOLD_TESTS = frozenset({"HP:0000790", "HP:0000969", "HP:0031967"})
# Signs filed under complaints or tests that a physician finds: diminished breath sounds, enlarged lymph nodes.
_FELT = frozenset({"HP:4000214", "HP:0002716"})
# What a known disease did long ago is no part of a new complaint.
_LONG_GONE = frozenset({"SIGN:decrease_in_height", "SIGN:bone_loss", "HP:0000789", "HP:0001596"})
# A measurement by another name is told by its value.
_MEASURED = frozenset({"HP:0001649", "HP:0002615", "HP:0000822", "HP:0003073", "HP:0003077"})
_ONE_LANGUAGE: Lang = "zh"
# Region of the admission record → normal findings told there, where nothing speaks against them.
_REGIONS: Mapping[str, tuple[str, ...]] = {
    "general": ("general_1", "skin_1"),
    "head_neck": ("eyes_1", "throat_1", "neck_1"),
    "chest": ("lungs_1", "heart_1"),
    "abdomen": ("abdomen_1", "abdomen_2"),
    "limbs": ("extremities_1", "joints_1"),
    "neurological": ("nervous_system_2",),
}
_NORMAL = {one.key: one for one in normal_findings()}


class Maker:
    """Adds to one encounter, step by step."""

    def __init__(
        self,
        tables: Tables,
        disease: CommonDisease,
        enc: Encounter,
        words: tuple[Sequence[Lang], Mapping[str, str]],
        rng: np.random.Generator,
    ) -> None:
        self._tables, self._disease, self._enc, self._rng = tables, disease, enc, rng
        self._langs, self._who_codes = words
        self._case, self._book = enc.case, enc.case.book

    def make(self) -> Encounter | None:
        """The encounter with all it needs; None where the draw does not make one."""
        enc = self._enc
        self._sort_signs()
        if not enc.complaints or not all(curie in self._vitals() for curie in (*VITALS, SATURATION)):
            return None
        self._moments()
        self._person()
        if not self._treat():
            return None
        self._local()
        self._deny()
        self._normal()
        self._follow()
        self._code()
        self._weigh()
        for lang in self._langs:
            stated = self._tables.references(enc.facts(lang), lang)
            enc.sources[lang] = (*stated, SourceRef("records", "medgo", "Apache-2.0"))
        return enc

    def _say(self, key: str, english: str, chinese: str, source: str, basis: tuple[str, ...] = ()) -> None:
        self._enc.plain[key] = self._book.add(
            "passage", value=english, attributes={"zh": chinese}, sources=(f"medgo:records/{source}",), basis=basis
        )

    def _lasting(self, key: str, value: str, unit: str, basis: tuple[str, ...]) -> str:
        """A duration of its own: the book would take 5 days and 5 months for the same."""
        fact = f"d_{key}"
        self._book.facts[fact] = Fact(
            fact, "duration", value=value, unit=unit, sources=(f"medgo:records/{key}",), basis=basis
        )
        return fact

    def _sort_signs(self) -> None:
        enc = self._enc
        for group, found in self._case.groups.items():
            for one in found:
                sign = self._book[one.fact].concept
                if sign in _MEASURED or (sign in _LONG_GONE and sign not in self._disease.symptoms):
                    continue
                if (group == "examination" and sign not in _TOLD) or sign in _FELT:
                    enc.seen.append(one.fact)
                elif group == "investigation" and sign not in _TOLD_TESTS:
                    enc.shown.append(one.fact)
                else:
                    enc.complaints.append(one.fact)

        order = {sign: at for at, sign in enumerate(self._disease.symptoms)}
        enc.complaints.sort(key=lambda fact: order.get(self._book[fact].concept, len(order)))

    def _vitals(self) -> dict[str, str]:
        return {
            self._book[one.fact].concept: one.fact for one in self._case.values if self._book[one.fact].kind == "vital"
        }

    def _moments(self) -> None:
        rng = self._rng
        start = datetime(2024, 1, 3) + timedelta(days=int(rng.integers(0, 700)))
        admitted = start + timedelta(minutes=int(rng.integers(8 * 60, 20 * 60)))
        day1 = start + timedelta(days=1, minutes=int(rng.integers(8 * 60, 10 * 60)))
        day2 = day1 + timedelta(days=int(rng.integers(1, 3)), minutes=int(rng.integers(-40, 40)))
        discharged = day2 + timedelta(days=int(rng.integers(1, 5)), minutes=int(rng.integers(60, 180)))
        self._enc.times = {
            "admitted": admitted,
            "first_written": admitted + timedelta(minutes=int(rng.integers(60, 400))),
            "admission_written": admitted + timedelta(minutes=int(rng.integers(120, 1200))),
            "day1": day1,
            "day2": day2,
            "discharged": discharged,
            "written": discharged + timedelta(minutes=int(rng.integers(30, 600))),
        }
        for key, moment in self._enc.times.items():
            text = f"{moment:%Y-%m-%d %H:%M}"
            self._enc.plain[key] = self._book.add("passage", value=text, sources=(f"medgo:records/{key}",))
        days = max((discharged.date() - admitted.date()).days, 1)
        ends = (self._enc.plain["admitted"], self._enc.plain["discharged"])
        self._enc.plain["days"] = self._lasting("stay", str(days), "", ends)

    def _person(self) -> None:
        rng, case, enc = self._rng, self._case, self._enc
        job = JOBS[int(rng.integers(len(JOBS)))]
        retired = case.age >= 62
        self._say("job", ("retired " if retired else "") + job[0], ("退休" if retired else "") + job[1], "occupation")
        if rng.random() < 0.4 and case.age >= 30:
            years, number = int(rng.integers(5, min(int(case.age) - 17, 41))), int(rng.choice([5, 10, 20]))
            self._say(
                "social",
                f"Smokes {number} cigarettes a day, for {years} years; no alcohol.",
                f"吸烟{years}年，每日{number}支；不饮酒。",
                "social",
            )
        else:
            self._say("social", "Does not smoke or drink alcohol.", "不吸烟，不饮酒。", "social")
        self._say("family", *FAMILIES[int(rng.integers(len(FAMILIES)))], "family")
        fits = [one for one in OPERATIONS if not self._disease.icd10.startswith(one[2]) and one[3] in ("", case.sex)]
        if rng.random() < 0.55:
            english, chinese, _, _ = fits[int(rng.integers(len(fits)))]
            year = enc.times["admitted"].year - int(rng.integers(2, min(int(case.age) - 14, 25)))
            self._say(
                "operation", f"{english[0].upper()}{english[1:]} in {year}.", f"{year}年行{chinese}。", "operation"
            )
        if case.sex == "female" and case.age < 52:
            last = enc.times["admitted"] - timedelta(days=int(rng.integers(6, 24)))
            self._say("menses", f"Last period on {last:%Y-%m-%d}.", f"末次月经{last:%Y-%m-%d}。", "menses")
        elif case.sex == "female":
            self._say("menses", "Postmenopausal.", "已绝经。", "menses")
        duration = self._book[case.duration]
        if duration.unit in ("months", "years") and enc.scene.inpatient:
            enc.worse = self._lasting("worse", str(int(rng.integers(2, 8))), "days", ())

    def _treat(self) -> bool:
        """Allergy and treatment; whether the patient can be treated as a physician would."""
        rng, enc, case = self._rng, self._enc, self._case
        states = set(case.labels["states"])
        if rng.random() < 0.3:
            state, english, chinese = ALLERGIES[int(rng.integers(len(ALLERGIES)))]
            reaction = [("rash", "皮疹"), ("urticaria", "荨麻疹")][int(rng.integers(2))]
            enc.allergy = self._book.add("allergy", state, sources=("medgo:records/allergy",))
            states.add(state)
            self._say(
                "allergy",
                f"Allergic to {english}: {reaction[0]}.",
                f"{chinese}过敏，表现为{reaction[1]}。",
                "allergy",
                (enc.allergy,),
            )
            self._say("avoid", f"Avoid {english}.", f"避免使用{chinese}。", "allergy", (enc.allergy,))
        drugs = self._tables.drugs
        taken = [self._book[fact].concept for fact in case.orders]
        for curie in enc.scene.drugs:
            ladder = drugs.ladders.get(curie)
            if ladder is None or curie in taken or drugs.against(curie, states) or drugs.clash(curie, taken):
                continue
            if curie in ANTICOAGULANTS and not BLEEDING.isdisjoint(taken):
                continue
            if curie in enc.scene.doses and not WEAK_KIDNEYS.isdisjoint(states):
                continue
            enc.treatment = self._order(ladder)
            if curie in enc.scene.then:
                english, chinese = enc.scene.then[curie]
                self._say("then", f"{english}.", f"{chinese}。", f"then/{enc.scene.code}", (enc.treatment,))
            break
        known = {str(self._book[fact].attributes["icd10"]) for fact in case.history}
        untreated = "E10.9" in known and not any("insulin" in drug for drug in taken)
        return not untreated and bool(enc.treatment or not enc.scene.drugs)

    def _order(self, drug: Drug) -> str:
        dose, frequency = self._enc.scene.doses.get(drug.id) or self._usual(drug)
        return self._book.add(
            "drug",
            drug.id,
            value=dose,
            unit=drug.unit,
            attributes={
                "dose": dose,
                "dose_unit": drug.unit,
                "route": drug.route,
                "frequency": frequency.replace("_", " "),
            },
            sources=(f"{self._disease.id} treated_by {drug.id}",),
            basis=(self._case.truth_fact,),
        )

    def _usual(self, drug: Drug) -> tuple[str, str]:
        """A dose and a frequency of the ladder."""
        rng = self._rng
        usual = [one for one in drug.frequencies if one not in ("as_required", "once_weekly")] or drug.frequencies
        # An acute illness is not treated with the lowest steps of a ladder, nor a thrombosis with a prophylactic dose.
        most = max(map(float, drug.doses))
        least = most if drug.id in ANTICOAGULANTS else most / 4
        enough = [dose for dose in drug.doses if float(dose) >= least]
        return enough[int(rng.integers(len(enough)))], usual[int(rng.integers(len(usual)))]

    def _local(self) -> None:
        side = ("left", "左") if self._rng.random() < 0.5 else ("right", "右")
        scene = self._enc.scene
        for key, (english, chinese) in (("exam", scene.exam), ("test", scene.test)):
            if english:
                words = english.replace("{side}", side[0]).replace("{Side}", side[0].capitalize())
                self._say(key, f"{words}.", f"{chinese.replace('{side}', side[1])}。", f"{key}/{scene.code}")
        if scene.done[0]:
            self._say("done", f"{scene.done[0]}.", f"{scene.done[1]}。", f"done/{scene.code}")
        for number, (english, chinese) in enumerate(scene.care, start=1):
            self._say(f"care{number}", f"{english}.", f"{chinese}。", f"care/{scene.code}")
        self._say("warn", f"Return at once if {scene.warn[0]}.", f"如{scene.warn[1]}，立即就诊。", f"warn/{scene.code}")
        self._say(
            "review",
            f"{scene.department[0]} clinic in 2 weeks.",
            f"2周后{scene.department[1]}门诊复诊。",
            f"department/{scene.code}",
        )

    def _deny(self) -> None:
        """Leave out denials that the disease, the examination or a test makes absurd."""
        plain = self._enc.plain
        local = "".join(str(self._book[plain[key]].attributes["zh"]) for key in ("exam", "test") if key in plain)
        has = [one.key for one in self._case.signs]

        def sensible(sign: str) -> bool:
            name = self._tables.names[sign].get(_ONE_LANGUAGE, "")
            bloody = "血" in name and any("血" in self._tables.names[one].get(_ONE_LANGUAGE, "") for one in has)
            foreign = "乳" in name and not self._disease.icd10.startswith("C50")
            return (
                sign not in self._disease.symptoms
                and not bloody
                and not foreign
                and not any(pair in local for pair in _pairs(name))
            )

        self._case.negatives = [one for one in self._case.negatives if sensible(one.key)]

    def _normal(self) -> None:
        """Normal findings of systems that neither a disease nor a sign or value of the case concerns."""
        code = self._disease.icd10
        affected = {system for block, systems in AFFECTED.items() if code.startswith(block) for system in systems}
        for fact in self._case.history:
            known = str(self._book[fact].attributes["icd10"])
            affected |= {
                one for block, systems in KNOWN_TO_AFFECT.items() if known.startswith(block) for one in systems
            }
        found = [one.key for one in (*self._case.signs, *self._case.values)] + list(self._case.labels["told"])
        against = {key for one in found for key in CONTRADICTED.get(one, ())}
        names = [self._tables.names[one].get(_ONE_LANGUAGE, "") for one in found if one in self._tables.names]
        pairs = {pair for name in names for pair in _pairs(name)}
        for region, keys in _REGIONS.items():
            for key in keys:
                finding = _NORMAL[key]
                if finding.system in affected or key in against or any(pair in finding.text_zh for pair in pairs):
                    continue
                self._put(region, finding.text_en, finding.text_zh, f"medgo:findings/{key}")
        if "general_1" in against:
            self._put("general", *CONFUSED, "medgo:records/confused")

    def _put(self, region: str, english: str, chinese: str, source: str) -> None:
        fact = self._book.add("passage", value=english, attributes={"zh": chinese}, sources=(source,))
        self._enc.normal.setdefault(region, []).append(fact)

    def _follow(self) -> None:
        """Vital signs on the following days, nearer to normal each time, and quick values measured again."""
        rng, enc = self._rng, self._enc
        first = self._vitals()
        enc.vitals = [first]
        goals = {curie: self._goal(curie, fact) for curie, fact in first.items()}
        for share, key in ((0.55, "day1"), (0.85, "day2"), (1.0, "discharge")):
            enc.vitals.append({curie: self._moved(fact, goals[curie], share, key) for curie, fact in first.items()})
        for fact in enc.abnormal_labs:
            if self._book[fact].concept in _QUICK:
                goal = self._goal(self._book[fact].concept, fact)
                enc.repeated[fact] = self._moved(fact, goal, float(rng.uniform(0.6, 1.05)), "day2")

    def _goal(self, curie: str, fact: str) -> float:
        quantity, value = self._tables.quantities[curie], float(self._book[fact].value)
        if self._book[fact].attributes["state"] == "normal":
            width = (quantity.high - quantity.low) * 0.06
            moved = value + self._rng.uniform(-width, width)
            return float(min(max(moved, quantity.low), quantity.high))
        return float(quantity.low + (quantity.high - quantity.low) * self._rng.uniform(0.3, 0.8))

    def _moved(self, fact: str, goal: float, share: float, key: str) -> str:
        known = self._book[fact]
        quantity = self._tables.quantities[known.concept]
        value = round(float(known.value) + (goal - float(known.value)) * share, quantity.decimals)
        state = "low" if value < quantity.low else "high" if value > quantity.high else "normal"
        return self._book.add(
            known.kind,
            known.concept,
            value=f"{value:.{quantity.decimals}f}",
            unit=known.unit,
            attributes={**known.attributes, "state": state, "time": key},
            sources=(f"medgo:records/{key}",),
            basis=(fact,),
        )

    def _code(self) -> None:
        """ICD-10-CM codes in English, those of WHO in Chinese."""
        for lang in self._langs:
            self._enc.codes[lang] = {}
            for fact in self._enc.diagnoses:
                given = str(self._book[fact].attributes["icd10"])
                system, code = ("ICD10", self._who_codes[given]) if lang == "zh" else ("ICD10CM", given)
                # The catalogue states the code; WHO's index is only asked whether its four characters exist.
                source = f"faker:{given}" if lang == "zh" else f"icd10cm:{code}"
                self._enc.codes[lang][fact] = self._book.add(
                    "code", f"{system}:{code}", value=code, sources=(source,), basis=(fact,)
                )

    def _weigh(self) -> None:
        weighing = Weighing(self._case, self._tables)
        for one in self._case.candidates:
            if one.disease == self._case.truth or len(self._enc.differential) == 2:
                continue
            supporting = tuple(found.fact for found in weighing.supporting(one.disease)[:3])
            against = (*weighing.denied(one.disease)[:2], *weighing.normal(one.disease)[:1])
            against = (*against, *weighing.unexplained(one.disease)[:2])
            if supporting:
                against_it = tuple(found.fact for found in against)
                self._enc.differential.append((self._rejected(one.disease), supporting, against_it))

    def _rejected(self, disease: str) -> str:
        """A diagnosis that is weighed and not made; the case's own fact may call it the likeliest by its findings."""
        fact = f"d_{disease}"
        self._book.facts[fact] = Fact(fact, "diagnosis", disease, "absent", sources=("medgo:likelihood",))
        return fact


def _pairs(name: str) -> set[str]:
    """Pairs of characters of a Chinese name: a normal finding that has one may contradict it."""
    return {name[at : at + 2] for at in range(len(name) - 1)}
