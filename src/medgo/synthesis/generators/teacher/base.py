"""What generators with a teacher share: items in, drafts out, what was given up counted. Knows no prompt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny

from medgo.errors import RecipeError
from medgo.inference.protocol import Sampling, Thinking
from medgo.schema import Evidence, Lang, Message, Provenance, Sentence, SourceRef
from medgo.synthesis.protocol import Draft, Generator, Need, Source, option_error
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

    @abstractmethod
    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """Items in a fixed order, each with its script not begun; ids begin with ``source.seed``."""

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
            version=self.full_version(),
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


# How a recipe names the generator that another one goes on from; part of the description of each such option.
OF_FORM = (
    "Written as a name, multiple_choice, or with options, {generator: complex_cases, options: {difficulty: [2, 4]}}."
)


def _build(value: Any) -> Any:
    """A generator from its name or from ``{generator: name, options: {…}}``, as a recipe writes it."""
    if isinstance(value, Generator):
        return value
    # Here, because the registry lists the generators that are built on this file.
    from medgo.synthesis.registry import build_generator, find_generator

    given = dict(value) if isinstance(value, Mapping) else {"generator": value}
    name, options = given.pop("generator", None), given.pop("options", {})
    if given or not isinstance(name, str) or not isinstance(options, Mapping):
        beside = f" What belongs into options: {', '.join(map(str, given))}." if given and name else ""
        raise ValueError(f"{OF_FORM}{beside}")
    try:
        _check_to_go_on_from(find_generator(name))  # before its options, which are nobody's concern if it cannot be
        return build_generator(name, options)
    except RecipeError as error:
        raise option_error(error) from error


def _check_to_go_on_from(generator: Generator | type[Generator]) -> None:
    """Refuse pairs and labels where rows with one answer are needed, and a teacher within a teacher's run.

    An engine would be asked by the inner generator while it is in the middle of what the outer one asked.
    """
    if generator.makes != "sft":
        raise ValueError(f"{generator.name} makes {generator.makes} rows; name a generator of sft rows")
    if "teacher" in generator.needs:
        raise ValueError(f"{generator.name} needs a teacher itself; name a generator that makes its rows without one")


def _to_go_on_from(generator: Generator) -> Generator:
    _check_to_go_on_from(generator)
    return generator


# A generator whose rows another one goes on from.
Base = Annotated[SerializeAsAny[Generator], BeforeValidator(_build), AfterValidator(_to_go_on_from)]


class FollowingGenerator(TeacherGenerator):
    """Goes on from the rows of another generator, whose needs are its own and whose version is part of its own."""

    of: Base = Field(description=OF_FORM)

    def all_needs(self) -> frozenset[Need]:
        """Its own and those of the generator that it goes on from."""
        return self.needs | self.of.all_needs()

    def full_version(self) -> str:
        """``1+complex_cases 2``: other rows to go on from give other rows."""
        return f"{self.version}+{self.of.name} {self.of.full_version()}"


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
