"""Every row names what it was made from: also those whose words it uses, which have licences of their own."""

from itertools import islice

import numpy as np
import pytest

from medgo.knowledge import open_knowledge
from medgo.synthesis.keeping import texts_of
from medgo.synthesis.protocol import Generator, Source
from medgo.synthesis.recipe import OPEN_LICENCES
from medgo.synthesis.registry import GENERATORS

FREE = [generator for generator in GENERATORS if not generator.needs]


@pytest.mark.parametrize("generator", FREE, ids=lambda generator: generator.name)
def test_hardly_a_draft_is_lost_to_a_licence_in_either_language(generator: type[Generator]) -> None:
    rows = list(islice(generator().rows(Source(open_knowledge(), seed="s"), np.random.default_rng(12)), 200))
    for lang in ("zh", "en"):
        mine = [draft.row for draft in rows if draft.row.lang == lang]
        lost = [row for row in mine if any(s.licence not in OPEN_LICENCES for s in row.provenance.sources)]
        assert len(lost) <= 0.05 * len(mine), {s.source for row in lost for s in row.provenance.sources}


@pytest.mark.parametrize("generator", FREE, ids=lambda generator: generator.name)
def test_the_source_of_every_name_that_a_row_writes_is_among_its_sources(generator: type[Generator]) -> None:
    knowledge = open_knowledge()
    rows = generator().rows(Source(knowledge, seed="s"), np.random.default_rng(11))
    written = 0
    for draft in islice(rows, 60):
        texts = "\n".join(texts_of(draft.row)).casefold()
        sources = {source.source for source in draft.row.provenance.sources}
        for fact in draft.evidence.facts:
            if ":" not in fact.concept or fact.concept.startswith("STATE:"):
                continue
            # Words of our own tables are ours, whoever else calls a thing so.
            if fact.sources and all(one.startswith("medgo:") for one in fact.sources):
                continue
            name = knowledge.lookup(fact.concept).named(draft.row.lang)
            if name is not None and name.text.casefold() in texts:
                written += 1
                assert name.source in sources, (fact, name, sources)
    # What our own tables say names nothing of the index.
    assert written or generator.name.startswith("safety") or generator.name in ("general", "triage")
