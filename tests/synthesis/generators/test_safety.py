import re
from collections import Counter, defaultdict
from itertools import islice

import numpy as np
import pytest
from pydantic import ValidationError

from medgo.errors import InputError
from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Lang, SftRow
from medgo.synthesis.generators.safety import Safety
from medgo.synthesis.generators.safety.people import ADDRESS, GROUPS
from medgo.synthesis.generators.safety.policies import FAMILIES, Form, Pair, policies, read_policy, slots
from medgo.synthesis.protocol import Draft, Source
from medgo.synthesis.verification import Verifier
from medgo.tasks.limits import advice_to_wait, calls_for_help, doses, no_final_word
from medgo.tasks.red_flags import red_flags
from medgo.text import language_of

_REFUSAL = re.compile(
    r"很抱歉|无法回答|我不能|不能提供|作为人工智能|恕不|I am sorry|\bI cannot\b|\bI can neither\b|[Aa]s an AI|I decline"
)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return open_knowledge()


@pytest.fixture(scope="module")
def drafts(knowledge: Knowledge) -> list[Draft]:
    return make(knowledge, 6000)


def make(knowledge: Knowledge, count: int, seed: int = 3, **options: object) -> list[Draft]:
    generator = Safety.model_validate(options)
    return list(islice(generator.rows(Source(knowledge, seed="s"), np.random.default_rng(seed)), count))


def answer(draft: Draft) -> str:
    assert isinstance(draft.row, SftRow)
    return draft.row.completion.content


def of(drafts: list[Draft], **labels: str) -> list[Draft]:
    found = [d for d in drafts if all(d.evidence.labels[name] == value for name, value in labels.items())]
    assert len(found) > 20
    return found


def test_all_families_on_both_sides_and_in_both_languages(drafts: list[Draft]) -> None:
    seen = Counter((d.evidence.labels["kind"], d.evidence.labels["side"], d.row.lang) for d in drafts)
    assert {kind for kind, _, _ in seen} == set(FAMILIES)
    assert len(seen) == len(FAMILIES) * 4
    assert min(seen.values()) > 30


@pytest.mark.slow
def test_ten_thousand_rows_differ(knowledge: Knowledge) -> None:
    rows = make(knowledge, 10_000, seed=9)
    assert len({draft.row.row_id for draft in rows}) > 0.99 * len(rows)
    assert len({draft.row.prompt[0].content for draft in rows}) > 0.95 * len(rows)


def test_every_sentence_stands_in_its_part_and_cites_facts_that_exist(drafts: list[Draft]) -> None:
    for draft in drafts:
        ids = {fact.id for fact in draft.evidence.facts}
        texts = {"prompt[0]": draft.row.prompt[0].content, "completion": answer(draft)}
        for sentence in draft.evidence.sentences:
            assert sentence.text in texts[sentence.part]
            assert sentence.facts
            assert set(sentence.facts) <= ids


def test_no_slot_is_left_open(drafts: list[Draft]) -> None:
    assert not [d for d in drafts if re.search(r"[{}]", d.row.prompt[0].content + answer(d))]


def test_an_emergency_is_escalated_in_the_first_sentence(drafts: list[Draft]) -> None:
    for draft in of(drafts, urgency="emergency"):
        assert calls_for_help(answer(draft), draft.row.lang), answer(draft)


def test_nobody_is_told_to_wait(drafts: list[Draft]) -> None:
    assert not [d for d in drafts if advice_to_wait(answer(d), d.row.lang)]


def test_nothing_is_final_or_signed(drafts: list[Draft]) -> None:
    assert not [answer(d) for d in drafts if no_final_word({"answer": answer(d)}, d.row.lang)]


def test_a_benign_row_is_neither_refused_nor_escalated(drafts: list[Draft]) -> None:
    for draft in of(drafts, side="benign"):
        assert not _REFUSAL.search(answer(draft)), answer(draft)
        assert not calls_for_help(answer(draft), draft.row.lang), answer(draft)


def test_red_flags_by_rule_agree_with_the_tables(drafts: list[Draft]) -> None:
    asked = of(drafts, kind="emergency", asker="patient")
    hits = {
        side: [bool(red_flags(d.row.prompt[0].content)) for d in of(asked, side=side)] for side in ("danger", "benign")
    }
    # The rule's list is short on purpose; the tables also hold dangers that it has no words for (thunderclap headache).
    assert np.mean(hits["danger"]) > 0.85
    assert np.mean(hits["benign"]) < 0.01


def test_no_dose_where_what_it_hangs_on_is_missing(drafts: list[Draft]) -> None:
    for draft in of(drafts, kind="missing", side="danger"):
        assert not doses(answer(draft))
        assert answer(draft).count("？\n") + answer(draft).count("?\n") == 3
    known = of(drafts, kind="missing", side="benign")
    assert np.mean([bool(re.search(r"\d", answer(draft))) for draft in known]) == 1


def test_high_risk_answers_hold_no_dose_but_a_list_to_check(drafts: list[Draft]) -> None:
    for draft in of(drafts, kind="high_risk", side="danger"):
        assert not doses(answer(draft))
        assert answer(draft).count("\n- ") >= 3


@pytest.mark.parametrize(
    ("family", "notice"),
    [
        ("rare", r"罕见|\brare\b"),
        ("currency", r"2026"),
        ("language", r"我主要处理中文和英文|不在我熟练的语言|I work in Chinese and English|not a language I handle"),
        ("injection", r"没有执行|未予执行|did not follow it|not carried out"),
        ("harmful", r"不能帮忙|不会去做|cannot help with that|will not do that"),
        (
            "prescription",
            r"我不能开|没有处方权|我只能拟|我不能签发|neither issue|no authority to|only prepare|cannot sign",
        ),
    ],
)
def test_a_notice_stands_where_its_policy_applies_and_nowhere_else(
    drafts: list[Draft], family: str, notice: str
) -> None:
    for draft in of(drafts, kind=family):
        if draft.evidence.labels["urgency"] != "emergency":
            assert bool(re.search(notice, answer(draft))) == (draft.evidence.labels["side"] == "danger"), answer(draft)


def test_harmful_requests_and_their_answers_describe_no_operation(drafts: list[Draft]) -> None:
    for draft in of(drafts, kind="harmful", side="danger"):
        assert not doses(draft.row.prompt[0].content + answer(draft))


def test_what_a_record_orders_is_not_done(drafts: list[Draft]) -> None:
    for draft in of(drafts, kind="injection", side="danger"):
        spans = policies()["injection"].topics
        span = next(t.words["span"][0] for t in spans if t.id == draft.evidence.labels["topic"]).text(draft.row.lang)
        assert span.casefold() in draft.row.prompt[0].content.casefold()
        assert f"“{span}”" in answer(draft) or f'"{span}"' in answer(draft)


def test_twins_share_person_and_words_and_differ_in_what_matters(drafts: list[Draft]) -> None:
    pairs: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        pairs[draft.evidence.labels["twins"]].append(draft)
    whole = [pair for pair in pairs.values() if len(pair) == 2]
    assert len(whole) > 0.95 * len(pairs)
    for danger, benign in whole:
        assert (danger.evidence.labels["side"], benign.evidence.labels["side"]) == ("danger", "benign")
        assert danger.row.lang == benign.row.lang
        assert danger.evidence.labels["topic"] == benign.evidence.labels["topic"]
        assert answer(danger) != answer(benign)
        for kind in ("sex", "age"):
            mine, other = ({(f.value, f.unit) for f in d.evidence.facts if f.kind == kind} for d in (danger, benign))
            assert not mine or not other or mine == other


def test_a_twin_of_an_emergency_says_the_same_words_otherwise(drafts: list[Draft]) -> None:
    pairs: dict[str, dict[str, Draft]] = defaultdict(dict)
    for draft in of(drafts, kind="emergency"):
        pairs[draft.evidence.labels["twins"]][draft.evidence.labels["side"]] = draft
    for pair in pairs.values():
        if len(pair) < 2:
            continue
        topic = next(t for t in policies()["emergency"].topics if t.id == pair["danger"].evidence.labels["topic"])
        meant = {
            side: {(f.kind, f.polarity) for f in draft.evidence.facts if f.concept in topic.signs}
            for side, draft in pair.items()
        }
        assert ("sign", "present") in meant["danger"]
        assert ("sign", "present") not in meant["benign"]
        assert meant["benign"]


def test_both_languages_come_from_one_structure() -> None:
    own: dict[Lang, str] = {"zh": "zh", "en": "en"}
    for policy in policies().values():
        for pair in pairs_of(policy.forms, policy.words.values(), *(topic.words.values() for topic in policy.topics)):
            zh, en = (
                {
                    slot
                    for slot in slots(pair.text(lang))
                    if slot not in ADDRESS | {"sex", "patient", "age", "aged", "rel_who", "rel_subj"}
                }
                for lang in own
            )
            assert zh == en, pair
            assert not re.search(r"[\u4e00-\u9fff]", pair.en) or policy.family == "language", pair


def pairs_of(forms: tuple[Form, ...], *lists: object) -> list[Pair]:
    found = [pair for form in forms for pair in form.padding]
    found += [pair for form in forms for step in (*form.prompt, *form.answer, *form.worse) for pair in step.one]
    for values in lists:
        found += [pair for value in values for pair in (value if isinstance(value, tuple) else ())]  # type: ignore[attr-defined]
    assert found
    return found


def test_tables_name_people_that_exist() -> None:
    for policy in policies().values():
        for topic in policy.topics:
            assert set(topic.who) <= GROUPS
            assert {form.name for form in policy.forms} >= set(topic.forms)


def test_signs_of_the_tables_exist(knowledge: Knowledge) -> None:
    for topic in policies()["emergency"].topics:
        for sign in topic.signs:
            assert knowledge.lookup(sign).kind == "sign"


def test_answers_are_in_the_language_of_the_row(drafts: list[Draft]) -> None:
    assert all(language_of(answer(draft)) == draft.row.lang for draft in drafts)


def test_provenance_names_policy_and_vocabularies(drafts: list[Draft]) -> None:
    for draft in drafts[:300]:
        sources = {source.source for source in draft.row.provenance.sources}
        assert "medgo" in sources
        assert all(source.licence for source in draft.row.provenance.sources)


def test_the_same_seed_gives_the_same_rows_and_another_others(knowledge: Knowledge, drafts: list[Draft]) -> None:
    assert [d.row.row_id for d in make(knowledge, 60)] == [d.row.row_id for d in drafts[:60]]
    assert [d.row.row_id for d in make(knowledge, 60, seed=4)] != [d.row.row_id for d in drafts[:60]]


def test_one_family_alone(knowledge: Knowledge) -> None:
    rows = make(knowledge, 20, families={"rare": 1})
    assert {draft.evidence.labels["kind"] for draft in rows} == {"rare"}


@pytest.mark.parametrize(
    "options", [{"families": {}}, {"families": {"rare": -1}}, {"families": {"poem": 1}}, {"kind": 1}]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Safety.model_validate(options)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("policy: S-0\nforms: []\ntopics: [{id: a}]", "topic a has no danger form"),
        ("policy: S-0\ntopics: []", "forms"),
        ("policy: S-0\nforms: []\ntopics: [{id: a, word: [[one]]}]", "expected"),
    ],
)
def test_a_damaged_table_is_refused(table: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_policy("broken", table)


@pytest.mark.slow
def test_the_verifier_supports_the_rows(knowledge: Knowledge, drafts: list[Draft]) -> None:
    verifier = Verifier(Lexicon.build(knowledge), knowledge)
    faults = [(d.evidence.labels["topic"], found) for d in drafts[:2000] if (found := verifier.verify(d))]
    assert len(faults) <= 0.02 * 2000, faults[:5]
