"""How an output is worded: in the language asked for, as a draft, not copied from the note before."""

from __future__ import annotations

import difflib
import re

from medgo.schema import Lang
from medgo.tasks.checks.texts import AnyCheck, output_text, say, text_in, texts_of, value_of
from medgo.tasks.definition import Finding, TaskModel
from medgo.text import language_of

# Two notes that agree to this share of their characters are one note and its copy.
COPY_RATIO = 0.9

_SIGNED = re.compile(
    r"已签名|已审签|已签发|电子签名|(?:医师|医生|签名|签字)(?:签名|签字|签章)?[:：]\s*(?![_＿\s]|$)[\u3400-\u9fff]{2,4}(?=[\s。；]|$)|正式报告|最终报告|"
    r"\b(?:electronically |digitally )?signed by\b|\bfinal(?:i[sz]ed)? report\b|\bstatus:? final\b|\battested\b",
    re.IGNORECASE,
)
_REVIEW = {
    "zh": re.compile(r"(?=.*(?:核对|审核|审阅|复核))(?=.*(?:医师|医生|药师))", re.DOTALL),
    "en": re.compile(
        r"(?=.*\breview)(?=.*\b(?:clinician|physician|doctor|pathologist|radiologist|pharmacist))", re.I | re.DOTALL
    ),
}
_LETTERS = re.compile(r"[^\W\d_]{2}")


def not_final() -> AnyCheck:
    """Words that call the output signed or final: only a physician can make it so."""

    def check(_value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        words = say(lang, "草稿不得写成已签名或正式报告", "a draft must not be called signed or final")
        return [
            Finding("not_final", place, words, span=match[0])
            for place, text in texts_of(output)
            if (match := _SIGNED.search(text))
        ]

    return check


def review_asked(name: str = "review") -> AnyCheck:
    """No word that a clinician has to review the output."""

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        if _REVIEW[lang].search(text_in(value_of(value, output, name))):
            return []
        return [
            Finding("review_asked", name, say(lang, "没有写明须经医师审核", "does not ask for review by a clinician"))
        ]

    return check


def asked_language() -> AnyCheck:
    """Text in another language than the one asked for. Latin names and abbreviations are part of Chinese records."""

    def check(_value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        text = output_text(output)
        if language_of(text) == lang or not _LETTERS.search(text):
            return []
        return [Finding("asked_language", "", say(lang, "没有用中文书写", "is not written in English"))]

    return check


def not_copied(name: str, previous: str) -> AnyCheck:
    """A section that repeats the note before it (copy-forward).

    Args:
        name: Field of the output.
        previous: Field of the input with the earlier note; an empty one is no note.
    """

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        now, before = (_bare(text_in(value_of(value, output, field))) for field in (name, previous))
        if (
            not now
            or not before
            or (now not in before and difflib.SequenceMatcher(None, now, before).ratio() < COPY_RATIO)
        ):
            return []
        return [Finding("not_copied", name, say(lang, "与前一次记录雷同", "repeats the note before it"))]

    return check


def of_every_document() -> tuple[AnyCheck, ...]:
    """What holds for every document: language, draft, review asked for."""
    return asked_language(), not_final(), review_asked()


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
