"""The whole way with a real model: constrained replies, cache, every item a row or a reason. Its yield is low."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medgo.inference.engines import EngineOptions, open_engine
from medgo.schema import Document, SourceRef
from medgo.synthesis.generators.teacher.document_qa import DocumentQa
from medgo.synthesis.generators.teacher.perspectives import Perspectives
from medgo.synthesis.generators.teacher.verified_cot import VerifiedCot
from medgo.synthesis.protocol import Source
from medgo.synthesis.teacher import ReplyCache, Teacher
from tests.synthesis.teacher.support import FakeKnowledge, FakeShelf, Stub, check_covered

DOCUMENTS = [
    Document(
        SourceRef(f"doc:{n}", "tests", "CC0-1.0"),
        "en",
        f"Adults with mild asthma use an inhaler every day. They see their physician every {n} months. Smoking is bad.",
    )
    for n in (3, 6)
]


@pytest.mark.slow
def test_the_embedded_model_as_teacher(tmp_path: Path) -> None:
    generators = [
        DocumentQa(items=2, max_new_tokens=96, shortest=20),
        Perspectives(of=Stub(count=2), max_new_tokens=96),
        VerifiedCot(of=Stub(count=2), max_new_tokens=96, rounds=1),
    ]
    engine = open_engine(EngineOptions(batch_size=4))
    results = []
    try:
        for again in (False, True):
            with ReplyCache(tmp_path / "replies.jsonl") as cache:
                teacher = Teacher(engine, cache)
                for generator in generators:
                    source = Source(
                        knowledge=FakeKnowledge(),  # type: ignore[arg-type]
                        langs=("en",),
                        seed="7/slow/0",
                        shelf=FakeShelf(DOCUMENTS),
                        teacher=teacher,
                    )
                    drafts = list(generator.rows(source, np.random.default_rng(0)))
                    for draft in drafts:
                        check_covered(draft)
                    assert len(drafts) + source.rejected.total() == 2, "every item is a row or has a reason"
                    results.append((generator.name, [draft.row.to_dict() for draft in drafts], source.rejected))
                assert (teacher.asked == 0) is again, "the second time every reply is on disk"
    finally:
        engine.close()
    assert results[:3] == results[3:]
