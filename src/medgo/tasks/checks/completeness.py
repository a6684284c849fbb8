"""Whether an output says what it has to: filled sections, their order, the chief complaint's form, codes."""

from __future__ import annotations

import re
from typing import Any

from medgo.schema import Lang
from medgo.tasks.checks.texts import AnyCheck, say, text_in, value_of
from medgo.tasks.definition import Finding, TaskModel
from medgo.tasks.headings import headings_of
from medgo.tasks.layout import layout_of

# 病历书写基本规范: the chief complaint has some twenty characters at most. English has no such rule; a line will do.
MOST_CHARACTERS = 20
MOST_WORDS = 25

_COUNTED = re.compile(r"[\u3400-\u9fff]|\d+(?:\.\d+)?|[A-Za-z]+")
_DURATION = {
    "zh": re.compile(
        r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百半数几])\s*[余多+]?\s*个?半?(?:年|月|周|星期|天|日|小时|分钟|h\b|min\b)"
    ),
    "en": re.compile(
        r"(?:\d+(?:\.\d+)?|\b(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|several|few))"
        r"[ -]?(?:years?|months?|weeks?|days?|hours?|minutes?|h\b|d\b|w\b)|\bsince\b|\b(?:yesterday|today|overnight)\b",
        re.IGNORECASE,
    ),
}
_ICD = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Zx]{1,6})?(?:[+*†]\S{0,8})?$")


def filled(*names: str) -> AnyCheck:
    """Required sections that are empty."""

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        empty = [name for name in names if not text_in(value_of(value, output, name)).strip()]
        return [Finding("filled", name, say(lang, "必填项为空", "a required section is empty")) for name in empty]

    return check


def chief_complaint(name: str) -> AnyCheck:
    """A chief complaint without a duration, or longer than the rule allows."""

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        text: str = value_of(value, output, name)
        found = []
        if not _DURATION[lang].search(text):
            words = say(lang, "主诉没有写持续时间", "the chief complaint has no duration")
            found.append(Finding("chief_complaint", name, words, span=text))
        length, most = len(_COUNTED.findall(text)), MOST_CHARACTERS if lang == "zh" else MOST_WORDS
        if length > most:
            words = say(
                lang, f"主诉{length}字，不应超过{most}字", f"the chief complaint has {length} words, not {most}"
            )
            found.append(Finding("chief_complaint", name, words, span=text))
        return found

    return check


def coded(name: str, *, code: str = "code") -> AnyCheck:
    """Diagnoses without a code, or with one that cannot be of ICD-10.

    Args:
        name: Field with the list of diagnoses.
        code: Field of a diagnosis that holds its code.
    """

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        found: list[Finding] = []
        for number, diagnosis in enumerate(value_of(value, output, name), start=1):
            text: str = getattr(diagnosis, code)
            place = f"{name}.{number}.{code}"
            if not text:
                found.append(Finding("coded", place, say(lang, "诊断没有编码", "a diagnosis has no code"), "warning"))
            elif not _ICD.match(text):
                words = say(lang, "不是 ICD-10 编码的格式", "this is no ICD-10 code")
                found.append(Finding("coded", place, words, span=text))
        return found

    return check


def sections_in_order(output: type[TaskModel], reply: str, lang: Lang) -> list[Finding]:
    """Sections of a reply in another order than the task's; for replies in the text form."""
    order = [field.name for field in layout_of(output)]
    headings = headings_of(output, lang)
    seen: list[Any] = [found[0] for line in reply.split("\n") if (found := headings.find(line))]
    latest, found_wrong = -1, []
    for field in seen:
        place = order.index(field.name)
        if place < latest:
            words = say(lang, f"“{field.titles[lang]}”的位置不对", f'"{field.titles[lang]}" stands in the wrong place')
            found_wrong.append(Finding("sections_in_order", field.name, words, "warning"))
        latest = max(latest, place)
    return found_wrong
