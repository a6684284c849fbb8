"""The texts of a row under the names that evidence uses for them. Knows no checks."""

from __future__ import annotations

from medgo.schema import PreferenceRow, Row


def texts_by_part(row: Row) -> dict[str, str]:
    """``prompt[0]``, …, then ``reasoning`` and ``completion``, or ``chosen`` and ``rejected`` with theirs."""
    parts = {f"prompt[{number}]": message.content for number, message in enumerate(row.prompt)}
    if isinstance(row, PreferenceRow):
        parts |= {"chosen": row.chosen.content, "rejected": row.rejected.content}
        parts["reasoning"] = row.chosen.reasoning_content or ""
        parts["rejected_reasoning"] = row.rejected.reasoning_content or ""
    else:
        parts["completion"] = row.completion.content
        parts["reasoning"] = row.completion.reasoning_content or ""
    return parts


def checked_parts(row: Row) -> frozenset[str]:
    """Parts whose statements have to be supported: all but what a row shows as the worse answer."""
    unwanted = getattr(row, "label", True) is False
    unchecked = {"completion", "reasoning"} if unwanted else {"rejected", "rejected_reasoning"}
    return frozenset(texts_by_part(row)) - unchecked


def needs_cover(row: Row, part: str) -> bool:
    """Whether all of a part's statements must stand in listed sentences; instructions to the model are not statements."""  # noqa: E501
    if part.startswith("prompt["):
        return row.prompt[int(part[7:-1])].role != "system"
    return True
