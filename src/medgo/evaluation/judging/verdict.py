"""What a judge may answer: the form of a verdict, as JSON Schema, and the strict reading of a reply. No engine here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from medgo.errors import InputError

Value = Mapping[str, bool | int | float]
# Room for three sentences. A bound in the schema is what keeps a weak judge from explaining until it is cut off.
EXPLANATION_CHARS = 400
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


class InvalidVerdictError(InputError):
    """A judge's reply is no verdict of the form that was asked for."""

    code = "invalid_verdict"


@dataclass(frozen=True, slots=True)
class VerdictForm:
    """An object with an explanation, written first, and fields that take one of a few values.

    Args:
        fields: Name → allowed values; ``(True, False)`` is a JSON boolean, whole numbers are an enumeration.
    """

    fields: tuple[tuple[str, tuple[bool | int, ...]], ...]

    def schema(self, *, bounded: bool = True) -> str:
        """JSON Schema, as text. Numbers are an ``enum``, which every constrained decoder knows.

        Args:
            bounded: Bound the explanation's length; some endpoints refuse a schema that does.
        """
        explanation: dict[str, Any] = {"type": "string"} | ({"maxLength": EXPLANATION_CHARS} if bounded else {})
        properties: dict[str, Any] = {"explanation": explanation}
        for name, allowed in self.fields:
            boolean = all(isinstance(value, bool) for value in allowed)
            properties[name] = {"type": "boolean"} if boolean else {"type": "integer", "enum": list(allowed)}
        return json.dumps(
            {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
        )

    def read(self, text: str) -> tuple[Value, str]:
        """Read a reply: the object alone, in a code fence, or with text around it (engines that do not constrain).

        Nothing is guessed: words such as "CORRECT" outside the object decide nothing, ``"true"`` is no boolean and
        4.5 no grade.

        Returns:
            The fields and the explanation.

        Raises:
            InvalidVerdictError: Says what is missing.
        """
        document = _object_in(text)
        value: dict[str, bool | int] = {}
        for name, allowed in self.fields:
            if name not in document:
                raise InvalidVerdictError(f"the verdict has no field {name!r}")
            found = document[name]
            # True == 1 in Python: the type has to be the same too.
            if not any(type(found) is type(choice) and found == choice for choice in allowed):
                raise InvalidVerdictError(f"{name!r} must be one of {list(allowed)}, found {str(found)[:40]!r}")
            value[name] = found
        explanation = document.get("explanation", "")
        return value, explanation if isinstance(explanation, str) else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one question: a value, or why there is none.

    Args:
        value: Field → value; None is unavailable, which is never counted as "not met".
        explanation: The judge's reason for it.
        by: Name of the judge, or ``check`` for a deterministic one.
        attempts: Calls that it took; 0 for a check.
        reason: Why it is unavailable.
        failed: The engine failed (and might not next time), as opposed to a judge that answered nonsense.
    """

    value: Value | None
    explanation: str = ""
    by: str = ""
    attempts: int = 1
    reason: str = ""
    failed: bool = False

    def to_row(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {**asdict(self), "value": None if self.value is None else dict(self.value)}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Verdict:
        """Read what :meth:`to_row` wrote.

        Raises:
            InputError: It is something else.
        """
        if not isinstance(row, Mapping):
            raise InputError("not a verdict: no object")
        try:
            verdict = cls(**row)
        except TypeError as error:
            raise InputError(f"not a verdict: {error}") from error
        if verdict.value is not None and not isinstance(verdict.value, Mapping):
            raise InputError("not a verdict: the value is no object")
        return verdict


def decided(value: Value, explanation: str) -> Verdict:
    """A verdict that needed no judge."""
    return Verdict(value, explanation, by="check", attempts=0)


def _object_in(text: str) -> dict[str, Any]:
    # Reasoning that an endpoint leaves in the reply is not part of the verdict.
    text = text.rpartition("</think>")[2].strip()
    if not text:
        raise InvalidVerdictError("the reply is empty")
    fenced = _FENCE.search(text)
    begin, end = text.find("{"), text.rfind("}")
    candidates = [text, fenced[1] if fenced else "", text[begin : end + 1] if 0 <= begin < end else ""]
    for candidate in filter(None, candidates):
        try:
            document = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(document, dict):
            return document
    raise InvalidVerdictError(f"the reply holds no JSON object: {text[:80]!r}")
