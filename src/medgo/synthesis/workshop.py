"""What a process has open while it makes shards: knowledge, verifier, rules, documents, teacher. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from medgo.curation.decontamination import ItemIndex
from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import lexicon_of
from medgo.synthesis.keeping import Keeper
from medgo.synthesis.protocol import Source
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.shards import Job, stage_of
from medgo.synthesis.shelf import Place, Shelf
from medgo.synthesis.teaching import Models
from medgo.synthesis.verification import Verifier


@dataclass(frozen=True, slots=True)
class Bench:
    """A workshop on this machine.

    Args:
        recipe: The run's.
        knowledge: The opened index.
        keeper: Decides on drafts.
        places: Documents and records.
        models: The models that write; None for none.
    """

    recipe: Recipe
    knowledge: Knowledge
    keeper: Keeper
    places: tuple[Place, ...]
    models: Models | None = None

    def source(self, job: Job) -> Source:
        """What the job's generator draws on; documents and records are dealt out among a component's shards."""
        return Source(
            knowledge=self.knowledge,
            langs=self.recipe.langs,
            stage=stage_of(job.set),
            seed=f"{job.seed}/{job.name}",
            shelf=Shelf(self.places, job.number, job.of),
            teacher=self.models.teacher if self.models else None,
            policy=self.models.policy if self.models else None,
            concepts=self.recipe.concepts,
        )


def open_bench(
    recipe: Recipe,
    knowledge_files: Sequence[Path],
    places: tuple[Place, ...],
    overlap: Path | None,
    models: Models | None = None,
) -> Bench:
    """Open everything that shards are made with.

    Args:
        recipe: The run's.
        knowledge_files: The recipe's further knowledge.
        places: Documents and records that were found.
        overlap: The saved index of benchmark items; None where the recipe compares with none.
        models: The models that write.
    """
    knowledge = open_knowledge(tuple(knowledge_files))
    verifier = Verifier(lexicon_of(knowledge), knowledge)
    items = None if overlap is None else ItemIndex.load(overlap)
    return Bench(recipe, knowledge, Keeper(recipe.keep, verifier, items, recipe.concepts), places, models)
