"""The nine English benchmarks together: whatever stands in a row, only a named error comes out of it."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.errors import BenchmarkDataError, InputError
from medgo.evaluation.benchmarks import (
    afrimedqa,
    amqa,
    diagnosisarena,
    medexqa,
    medmcqa,
    medpair,
    medqa,
    medxpertqa,
    pubmedqa,
)
from medgo.evaluation.benchmarks.definition import Benchmark, Form
from medgo.evaluation.benchmarks.prompts import CARD
from medgo.evaluation.benchmarks.row import Row
from medgo.evaluation.prompting import ask
from medgo.schema import EvalItem
from tests.evaluation.benchmarks import (
    test_afrimedqa,
    test_amqa,
    test_diagnosisarena,
    test_medexqa,
    test_medmcqa,
    test_medpair,
    test_medqa,
    test_medxpertqa,
    test_pubmedqa,
)

MODULES = (afrimedqa, amqa, diagnosisarena, medexqa, medmcqa, medpair, medqa, medxpertqa, pubmedqa)
BENCHMARKS: tuple[Benchmark, ...] = tuple(benchmark for module in MODULES for benchmark in module.BENCHMARKS)
FORMS = [pytest.param(form, id=f"{b.name}-{form.name}") for b in BENCHMARKS for form in b.forms]
HUB_FILES = {
    "GBaker/MedQA-USMLE-4-options": ("phrases_no_exclude_test.jsonl", "phrases_no_exclude_train.jsonl"),
    "openlifescienceai/medmcqa": ("data/validation-00000-of-00001.parquet", "data/train-00000-of-00001.parquet"),
    "openlifescienceai/pubmedqa": ("data/test-00000-of-00001.parquet", "data/train-00000-of-00001.parquet"),
    "qiaojin/PubMedQA": ("pqa_labeled/train-00000-of-00001.parquet", ""),
    "TsinghuaC3I/MedXpertQA": ("Text/test.jsonl", "Text/dev.jsonl"),
    "SII-SPIRAL-MED/DiagnosisArena": ("data/test-00000-of-00001.parquet", ""),
    "bluesky333/MedExQA": ("test/speech_pathologist_test.tsv", "dev/speech_pathologist_dev.tsv"),
    "Showing-KCL/AMQA": ("AMQA_Dataset.jsonl", ""),
    "afrimedqa/afrimedqa_v2": ("afri_med_qa_15k_v2.4_phase_2_15275.csv", ""),
}
"""Names of the test file and of the training or development file in the repositories, as others' code loads them."""

scalars = st.none() | st.booleans() | st.integers(-2, 7) | st.floats(allow_nan=False) | st.text(max_size=12)
texts = st.sampled_from(
    ["A", "AB", "option2", "yes", "0_speech_pathologist", '{"A": "x"}', "[1, 2]", "1.3", "A: x\nB: y"]
)
junk = st.recursive(
    scalars | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ABCDkeyv", max_size=5), inner, max_size=4),
    max_leaves=6,
)


def read(form: Form, values: dict[str, Any], file: str = "medexqa/test/speech_pathologist_test.tsv") -> None:
    """Read a row; anything but items, nothing, or an error that says what is wrong, is a defect."""
    try:
        found = form.read(Row(values, file, 3, "medqa/0001"))
    except BenchmarkDataError as error:
        assert file in error.message
    except InputError as error:  # what the item itself refuses; the loader adds the place
        assert "item" in error.message
    else:
        items = found if isinstance(found, tuple) else (found,)
        assert all(item is None or isinstance(item, EvalItem) for item in items)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_rows_of_anything_give_named_errors(form: Form, data: st.DataObject) -> None:
    read(form, {field: data.draw(junk, label=field) for field in sorted(form.fields)})


SOUND = [
    (medqa.MEDQA, test_medqa.vignette(1)),
    (medmcqa.MEDMCQA, test_medmcqa.question(1, 2)),
    (pubmedqa.PUBMEDQA, test_pubmedqa.paper()),
    (pubmedqa.PUBMEDQA, test_pubmedqa.packed("101")),
    (pubmedqa.LABELED, test_pubmedqa.hub(101)),
    (medxpertqa.MEDXPERTQA, test_medxpertqa.official(1)),
    (medxpertqa.MEDXPERTQA, test_medxpertqa.packed(1)),
    (diagnosisarena.CHOICE, test_diagnosisarena.case(1)),
    (medexqa.MEDEXQA, test_medexqa.packed(1, "clinical_psychologist")),
    (amqa.AMQA, test_amqa.question(1)),
    (afrimedqa.AFRIMEDQA, test_afrimedqa.official(1)),
    (medpair.MEDPAIR_FULL, test_medpair.case(1)),
]


@pytest.mark.parametrize(("benchmark", "row"), SOUND, ids=lambda value: getattr(value, "name", ""))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_sound_row_with_one_spoilt_field_gives_a_named_error_or_an_item(
    benchmark: Benchmark, row: dict[str, Any], data: st.DataObject
) -> None:
    spoilt = {**row, data.draw(st.sampled_from(sorted(row)), label="field"): data.draw(junk, label="value")}
    for form in benchmark.forms:
        if form.fields <= spoilt.keys():
            read(form, spoilt)


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_the_hubs_file_names_belong_to_one_form_each(benchmark: Benchmark) -> None:
    source = benchmark.source
    if not source.hub:
        assert source.get
        return
    for split, name in zip(("test", "dev"), HUB_FILES[source.hub], strict=True):
        if name and any(fnmatch(name, pattern) for pattern in source.files):
            fitting = [form for form in benchmark.forms if re.search(form.path, name.lower())]
            assert split in {form.split for form in fitting}
            assert len({form.split for form in fitting if form.name != "test part"}) == 1


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_a_definition_says_what_a_reader_needs(benchmark: Benchmark) -> None:
    source = benchmark.source
    assert re.fullmatch(r"[0-9a-f]{40}|", source.revision)
    assert source.revision or not source.hub or source.hub == "Showing-KCL/AMQA"
    assert source.licence
    assert source.page.startswith("https://")
    assert benchmark.reads
    assert benchmark.faults
    assert (benchmark.chance is None) == (benchmark.kind != "choice")
    assert (benchmark.card is None) == (benchmark.group == "Beyond the card")


@pytest.mark.parametrize(("benchmark", "row"), SOUND, ids=lambda value: getattr(value, "name", ""))
def test_every_item_can_be_asked_by_both_protocols_without_its_answer(
    benchmark: Benchmark, row: dict[str, Any]
) -> None:
    form = next(form for form in benchmark.forms if form.fields <= row.keys())
    found = form.read(Row(row, "x", 1))
    for item in found if isinstance(found, tuple) else (found,):
        assert isinstance(item, EvalItem)
        for protocol in (CARD, benchmark.official or CARD):
            prompt = ask(item, protocol)
            assert item.question in prompt or item.meta["Case Information"] in prompt
            assert not re.search(r"\{(?:meta|question|options|context)", prompt)
