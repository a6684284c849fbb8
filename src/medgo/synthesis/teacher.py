"""A model that writes for generators: many conversations at once over one engine. Knows no generator."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from medgo.inference.protocol import Completion, Sampling, Thinking
from medgo.schema import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a script asks the teacher: a conversation, how to sample, whether to think, what JSON it must be."""

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    thinking: Thinking = Thinking()
    json_schema: str | None = None


# One item's whole work as straight code: `reply = yield Ask(...)`, and in the end `return result`.
Script = Generator[Ask, Completion, T]


class Teacher:
    """Runs scripts over an engine so that it is never idle, and remembers every reply on disk."""

    @property
    def fingerprint(self) -> str:
        """Which model wrote: for ``Provenance.teacher``."""
        raise NotImplementedError

    def run(self, scripts: Iterable[Script[T]]) -> Iterator[T]:
        """Run scripts, many at a time, and give their results in the order of the scripts."""
        raise NotImplementedError
