"""What a generator is: options, a name, a version, and rows with their evidence. Knows no generator and no file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict

from medgo.errors import MedGoError
from medgo.knowledge import Knowledge
from medgo.schema import ClinicalRecord, Document, Evidence, Lang, Row, Stage
from medgo.synthesis.concepts import ALL_CONCEPTS, Concepts
from medgo.synthesis.teacher import Teacher

RowKind = Literal["sft", "preference", "labelled"]
Need = Literal["teacher", "documents", "records"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A row before anybody decided to keep it.

    Args:
        row: The row.
        evidence: What it rests on; the verifier reads both.
    """

    row: Row
    evidence: Evidence


class Shelf(Protocol):
    """Documents or records, read again on every iteration, in the same order."""

    def documents(self) -> Iterator[Document]:
        """Documents of all collections that the recipe names."""

    def records(self) -> Iterator[ClinicalRecord]:
        """Records, each synthetic or under a valid certificate."""


@dataclass(frozen=True, slots=True)
class Source:
    """What generators draw on.

    Args:
        knowledge: The opened index.
        langs: Languages to write in.
        stage: Stage that the rows are for.
        seed: Prefix of ``Provenance.seed`` (``7/complex_cases/3``); a generator appends ``/`` and its position.
        shelf: Documents and records; None where the recipe names none.
        teacher: The model that writes; None for deterministic recipes.
        policy: The model that is being trained, where its own replies are wanted and the teacher judges them; None
            lets the teacher do both.
        concepts: What rows may be about; generators from knowledge keep to it.
        rejected: Where a generator counts what it began and gave up, by reason (``source.rejected["cut off"] += 1``).
    """

    knowledge: Knowledge
    langs: Sequence[Lang] = ("zh", "en")
    stage: Stage = "stage1"
    seed: str = ""
    shelf: Shelf | None = None
    teacher: Teacher | None = None
    policy: Teacher | None = None
    concepts: Concepts = ALL_CONCEPTS
    rejected: Counter[str] = field(default_factory=Counter)


class Generator(BaseModel, ABC):
    """Makes rows. A subclass's fields are its options, as a recipe gives them; unknown ones are refused.

    Class attributes:
        name: As a recipe names it.
        version: Changes whenever the same seed gives other rows.
        makes: Type of its rows.
        needs: What of :class:`Source` it cannot do without: ``teacher``, ``documents``, ``records``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    version: ClassVar[str]
    makes: ClassVar[RowKind] = "sft"
    needs: ClassVar[frozenset[Need]] = frozenset()

    def all_needs(self) -> frozenset[Need]:
        """What it cannot do without, and what the generators cannot that it goes on from."""
        return self.needs

    def full_version(self) -> str:
        """Its version, with those of the generators that it goes on from: ``1+complex_cases 2``."""
        return self.version

    @abstractmethod
    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Make rows, without end where knowledge is what they come from, once through where documents are.

        Args:
            source: What to draw on.
            rng: The only source of chance: the same one gives the same rows.

        Yields:
            Drafts that the generator itself believes in.
        """


def option_error(error: MedGoError) -> ValueError:
    """An error of ours with its way out, as pydantic takes it from what checks an option."""
    return ValueError(f"{error.message} ({error.hint})" if error.hint else error.message)
