"""Records with defects: each sort occurs, shows in the text, is the same in both languages, and can be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import numpy as np
import pytest
from pydantic import ValidationError

from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Lang
from medgo.synthesis.generators.cases.realise import Names
from medgo.synthesis.generators.cases.tables import Tables, read_tables
from medgo.synthesis.generators.records import QualityControl
from medgo.synthesis.generators.records.case_records import encounters
from medgo.synthesis.generators.records.chart import DOCUMENTS, Chart, ChartKind
from medgo.synthesis.generators.records.defect_sorts import SORTS
from medgo.synthesis.generators.records.defects import AGAINST_MATERIAL, MAKERS, inject
from medgo.synthesis.generators.records.flaws import Flaw
from medgo.synthesis.generators.records.quality_control import TASK, clean_chart
from medgo.synthesis.generators.records.scribe import Scribe
from medgo.synthesis.protocol import Draft, Source
from medgo.synthesis.verification import Verifier
from medgo.tasks.checks import LIMITS
from medgo.tasks.checks.timing import moment

LANGS: tuple[Lang, ...] = ("zh", "en")
IN_RECORDS = sorted(set(SORTS) - AGAINST_MATERIAL)


@dataclass(frozen=True)
class Made:
    """One defect, in both languages."""

    kind: ChartKind
    scribes: Mapping[Lang, Scribe]
    clean: Mapping[Lang, Chart]
    flaws: Mapping[Lang, list[Flaw]]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return open_knowledge()


@pytest.fixture(scope="module")
def tables(knowledge: Knowledge) -> Tables:
    return read_tables(knowledge)


@pytest.fixture(scope="module")
def made(knowledge: Knowledge, tables: Tables) -> dict[str, list[Made]]:
    """Every sort of defect, wherever it can be made in the records of forty patients."""
    found: dict[str, list[Made]] = {name: [] for name in MAKERS}
    for kind, scribes in patients(knowledge, tables, 40):
        clean = {lang: clean_chart(kind, scribe) for lang, scribe in scribes.items()}
        for at, name in enumerate(MAKERS):
            flaws = inject(clean, scribes, [(name, 37 * at + 11)], 1, tables)
            if flaws["zh"]:
                found[name].append(Made(kind, scribes, clean, flaws))
    return found


def patients(knowledge: Knowledge, tables: Tables, count: int) -> Iterator[tuple[ChartKind, Mapping[Lang, Scribe]]]:
    names = Names(tables.names)
    drawn = encounters(tables, Source(knowledge, seed="t"), np.random.default_rng(31), inpatient=False)
    for enc in islice(drawn, count):
        for kind in DOCUMENTS:
            if kind == "outpatient" or enc.scene.inpatient:
                yield kind, {lang: Scribe(lang, enc, names) for lang in LANGS}


def make(knowledge: Knowledge, count: int, seed: int = 4, **options: object) -> list[Draft]:
    generator = QualityControl.model_validate(options)
    source = Source(knowledge, seed="t", stage="stage2")
    return list(islice(generator.rows(source, np.random.default_rng(seed)), count))


def whole(chart: Chart) -> str:
    return "\n".join(text for section in chart.sections for text in chart.entries(section))


def test_every_maker_has_its_sort_and_words_in_both_languages() -> None:
    assert set(MAKERS) == set(SORTS)
    for sort in SORTS.values():
        assert all(sort.rule[lang] and sort.suggestion[lang] for lang in LANGS)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_defect_occurs_and_shows_by_words_of_the_record(name: str, made: dict[str, list[Made]]) -> None:
    assert made[name], f"{name} can be made in no record"
    for one in made[name]:
        for lang in LANGS:
            (flaw,) = one.flaws[lang]
            text = whole(one.clean[lang].apply(flaw.edits))
            if name != "dropped_sentence":  # shows only beside the material
                assert all(quote in text for quote, _ in flaw.evidence)
            assert flaw.evidence or name == "missing_section"
            assert flaw.place


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_taking_a_defect_back_gives_the_clean_record(name: str, made: dict[str, list[Made]]) -> None:
    for one in made[name]:
        for lang in LANGS:
            (flaw,) = one.flaws[lang]
            clean = one.clean[lang]
            flawed = clean.apply(flaw.edits)
            assert flawed != clean
            assert flawed.undo(flaw.edits) == clean
            changed = {section for section in clean.sections if clean.sections[section] != flawed.sections[section]}
            assert changed <= {edit.section for edit in flaw.edits}


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_both_languages_have_the_same_defect(name: str, made: dict[str, list[Made]]) -> None:
    for one in made[name]:
        (zh,), (en,) = one.flaws["zh"], one.flaws["en"]
        assert zh.sort == en.sort
        assert zh.section == en.section
        assert len(zh.evidence) == len(en.evidence)
        assert [(edit.section, edit.at, keys(edit.before), keys(edit.after)) for edit in zh.edits] == [
            (edit.section, edit.at, keys(edit.before), keys(edit.after)) for edit in en.edits
        ]


def keys(lines: tuple[object, ...]) -> list[object]:
    return [getattr(line, "key") for line in lines]  # noqa: B009  lines of two languages, compared by key only


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("late_first_note", "first_course_note"),
        ("late_admission_record", "admission_record"),
        ("late_discharge_summary", "discharge_summary"),
    ],
)
def test_a_late_document_is_late_by_its_limit(name: str, limit: str, made: dict[str, list[Made]]) -> None:
    for one in made[name]:
        (written, _), (since, _) = one.flaws["zh"][0].evidence
        late, start = moment(written), moment(since)
        assert late is not None
        assert start is not None
        assert LIMITS[limit] < late - start <= LIMITS[limit] + timedelta(hours=49)


def test_a_clean_record_is_in_time(knowledge: Knowledge, tables: Tables) -> None:
    for _, scribes in patients(knowledge, tables, 40):
        times = scribes["zh"].enc.times
        assert times["first_written"] - times["admitted"] <= LIMITS["first_course_note"]
        assert times["admission_written"] - times["admitted"] <= LIMITS["admission_record"]
        assert times["written"] - times["discharged"] <= LIMITS["discharge_summary"]
        assert times["admitted"] < times["day1"] < times["day2"] < times["discharged"] < times["written"]


def test_a_wrong_dose_unit_is_a_thousandfold(made: dict[str, list[Made]]) -> None:
    for one in made["dose_unit"]:
        for lang in LANGS:
            ((edit,),) = (flaw.edits for flaw in one.flaws[lang])
            before, after = edit.before[0].text, edit.after[0].text
            differing = [pair for pair in zip(before.split(), after.split(), strict=True) if pair[0] != pair[1]]
            assert len(differing) == 1
            assert (differing[0][0].strip(",，"), differing[0][1].strip(",，")) in {("mg", "g"), ("µg", "mg")}


def test_a_contraindicated_drug_is_so_by_a_statement_of_the_index(made: dict[str, list[Made]], tables: Tables) -> None:
    names = Names(tables.names)
    for one in made["contraindicated"]:
        enc = one.scribes["en"].enc
        (edit,) = one.flaws["en"][0].edits
        has = {enc.case.book[fact].concept for fact in enc.case.history}
        has |= {enc.case.book[enc.allergy].concept} if enc.allergy else set()
        wrong = [drug for drug in tables.drugs.ladders if f" {names(drug, 'en')} " in edit.after[0].text]
        assert any(has & set(tables.drugs.forbidden.get(drug, {})) for drug in wrong)


def test_several_defects_leave_each_other_alone(knowledge: Knowledge, tables: Tables) -> None:
    rng = np.random.default_rng(2)
    seen: Counter[int] = Counter()
    for _, scribes in patients(knowledge, tables, 25):
        clean = {lang: clean_chart("admission" if scribes["zh"].enc.scene.inpatient else "outpatient", scribe)
                 for lang, scribe in scribes.items()}  # fmt: skip
        order = [(IN_RECORDS[at], int(rng.integers(1000))) for at in rng.permutation(len(IN_RECORDS)).tolist()]
        flaws = inject(clean, scribes, order, 4, tables)
        seen[len(flaws["zh"])] += 1
        for lang in LANGS:
            edits = [edit for flaw in flaws[lang] for edit in flaw.edits]
            flawed = clean[lang].apply(edits)
            assert all(quote in whole(flawed) for flaw in flaws[lang] for quote, _ in flaw.evidence)
            assert flawed.undo(edits) == clean[lang]
        assert [flaw.sort.name for flaw in flaws["zh"]] == [flaw.sort.name for flaw in flaws["en"]]
    assert seen[4] > 20


def test_reports_list_exactly_the_labelled_defects_and_pass_the_tasks_checks(knowledge: Knowledge) -> None:
    for draft in make(knowledge, 200):
        row, labels = draft.row, draft.evidence.labels
        report = TASK.read(row.completion.content, row.lang, labels["form"])  # type: ignore[union-attr]
        assert [defect.place for defect in report.defects] == [one["place"] for one in labels["defects"]]
        assert [list(defect.evidence) for defect in report.defects] == [one["evidence"] for one in labels["defects"]]
        assert labels["clean"] == (not report.defects) == (report.conclusion == "pass")
        for one in labels["defects"]:
            assert all(quote in row.prompt[1].content for quote in one["evidence"])
            assert all(text in row.prompt[1].content for edit in one["edits"] for text in edit["after"])


def test_one_record_in_five_is_clean_and_says_what_was_checked(knowledge: Knowledge) -> None:
    drafts = make(knowledge, 400, thinking=0.0, json_share=0.0)
    clean = [draft for draft in drafts if draft.evidence.labels["clean"]]
    assert 0.12 < len(clean) / len(drafts) < 0.3
    for draft in clean:
        words = {"zh": "未发现缺陷", "en": "Checked without a finding"}[draft.row.lang]
        assert words in draft.row.completion.content  # type: ignore[union-attr]


@pytest.mark.slow
def test_the_verifier_finds_every_sentence_supported(knowledge: Knowledge) -> None:
    verifier = Verifier(Lexicon.build(knowledge), knowledge)
    drafts = make(knowledge, 300)
    passed = [draft for draft in drafts if not verifier.verify(draft)]
    assert len(passed) >= 0.98 * len(drafts)


def test_the_same_seed_gives_the_same_rows(knowledge: Knowledge) -> None:
    assert make(knowledge, 60) == make(knowledge, 60)


@pytest.mark.parametrize("options", [{"defects": (0, 3)}, {"defects": (3, 2)}, {"charts": {"stay": 0.0}}, {"clean": 2}])
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QualityControl.model_validate(options)
