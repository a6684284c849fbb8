"""Option-order robustness: the same item with its options moved round. Pure; knows no engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from medgo.schema import EvalItem


def rotations(item: EvalItem) -> tuple[EvalItem, ...]:
    """All cyclic rotations of an item's options, the original first.

    The labels stay where they are and the texts move, so every text stands once under every label. The rotations form
    one cluster: intervals see one question, not as many as it has options.

    Returns:
        As many items as there are options; the item itself where it has none.
    """
    labels, texts = list(item.options), list(item.options.values())
    if not labels:
        return (item,)
    return tuple(_rotated(item, labels, texts, shift) for shift in range(len(labels)))


def _rotated(item: EvalItem, labels: Sequence[str], texts: Sequence[str], shift: int) -> EvalItem:
    name = f"rotation{shift}"
    moved = {label: labels[(index + shift) % len(labels)] for index, label in enumerate(labels)}
    return replace(
        item,
        id=f"{item.id}~{name}" if shift else item.id,
        options={
            moved[label]: text for label, text in sorted(zip(labels, texts, strict=True), key=lambda p: moved[p[0]])
        },
        answer=tuple(sorted((moved[label] for label in item.answer), key=labels.index)),
        variant=f"{item.variant}/{name}" if item.variant else name,
        cluster=item.unit,
    )
