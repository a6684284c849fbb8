"""Drugs of an output: whole lines, and none that the input does not know."""

from __future__ import annotations

import re
from typing import Any

from medgo.schema import Lang
from medgo.tasks.checks.texts import AnyCheck, input_text, say, says_nothing, value_of
from medgo.tasks.definition import Finding, TaskModel

# 处方点评 1-8: "as directed" is no dose and no frequency.
_AS_DIRECTED = re.compile(r"遵医嘱|自用|as directed|as needed per doctor|\bud\b", re.IGNORECASE)
# Salts, forms and strengths that one text gives and another leaves out.
_FORM = re.compile(
    r"(?:肠溶|缓释|控释|分散|注射|口服|泡腾)|(?:片|胶囊|注射液|颗粒|溶液|乳膏|软膏|凝胶|气雾剂|吸入剂|滴眼液)$|[（(][^）)]*[）)]|"
    r"\b(?:tablets?|capsules?|injection|solution|sodium|hydrochloride|extended[- ]release|modified[- ]release)\b"
)


def medication_lines(name: str) -> AnyCheck:
    """Drugs without dose, route or frequency; ``未提供`` is honest but still to be filled in, so only a warning."""

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        found = []
        for number, drug in enumerate(value_of(value, output, name), start=1):
            for part, words in (("dose", "剂量"), ("route", "途径"), ("frequency", "频次")):
                text: str = getattr(drug, part)
                place = f"{name}.{number}.{part}"
                if says_nothing(text):
                    severity: Any = "warning" if text else "error"
                    message = say(lang, f"{drug.drug}缺少{words}", f"{drug.drug} has no {part}")
                    found.append(Finding("medication_lines", place, message, severity))
                elif _AS_DIRECTED.search(text):
                    message = say(lang, "“遵医嘱”“自用”不是用法", '"as directed" says nothing')
                    found.append(Finding("medication_lines", place, message, span=text))
        return found

    return check


def drugs_from_input(name: str, *, drug: str = "drug") -> AnyCheck:
    """Drugs that the input never mentions: a discharge drug that nobody gave or planned.

    Args:
        name: Field with the list.
        drug: Field of an entry with the drug's name.
    """

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        known = _bare(input_text(value))
        found = []
        for number, entry in enumerate(value_of(value, output, name), start=1):
            text: str = getattr(entry, drug)
            if _bare(text) not in known:
                words = say(lang, "资料中没有这种药物", "the material does not mention this drug")
                found.append(Finding("drugs_from_input", f"{name}.{number}.{drug}", words, span=text))
        return found

    return check


def _bare(text: str) -> str:
    """A text without what may be left out of a drug's name."""
    return re.sub(r"\s+", "", "\n".join(_FORM.sub("", part) for part in text.lower().split("\n")))
