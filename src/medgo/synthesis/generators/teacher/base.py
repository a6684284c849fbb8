"""What generators with a teacher share: items in, drafts out, what was given up counted. Knows no prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny

from medgo.errors import RecipeError
from medgo.inference.protocol import Sampling, Thinking
from medgo.schema import Evidence, Lang, Message, Provenance, Sentence, SourceRef
from medgo.synthesis.protocol import Draft, Generator, Need, Source
from medgo.synthesis.teacher import Ask, Item, Rejected, Teacher
from medgo.text import sentences

Drafts = tuple[Draft, ...]


class TeacherGenerator(Generator):
    """Runs a script per item. A subclass says what the items are and what is done with each."""

    needs: ClassVar[frozenset[Need]] = frozenset({"teacher"})

    items: int = Field(
        2000,
        ge=1,
        description="Most items that a shard begins. A teacher that is good for nothing thus ends, and what its shard "
        "lacks is reported.",
    )
    temperatures: tuple[Annotated[float, Field(ge=0, le=2)], ...] = Field(
        (0.6, 0.8, 1.0), min_length=1, description="Each item draws one of these: rows then differ in their words."
    )
    max_new_tokens: int = Field(1024, ge=16, description="Tokens of each reply; one that needs more is given up.")

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """Items in a fixed order, each with its script not begun; ids begin with ``source.seed``."""
        raise NotImplementedError

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Drafts of all items, in their order; what was given up is counted in ``source.rejected``."""
        for result in teacher_of(source, self.name).run(islice(self.scripts(source, rng), self.items)):
            if isinstance(result, Rejected):
                source.rejected[result.reason] += 1
            else:
                yield from result

    def asking(self, rng: np.random.Generator, system: str, user: str) -> Ask:
        """The first question of an item, with a temperature of its own and no thinking."""
        messages = (Message("system", system), Message("user", user))
        return Ask(messages, self.sampling(rng), Thinking())

    def sampling(self, rng: np.random.Generator) -> Sampling:
        """How an item is sampled."""
        temperature = self.temperatures[int(rng.integers(len(self.temperatures)))]
        return Sampling(self.max_new_tokens, temperature, top_p=0.95 if temperature else 1.0)

    def provenance(self, source: Source, number: int, sources: tuple[SourceRef, ...], certificate: str) -> Provenance:
        """Of a row that a teacher wrote part of."""
        return Provenance(
            sources=sources,
            generator=self.name,
            version=self.version,
            seed=f"{source.seed}/{number}",
            teacher=teacher_of(source, self.name).fingerprint,
            certificate=certificate,
        )


def teacher_of(source: Source, name: str) -> Teacher:
    """The teacher that a generator cannot do without.

    Raises:
        RecipeError: There is none.
    """
    if source.teacher is None:
        raise RecipeError(f"{name} needs a teacher", hint="add teacher: {model: …} to the recipe")
    return source.teacher


def _build(value: Any) -> Any:
    """A generator from ``{generator: name, option: value, …}``, as a recipe writes it."""
    if not isinstance(value, Mapping):
        return value
    # Here, because the registry lists the generators that are built on this file.
    from medgo.synthesis.registry import build_generator

    options = dict(value)
    name = options.pop("generator", None)
    if not isinstance(name, str):
        raise ValueError("write it as {generator: name, option: value, …}")  # noqa: TRY004  pydantic reads this type
    try:
        return build_generator(name, options)
    except RecipeError as error:
        raise ValueError(error.message) from error


def _sft_only(generator: Generator) -> Generator:
    """Refuse a generator of pairs or labels where rows with one answer are needed."""
    if generator.makes != "sft":
        raise ValueError(f"{generator.name} makes {generator.makes} rows; name a generator of sft rows")
    return generator


# A generator whose rows another one goes on from; in a recipe: {generator: complex_cases, difficulty: 2}.
Base = Annotated[SerializeAsAny[Generator], BeforeValidator(_build), AfterValidator(_sft_only)]


def cite_all(text: str, part: str, lang: Lang, evidence: Evidence) -> tuple[Sentence, ...]:
    """The sentences of a text that may state any fact of its case.

    Args:
        text: Written by a teacher that was shown the whole case.
        part: Where it stands in the row.
        lang: Its language.
        evidence: The case.
    """
    facts = tuple(fact.id for fact in evidence.facts)
    return tuple(Sentence(text[span.start : span.end], part, facts) for span in sentences(text, lang))


def without_system(draft: Draft) -> Draft:
    """A draft whose prompt is the talk alone: a system turn that asks for headings does not fit another answer."""
    kept = [n for n, message in enumerate(draft.row.prompt) if message.role != "system"]
    places = {f"prompt[{old}]": f"prompt[{new}]" for new, old in enumerate(kept)}
    stated = tuple(
        replace(sentence, part=places.get(sentence.part, sentence.part))
        for sentence in draft.evidence.sentences
        if sentence.part in places or not sentence.part.startswith("prompt")
    )
    row = replace(draft.row, prompt=tuple(draft.row.prompt[n] for n in kept))
    return Draft(row, replace(draft.evidence, sentences=stated))
