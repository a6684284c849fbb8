"""Items by their meaning, with whatever embeds texts: finds what says the same in other words. Off unless it is given.

A text is compared in stretches of sentences about as long as a question. The vectors stay with whoever built them: an
index on disk has none, because they are another model's tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medgo.curation.decontamination.items import GuardedItem
from medgo.errors import InputError
from medgo.text import language_of, sentences

Embed = Callable[[Sequence[str]], npt.NDArray[np.floating]]
"""Texts → their vectors, [n, d]; the same model for items and documents."""

_BATCH = 256
# Shorter questions mean what many sentences mean.
_SHORTEST = {"en": 80, "zh": 30}
_STRETCH = {"en": 600, "zh": 200}
_EXCERPT = 400


@dataclass(frozen=True, eq=False, slots=True)
class Paraphrases:
    """Questions as vectors.

    Args:
        embed: Makes vectors of texts.
        model: Its name and version, for fingerprints.
        vectors: Of unit length. shape [questions, d].
        numbers: The item of each. shape [questions].
        threshold: From which cosine on a stretch is an item's.
    """

    embed: Embed
    model: str
    vectors: npt.NDArray[np.float16]
    numbers: npt.NDArray[np.int32]
    threshold: float

    @classmethod
    def build(cls, items: Sequence[GuardedItem], embed: Embed, model: str, threshold: float = 0.9) -> Paraphrases:
        """Embed the questions of items; short ones are left out.

        Raises:
            InputError: None is long enough, or the vectors are not what they should be.
        """
        texts = {n: "\n".join(p for p in (item.context, item.question) if p) for n, item in enumerate(items)}
        kept = [n for n, item in enumerate(items) if len(texts[n]) >= _SHORTEST[item.lang]]
        if not kept:
            raise InputError("no item is long enough to be told by its meaning", hint="leave the model out")
        vectors = np.concatenate(
            [_unit(embed, [texts[n] for n in kept[at : at + _BATCH]]) for at in range(0, len(kept), _BATCH)]
        )
        return cls(embed, model, vectors.astype(np.float16), np.array(kept, np.int32), threshold)

    def found(self, text: str) -> Iterator[tuple[int, float, str]]:
        """Items whose meaning a text holds: number, cosine, the stretch."""
        stretches = list(_stretches(text))
        best: dict[int, tuple[float, str]] = {}
        for at in range(0, len(stretches), _BATCH):
            part = stretches[at : at + _BATCH]
            likeness = _unit(self.embed, part) @ self.vectors.astype(np.float32).T  # [stretches, questions]
            for row, column in np.argwhere(likeness >= self.threshold).tolist():
                number = int(self.numbers[column])
                best[number] = max(best.get(number, (0.0, "")), (float(likeness[row, column]), part[row][:_EXCERPT]))
        for number, (score, stretch) in best.items():
            yield number, min(score, 1.0), stretch


def _stretches(text: str) -> Iterator[str]:
    """Sentences together up to the length of a question, each beginning in the middle of the one before."""
    lang = language_of(text) or "en"
    found = [text[one.start : one.end] for one in sentences(text, lang)]
    most = _STRETCH[lang]
    for at in range(len(found)):
        stretch, end = found[at], at + 1
        while end < len(found) and len(stretch) + len(found[end]) <= most:
            stretch += found[end]
            end += 1
        if len(stretch) >= _SHORTEST[lang] // 2:
            yield stretch
        if end == len(found):
            return


def _unit(embed: Embed, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    vectors = np.asarray(embed(texts), np.float32)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        raise InputError(f"the model made vectors of shape {vectors.shape} of {len(texts)} texts, or not finite ones")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-9))
    return unit
