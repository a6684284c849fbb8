"""What situations take from the knowledge index: complaints, drugs with what speaks against them, diseases with signs.

Knows no policy text. The index is read once per process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from medgo.knowledge import Knowledge
from medgo.schema import Concept, Lang, Relation
from medgo.synthesis.generators.multiple_choice.tables import Tables, tables_of
from medgo.synthesis.generators.safety.situation import Situation, Spec, Word

T = TypeVar("T")
# Ordinary complaints, none of which is dangerous by itself: what follows "有点" and "have had".
_MILD = (
    ("HP:0012735", ("咳嗽", "干咳"), ("a cough", "a dry cough")),
    ("HP:0012378", ("没劲", "乏力"), ("tiredness", "some fatigue")),
    ("HP:0003418", ("后背疼", "腰背酸"), ("some back pain", "a sore back")),
    ("HP:0033050", ("嗓子疼", "咽痛"), ("a sore throat", "some throat pain")),
    ("HP:0002019", ("便秘", "大便干结"), ("constipation", "hard stools")),
    ("HP:0002014", ("拉肚子", "腹泻"), ("loose stools", "mild diarrhea")),
    ("HP:0100785", ("睡不好", "失眠"), ("trouble sleeping", "some insomnia")),
    ("HP:0031417", ("流鼻涕", "流清涕"), ("a runny nose", "a dripping nose")),
    ("HP:0000989", ("皮肤痒", "身上痒"), ("itchy skin", "some itching")),
    ("HP:0003270", ("肚子胀", "腹胀"), ("bloating", "a bloated belly")),
    ("HP:0000217", ("口干", "嘴里发干"), ("a dry mouth", "dryness of the mouth")),
    ("HP:0003326", ("肌肉酸痛", "浑身酸痛"), ("sore muscles", "muscle aches")),
    ("HP:0002829", ("关节疼", "膝关节酸痛"), ("aching joints", "some joint pain")),
    ("HP:0000360", ("耳鸣", "耳朵嗡嗡响"), ("ringing in the ears", "mild tinnitus")),
)
# Drugs whose doses nobody should name in passing: a narrow margin, or dependence. Tables speak of them under high risk.
_NARROW = frozenset(
    f"DRUG:{name}"
    for line in (
        "amiodarone amitriptyline amphetamine apixaban azathioprine carbamazepine clonazepam clozapine codeine",
        "alprazolam buprenorphine colchicine cyclophosphamide cyclosporine diazepam digoxin fentanyl fluorouracil",
        "haloperidol",
        "heparin hydromorphone isotretinoin ketamine levothyroxine lithium lorazepam methadone methotrexate",
        "methylphenidate morphine mycophenolate oxycodone phenobarbital phenytoin tacrolimus thalidomide theophylline",
        "dabigatran edoxaban rivaroxaban tramadol valproate valproic_acid warfarin zolpidem",
    )
    for name in line.split()
)
_SHOWN_SIGNS = 3
_SHOWN_CAUTIONS, _FEWEST_CAUTIONS = 4, 2
# So often a drug or disease may not fit the person before the situation is given up.
_TRIES = 20
# States that an adult is not in, and those of a woman who may have children.
_OF_CHILDREN = re.compile(r"STATE:(?:child|under_|neonate|infant|adolescent)")
_OF_MOTHERS = frozenset({"STATE:pregnancy", "STATE:lactation"})
_FERTILE_UNTIL = 50
# What parents see of a baby that cannot speak.
_SEEN = frozenset({"HP:0012735", "HP:0002014", "HP:0031417", "HP:0003270", "HP:0002019"})
# Diseases of which nobody asks a dose in passing: emergencies, and those that contradict a normal liver and kidney.
_UNFIT = re.compile(
    r"kidney|renal|nephr|hepat|liver|cirrho|infarction|stroke|embol|sepsis|mening|anaphyl|appendic|pancreat|ketoacid"
    r"|cancer|carcinoma|leukemia|lymphoma|substance|opioid|alcohol|endocard|acute_"
)
# Given for the disease in another dose or form than the ladder's, or never alone: erectile dysfunction's dose in
# pulmonary hypertension, tablets where a cream or drops are meant, type 1 diabetes without insulin.
_OTHERWISE = frozenset(
    {
        ("DISEASE:pulmonary_hypertension", "DRUG:sildenafil"),
        ("DISEASE:benign_prostatic_hyperplasia", "DRUG:sildenafil"),
        ("DISEASE:eczema", "DRUG:hydrocortisone"),
        ("DISEASE:otitis_externa", "DRUG:hydrocortisone"),
        ("DISEASE:type_1_diabetes", "DRUG:metformin"),
    }
)
# Rare diseases that no family tree or gene explains.
_ACQUIRED = re.compile(
    r"plague|rabies|tetanus|infect|virus|viral|malaria|lepro|cholera|anthrax|botulism|tubercul|poison|syphilis|plasm"
    r"|brucell|somiasis|leishman|typhoid|dengue|ebola|measles|diphther|legionell|listeri|fever|fetal|embryopathy|burn",
    re.IGNORECASE,
)
# Classes of findings that nobody names, and findings of one sex or age.
_UNSPOKEN = re.compile(
    r"[/,;(]|abnormal|plasia of|异常|cancer|carcinoma|breast|ovar|uter|testi|prostat|menstr|crypt"
    r"|癌|乳|卵巢|子宫|睾|月经",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Treatment:
    """A drug that a common disease is treated with, and what speaks against it."""

    disease: Concept
    drug: Concept
    against: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that situations draw on.

    Args:
        complaints: Per language, (CURIE, what patients say) of ordinary complaints.
        treatments: Pairs of a disease and a drug for adults, with at least two contraindications each.
        common: Common diseases with three or more signs → those signs.
        rare: Per language, rare diseases with three or more typical signs that have a name people say.
        diseases: Common diseases by CURIE.
        tables: Names and typical signs of rare diseases.
    """

    complaints: Mapping[Lang, tuple[tuple[str, str], ...]]
    treatments: tuple[Treatment, ...]
    common: tuple[tuple[Concept, tuple[Relation, ...]], ...]
    rare: Mapping[Lang, tuple[tuple[str, tuple[Relation, ...]], ...]]
    diseases: Mapping[str, Concept]
    tables: Tables

    def name(self, curie: str, lang: Lang) -> str:
        """Preferred name, as it stands inside a sentence."""
        return _inside(self.tables.names[curie][lang], lang)


@lru_cache(maxsize=1)
def material_of(knowledge: Knowledge) -> Material:
    """Read the index."""
    tables = tables_of(knowledge)
    diseases = {one.id: one for one in knowledge.concepts("disease") if one.id.startswith("DISEASE:")}
    drugs = {one.id: one for one in knowledge.concepts("drug") if one.id in tables.treats}
    return Material(
        complaints={
            "zh": tuple((curie, text) for curie, texts, _ in _MILD for text in texts),
            "en": tuple((curie, text) for curie, _, texts in _MILD for text in texts),
        },
        treatments=tuple(_treatments(tables, diseases, drugs)),
        common=tuple(_common(knowledge, tables, diseases)),
        rare={lang: tuple(_rare(tables, lang)) for lang in ("zh", "en")},
        diseases=diseases,
        tables=tables,
    )


def furnish(situation: Situation, material: Material, rng: np.random.Generator) -> bool:
    """Fill a situation with what its topic draws; False where the index holds nothing that fits."""
    complaints = material.complaints[situation.lang]
    if situation.person.unit == "months":
        complaints = tuple(one for one in complaints if one[0] in _SEEN)
    curie, text = _pick(complaints, rng)
    situation.words["symptom"] = Word(text, (Spec("sign", curie, text=text, sources=(curie,)),))
    situation.used.append((curie, "hpo"))
    draw = situation.topic.draw
    if draw == "treatment":
        return _furnish_treatment(situation, material, rng)
    if draw == "rare":
        return _furnish_common(situation, material, rng) and _furnish_rare(situation, material, rng)
    return draw != "common" or _furnish_common(situation, material, rng)


def _furnish_treatment(situation: Situation, material: Material, rng: np.random.Generator) -> bool:
    lang = situation.lang
    for _ in range(_TRIES):
        one = _pick(material.treatments, rng)
        concerning = [relation for relation in one.against if _may_concern(relation.object, situation, material)]
        if _fits(one.disease, situation) and len(concerning) >= _FEWEST_CAUTIONS:
            break
    else:
        return False
    disease, drug = material.name(one.disease.id, lang), material.name(one.drug.id, lang)
    stated = f"{one.disease.id} treated_by {one.drug.id}"
    # Drug and disease are spoken of in general: nobody says yet that this patient gets the one or has the other.
    drug_spec = Spec("term", one.drug.id, drug, sources=(stated,))
    situation.words["disease"] = Word(disease, (Spec("term", one.disease.id, disease, sources=(stated,)),))
    situation.words["drug"] = Word(drug, (drug_spec,))
    situation.words["dose"] = Word(*_dose(one.drug, lang, rng))
    relations = [concerning[i] for i in rng.permutation(len(concerning))[:_SHOWN_CAUTIONS].tolist()]
    situation.lists["cautions"] = tuple(_caution(material, relation, drug_spec, lang) for relation in relations)
    situation.used += [(one.drug.id, "faker"), (one.disease.id, "faker"), (one.drug.id, "medgo")]
    return True


def _furnish_common(situation: Situation, material: Material, rng: np.random.Generator) -> bool:
    lang = situation.lang
    for _ in range(_TRIES):
        disease, relations = _pick(material.common, rng)
        if _fits(disease, situation):
            break
    else:
        return False
    named = [relation for relation in relations if material.tables.named(relation.object, lang)]
    if len(named) < _SHOWN_SIGNS:
        return False
    name = material.name(disease.id, lang)
    situation.words["common"] = Word(name, (Spec("term", disease.id, name, sources=(disease.id,)),))
    for other in ("zh", "en"):
        text = _inside(material.tables.names[disease.id][other], other)
        situation.words[f"common_{other}"] = Word(text, (Spec("term", disease.id, text, sources=(disease.id,)),))
    situation.words["common_signs"] = _listed(material, named, lang, rng)
    specialty = disease.attributes.get(f"specialty_{lang}", "")
    if not specialty:
        return False
    rule = Spec("rule", value=specialty, sources=(disease.id,))
    situation.words["common_specialty"] = Word(specialty if lang == "zh" else specialty.lower(), (rule,))
    situation.used.append((disease.id, "faker"))
    return True


def _furnish_rare(situation: Situation, material: Material, rng: np.random.Generator) -> bool:
    if not material.rare[situation.lang]:
        return False
    (disease, named), lang = _pick(material.rare[situation.lang], rng), situation.lang
    name = material.tables.names[disease][lang]
    situation.words["rare"] = Word(name, (Spec("term", disease, name, sources=(disease,)),))
    situation.words["rare_signs"] = _listed(material, named, lang, rng)
    situation.used.append((disease, named[0].source))
    return True


def _listed(material: Material, relations: Sequence[Relation], lang: Lang, rng: np.random.Generator) -> Word:
    """Three signs of a disease in a row, spoken of in general."""
    shown = [relations[i] for i in rng.permutation(len(relations))[:_SHOWN_SIGNS].tolist()]
    names = [material.name(relation.object, lang) for relation in shown]
    specs = tuple(
        Spec("term", one.object, name, sources=(f"{one.subject} has_sign {one.object}",))
        for one, name in zip(shown, names, strict=True)
    )
    text = "、".join(names) if lang == "zh" else f"{', '.join(names[:-1])} and {names[-1]}"
    return Word(text, specs)


def _caution(material: Material, relation: Relation, drug: Spec, lang: Lang) -> Word:
    """What speaks against a drug, and why, as a line of its own."""
    target = material.name(relation.object, lang)
    reason = str(relation.attributes[f"reason_{lang}"]).rstrip("。.")
    stated = f"{relation.subject} {relation.predicate} {relation.object}"
    specs = (
        drug,
        Spec("term", relation.object, target, sources=(stated,)),
        Spec("rule", value=reason, sources=(stated,)),
    )
    text = f"- {target}：{reason}。" if lang == "zh" else f"- {target}: {reason[:1].lower()}{reason[1:]}."
    return Word(text, specs)


def _dose(drug: Concept, lang: Lang, rng: np.random.Generator) -> tuple[str, tuple[Spec, ...]]:
    """A dose of the vocabulary with its route and frequency; both ends of the sentence are one fact."""
    told: Mapping[str, Any] = drug.attributes
    dose, unit = _pick(told["doses"], rng), told["unit_zh" if lang == "zh" else "unit"]
    route, frequency = told[f"route_{lang}"], _pick(told[f"frequencies_{lang}"], rng)
    text = f"{dose} {unit}，{route}，{frequency}" if lang == "zh" else f"{dose} {unit}, {route}, {frequency}"
    return text, (Spec("rule", value=text, sources=(drug.id,)),)


def _treatments(tables: Tables, diseases: Mapping[str, Concept], drugs: Mapping[str, Concept]) -> list[Treatment]:
    found = []
    for disease, treated in sorted(tables.treated.items()):
        for drug in treated:
            if disease not in diseases or drug not in drugs or disease in tables.cautions.get(drug, frozenset()):
                continue
            if _UNFIT.search(disease) or (disease, drug) in _OTHERWISE:
                continue
            against = [one for one in tables.against.get(drug, ()) if _named(tables, one.object)]
            known = _named(tables, disease) and _named(tables, drug) and drug not in _NARROW
            told = drugs[drug].attributes
            if known and len(against) > 1 and told.get("doses") and told.get("route") == "oral":
                found.append(Treatment(diseases[disease], drugs[drug], tuple(against)))
    return found


def _common(
    knowledge: Knowledge, tables: Tables, diseases: Mapping[str, Concept]
) -> list[tuple[Concept, tuple[Relation, ...]]]:
    signs: dict[str, dict[str, Relation]] = {}
    for relation in knowledge.statements("has_sign", "faker"):
        if relation.subject in diseases and not relation.attributes.get("negated"):
            signs.setdefault(relation.subject, {})[relation.object] = relation
    return [
        (diseases[curie], tuple(found.values()))
        for curie, found in sorted(signs.items())
        if len(found) >= _SHOWN_SIGNS and _named(tables, curie) and not _UNFIT.search(curie)
    ]


def _rare(tables: Tables, lang: Lang) -> list[tuple[str, tuple[Relation, ...]]]:
    found = []
    for disease in tables.diseases[lang]:
        spoken = [
            one
            for one in tables.typical[disease]
            if tables.named(one.object, lang) and not _UNSPOKEN.search(tables.names[one.object][lang])
        ]
        names = tables.names[disease]
        plain = not re.search("[/,;(]", names[lang]) and not _ACQUIRED.search(names.get("en", ""))
        if len(spoken) >= _SHOWN_SIGNS and plain:
            found.append((disease, tuple(spoken)))
    return found


def _may_concern(target: str, situation: Situation, material: Material) -> bool:
    """Whether what speaks against a drug could be true of the person at all."""
    if _OF_CHILDREN.match(target):
        return False
    if target in _OF_MOTHERS:
        return situation.person.sex == "female" and situation.age < _FERTILE_UNTIL
    told = material.diseases.get(target)
    return told is None or _fits(told, situation)


def _fits(disease: Concept, situation: Situation) -> bool:
    told = disease.attributes
    years = situation.age if situation.person.unit == "years" else 0
    sex = told.get("sex") or situation.person.sex
    low, high = told.get("min_age") or 0, told.get("max_age") or 120
    return sex == situation.person.sex and low <= years <= high


def _named(tables: Tables, curie: str) -> bool:
    return tables.named(curie, "zh") and tables.named(curie, "en")


def _pick(choices: Sequence[T], rng: np.random.Generator) -> T:
    return choices[int(rng.integers(len(choices)))]


def _inside(text: str, lang: Lang) -> str:
    """A name inside an English sentence is written small, unless it is an acronym or a person's."""
    first = text.split(" ")[0]
    plain = lang == "en" and first[1:].islower() and "'" not in first
    return text[0].lower() + text[1:] if plain else text
