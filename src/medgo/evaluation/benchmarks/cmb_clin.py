"""CMB-Clin: 74 case records of a Chinese textbook with 208 questions and model solutions (Wang et al., NAACL 2024)."""

from __future__ import annotations

from collections.abc import Mapping

from medgo.evaluation.benchmarks.definition import Benchmark, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem


def _case(row: Row) -> tuple[EvalItem, ...]:
    """One item for each question of a case, all with the case as context."""
    case, pairs = row.text("id"), row.values.get("QA_pairs")
    if not isinstance(pairs, list) or not pairs:
        raise row.error("QA_pairs", "a list of questions with their answers", pairs)
    return tuple(
        EvalItem(
            id=f"{case}-{place}",
            benchmark="cmb_clin",
            lang="zh",
            question=_text(row, place, pair, "question"),
            context=row.text("description"),
            # The repository's documentation calls the field solution, its file answer.
            reference=_text(row, place, pair, "solution", "answer"),
            cluster=case,
            meta={"title": row.text("title", default="")},
        )
        for place, pair in enumerate(pairs, 1)
    )


def _text(row: Row, place: int, pair: object, *names: str) -> str:
    if isinstance(pair, Mapping):
        for name in names:
            value = pair.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
    raise row.error(f"QA_pairs[{place}].{names[-1]}", "text", pair)


BENCHMARKS = (
    Benchmark(
        name="cmb_clin",
        title="CMB-Clin",
        group="Beyond the card",
        kind="reference",
        langs=("zh",),
        source=Source(
            hub="FreedomIntelligence/CMB",
            files=("CMB-Clin/*.json",),
            revision="fe367cae6f69a84b60b541387161336580801fe0",
            licence="Apache-2.0",
            page="https://github.com/FreedomIntelligence/CMB",
            paper="2308.08833",
        ),
        size=208,
        chance=None,
        forms=(Form("official", frozenset({"id", "description", "QA_pairs"}), _case),),
        paths=("cmb",),
        official=Protocol(
            prompt={"zh": "以下是一位病人的病例：\n{context}\n{question}"},
            direct=False,
            max_new_tokens=1024,
            note="The publisher asks a case's questions in one conversation, after the model's own earlier replies, "
            "and has GPT-4 grade fluency, relevance, completeness and proficiency from 1 to 5; each question "
            "stands alone here, so that a wrong diagnosis costs one item and not the case. The wording is ours.",
        ),
        faults=(
            "Questions of one case depend on each other; intervals resample cases.",
            "Solutions are a textbook's, and not the only right ones: a judge has to allow for others.",
        ),
        reads="A case record, one question about it (diagnosis, differential diagnosis, treatment …) and a solution.",
    ),
)
