"""A question with options as a prompt, in the language of the question. Pure; knows nothing of answers or scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_uppercase

from medgo.errors import InputError

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_CLOSING = {
    "zh": "请给出正确选项，简要说明理由，并在最后一行写“答案：”和选项字母。",
    "en": 'Give the correct option with a brief reason, and end with a line "Answer: " followed by its letter.',
}


def language_of(question: str) -> str:
    """``zh`` or ``en``: drug names and units in Latin letters leave a Chinese question Chinese, and the reverse."""
    return "zh" if len(_HAN.findall(question)) > len(_LATIN_WORD.findall(question)) else "en"


def question_prompt(question: str, options: object) -> str:
    """Render a question; without options it is an open one and stays as it is.

    Args:
        question: The question.
        options: None, an object label → text, a list of texts (labelled A, B, …) or a list of ``{"key", "value"}``.
            Empty options, which tables of questions with fewer options have, are left out.

    Raises:
        InputError: The options are none of these, or fewer than two.
    """
    if options is None:
        return question
    labelled = {label: text for label, text in _labelled(options).items() if text.strip()}
    if len(labelled) < 2:
        raise InputError(f"options: expected at least two, found {len(labelled)}")
    lines = "\n".join(f"{label}. {text}" for label, text in labelled.items())
    return f"{question.rstrip()}\n\n{lines}\n\n{_CLOSING[language_of(question)]}"


def _labelled(options: object) -> dict[str, str]:
    if isinstance(options, Mapping):
        pairs = list(options.items())
    elif isinstance(options, list) and len(options) <= len(ascii_uppercase):
        pairs = [
            (item.get("key"), item.get("value")) if isinstance(item, Mapping) else (ascii_uppercase[i], item)
            for i, item in enumerate(options)
        ]
    else:
        raise InputError(f"options: expected an object or a list of at most 26, found {type(options).__name__}")
    labelled: dict[str, str] = {}
    for label, text in pairs:
        if isinstance(text, int | float) and not isinstance(text, bool):
            text = str(text)
        if not isinstance(label, str) or not (isinstance(text, str) or text is None):
            raise InputError(f"options: expected texts with labels, found {label!r}: {str(text)[:60]!r}")
        if label in labelled:
            raise InputError(f"options: the label {label!r} is there twice")
        labelled[label] = text or ""
    return labelled
