"""Option-order robustness: the same item with its options moved round. Pure; knows no engine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from medgo.schema import EvalItem

# An option that speaks of the others ("both A and B", "none of the above", "以上均对") is false in another place.
_REFERS = re.compile(
    r"\b(?:all|none|any|both|neither|either|two) (?:of )?(?:the )?(?:above|these|those|following|options)|\babove\b"
    r"|\b(?:both|neither|either|only) \(?[a-j]\b"
    r"|(?<![\w'])\(?[a-j]\)? ?(?:and|or|&|\+|,|/) ?\(?[a-j]\)?(?!\w)"
    r"|以上|上述|均[是对不]|都[是对不]|皆[是对]|(?<![a-z])[a-j](?:和|与|或|及|、|\+)[a-j](?![a-z])",
    re.IGNORECASE,
)


def refers_to_others(item: EvalItem) -> bool:
    """Whether an option of the item speaks of other options, so that their order is part of the question."""
    return any(_REFERS.search(text) for text in item.options.values())


def rotations(item: EvalItem) -> tuple[EvalItem, ...]:
    """All cyclic rotations of an item's options, the original first.

    The labels stay where they are and the texts move, so every text stands once under every label. The rotations form
    one cluster: intervals see one question, not as many as it has options.

    Returns:
        As many items as there are options; the original alone where it has none or they refer to each other.
    """
    labels, texts = list(item.options), list(item.options.values())
    if not labels:
        return (item,)
    shifts = 1 if refers_to_others(item) else len(labels)
    return tuple(_rotated(item, labels, texts, shift) for shift in range(shifts))


def _rotated(item: EvalItem, labels: Sequence[str], texts: Sequence[str], shift: int) -> EvalItem:
    name = f"rotation{shift}"
    moved = {label: labels[(index + shift) % len(labels)] for index, label in enumerate(labels)}
    options = {moved[label]: text for label, text in zip(labels, texts, strict=True)}
    return replace(
        item,
        id=f"{item.id}~{name}" if shift else item.id,
        options={label: options[label] for label in labels},
        answer=tuple(label for label in labels if label in {moved[gold] for gold in item.answer}),
        variant=f"{item.variant}/{name}" if item.variant else name,
        cluster=item.unit,
    )
