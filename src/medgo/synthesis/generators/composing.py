"""Puts rows together sentence by sentence, each with the facts it states. Knows no generator and no medicine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from medgo.knowledge import Knowledge
from medgo.schema import (
    Evidence,
    Fact,
    Lang,
    Message,
    PreferenceRow,
    Provenance,
    Row,
    Sentence,
    SftRow,
    SourceRef,
)
from medgo.synthesis.protocol import Draft, Source

Part = Literal["system", "user", "reasoning", "completion", "chosen", "rejected"]


class Licences:
    """Turns ids of knowledge sources into references with licence and version, looked up once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._sources = {source.id: source for source in knowledge.sources()}

    def refs(self, used: Iterable[tuple[str, str]]) -> tuple[SourceRef, ...]:
        """References to (id, source) pairs, each once, in their order."""
        return tuple(
            SourceRef(name, source, self._sources[source].licence, self._sources[source].version)
            for name, source in dict.fromkeys(used)
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """What a row says of itself besides its text."""

    generator: str
    version: str
    task: str
    lang: Lang


@dataclass(slots=True)
class Sheet:
    """One row while it is written.

    Sentences of a part are joined as their language does it; ``newline`` begins a new line. The facts of the row are
    those of ``facts``, and ``names`` holds (concept, source) of every name that was written: a Chinese label comes from
    elsewhere than the concept that it names, under a licence of its own. A sentence names those that it states;
    ``labels`` is what the generator knows of the row besides.
    """

    lang: Lang
    facts: list[Fact] = field(default_factory=list)
    texts: dict[Part, str] = field(default_factory=dict)
    sentences: list[tuple[Part, str, tuple[str, ...]]] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    labels: dict[str, Any] = field(default_factory=dict)

    def fact(self, kind: Any, concept: str = "", **fields: Any) -> str:
        """Write down a fact and give its id."""
        fact = Fact(f"f{len(self.facts) + 1}", kind, concept, **fields)
        self.facts.append(fact)
        return fact.id

    def say(self, part: Part, text: str, *facts: str, newline: bool = False) -> None:
        """Add a sentence to a part of the row."""
        before = self.texts.get(part, "")
        if not before:
            space = ""
        elif newline:
            space = "\n"
        else:
            space = "" if self.lang == "zh" else " "
        self.texts[part] = f"{before}{space}{text}"
        self.sentences.append((part, text, facts))

    def evidence(self, labels: dict[str, Any] | None = None) -> Evidence:
        """All facts and sentences, in the order of the row."""
        first_user = 1 if "system" in self.texts else 0
        names = {"system": "prompt[0]", "user": f"prompt[{first_user}]"}
        order: tuple[Part, ...] = ("system", "user", "reasoning", "completion", "chosen", "rejected")
        sentences = [
            Sentence(text, names.get(part, part), facts)
            for wanted in order
            for part, text, facts in self.sentences
            if part == wanted
        ]
        return Evidence(tuple(self.facts), tuple(sentences), labels or {})

    def prompt(self) -> tuple[Message, ...]:
        """The system turn, where there is one, and the user's."""
        system = (Message("system", self.texts["system"]),) if "system" in self.texts else ()
        return (*system, Message("user", self.texts["user"]))

    def draft(
        self, origin: Origin, source: Source, number: int, refs: tuple[SourceRef, ...], labels: dict[str, Any]
    ) -> Draft:
        """The row: a pair where a rejected turn was written, else a completion."""
        reasoning = self.texts.get("reasoning")
        provenance = Provenance(refs, origin.generator, origin.version, f"{source.seed}/{number}")
        row: Row
        if "rejected" in self.texts:
            row = PreferenceRow(
                prompt=self.prompt(),
                chosen=Message("assistant", self.texts["chosen"], reasoning),
                rejected=Message("assistant", self.texts["rejected"], reasoning),
                thinking=reasoning is not None,
                task=origin.task,
                stage=source.stage,
                lang=origin.lang,
                provenance=provenance,
            )
        else:
            row = SftRow(
                prompt=self.prompt(),
                completion=Message("assistant", self.texts["completion"], reasoning),
                thinking=reasoning is not None,
                task=origin.task,
                stage=source.stage,
                lang=origin.lang,
                provenance=provenance,
            )
        return Draft(row, self.evidence({**labels, **self.labels}))
