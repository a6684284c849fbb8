"""Short rows: supported by their facts, with wrong answers that are wrong, twins alike, and pairs that differ."""

import re
from collections import Counter
from functools import lru_cache
from itertools import islice

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from medgo.knowledge import open_knowledge
from medgo.knowledge.lexicon import lexicon_of
from medgo.schema import Evidence, PreferenceRow, SftRow
from medgo.synthesis.concepts import Concepts
from medgo.synthesis.generators.records.scribe import Line
from medgo.synthesis.generators.safety.people import ADDRESS, GROUPS
from medgo.synthesis.generators.short import General, RecordQuestions, ShortPairs, ShortTerms, Triage
from medgo.synthesis.generators.short.aspects import NOT_STATED, Aspect
from medgo.synthesis.generators.short.record_questions import _altered
from medgo.synthesis.generators.short.triage import MOST_ALIKE, topics_of
from medgo.synthesis.generators.terminology.qualifiers import agree
from medgo.synthesis.generators.terminology.terms import terms_of
from medgo.synthesis.protocol import Draft, Generator, Source
from medgo.synthesis.verification import Verifier
from medgo.training.probes.escalation import escalates

SHORT: tuple[type[Generator], ...] = (General, RecordQuestions, ShortPairs, ShortTerms, Triage)
EACH = pytest.mark.parametrize("generator", SHORT, ids=lambda one: one.name)


@lru_cache
def drafts(generator: type[Generator], count: int = 200, seed: int = 2) -> tuple[Draft, ...]:
    source = Source(open_knowledge(), stage="preference", seed="s")
    return tuple(islice(generator().rows(source, np.random.default_rng(seed)), count))


def answer(draft: Draft) -> str:
    return next(iter(draft.row.turns().values())).content


@EACH
def test_the_verifier_finds_nothing_and_rows_are_short(generator: type[Generator]) -> None:
    verifier = Verifier(lexicon_of(open_knowledge()), open_knowledge())
    for draft in drafts(generator):
        assert verifier.verify(draft) == []
        assert sum(len(message.content) for message in draft.row.prompt) < (140 if draft.row.lang == "zh" else 420)


@EACH
def test_both_languages_in_equal_parts_and_the_same_seed_gives_the_same(generator: type[Generator]) -> None:
    made = drafts(generator)
    counts = Counter(draft.row.lang for draft in made)
    assert min(counts.values()) > 0.4 * len(made)
    again = islice(generator().rows(Source(open_knowledge(), seed="s"), np.random.default_rng(2)), 30)
    assert [draft.row.row_id for draft in again] == [draft.row.row_id for draft in made[:30]]


@EACH
def test_wrong_answers_are_others_and_the_right_one_holds_the_gold(generator: type[Generator]) -> None:
    for draft in drafts(generator):
        labels = draft.evidence.labels
        assert labels["wrong"]
        assert answer(draft) not in labels["wrong"]
        assert len(set(labels["wrong"])) == len(labels["wrong"])
        assert labels["gold"].casefold() in answer(draft).casefold()


def test_a_wrong_term_is_neither_a_name_nor_a_kind_of_the_right_one() -> None:
    terms = terms_of(open_knowledge())
    for draft in drafts(ShortTerms):
        labels = draft.evidence.labels
        right = terms.by_id[labels["about"]]
        names = {name.text.casefold() for names in right.others.values() for name in names}
        assert names.isdisjoint(text.casefold() for text in labels["wrong"])
        near = terms.ancestors(right.id)
        named = (
            {
                one.preferred[draft.row.lang][0]
                for curie in near
                if draft.row.lang in (one := terms.by_id[curie]).preferred
            }
            if near
            else set()
        )
        assert named.isdisjoint(labels["wrong"])


def test_a_term_and_its_answer_agree_in_acute_chronic_congenital_and_side() -> None:
    for draft in drafts(ShortTerms):
        asked, *_ = (fact.value for fact in draft.evidence.facts)
        assert agree(asked, answer(draft)), (asked, answer(draft))


def test_an_answer_stands_in_the_record_or_the_record_does_not_say() -> None:
    kinds = Counter[str]()
    for draft in drafts(RecordQuestions, 400):
        row, labels = draft.row, draft.evidence.labels
        record, _, question = row.prompt[0].content.partition("\n")
        kinds[labels["kind"]] += 1
        assert question
        if labels["kind"] == "not_stated":
            assert answer(draft) == NOT_STATED[row.lang]
        elif re.fullmatch(r"[\d./]+", labels["gold"]):
            assert labels["gold"] in record
            # A wrong value is not in the record: only the right one can be read there.
            changed = [text for text in labels["wrong"] if text not in (*NOT_STATED.values(),) and text not in record]
            assert changed or row.lang == "en"
        elif labels["kind"] != "sign":
            assert labels["gold"] in record
    assert kinds["not_stated"] > 20
    assert len(kinds) > 10


def test_a_sign_is_asked_about_with_its_contrary() -> None:
    asked = [draft for draft in drafts(RecordQuestions, 400) if draft.evidence.labels["kind"] == "sign"]
    said = {draft.evidence.labels["gold"] for draft in asked}
    assert said == {"有", "没有", "Yes", "No"}
    for draft in asked:
        contrary = {"有": "没有", "没有": "有", "Yes": "No", "No": "Yes"}[draft.evidence.labels["gold"]]
        assert any(text.startswith(contrary) for text in draft.evidence.labels["wrong"])


def test_no_wrong_answer_has_a_value_that_nobody_has() -> None:
    asked = Counter[str]()
    for draft in drafts(RecordQuestions, 600):
        kind = draft.evidence.labels["kind"]
        for text in draft.evidence.labels["wrong"]:
            asked[kind] += 1
            if match := re.search(r"(\d+)/(\d+) mmHg", text):
                assert int(match[1]) >= int(match[2]) + 15, text
            if match := re.search(r"(?:Temperature|体温)\D*([\d.]+)", text):
                assert 34 <= float(match[1]) <= 42, text
            if match := re.search(r"(?:Heart rate|脉搏)\D*([\d.]+)", text):
                assert 30 <= float(match[1]) <= 220, text
            if match := re.match(r"(\d+)(?:岁| years old)", text):
                assert 1 <= int(match[1]) <= 105, text
    assert min(asked[kind] for kind in ("pressure", "temperature", "pulse", "age")) > 10


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("pressure", "BP 104/88 mmHg.", "104"),
        ("age", "90岁。", "90"),
        ("lab LAB:sodium", "血钠128 mmol/L。", "128"),
        ("lab LAB:x", "Hematocrit 80%.", "80"),
        ("pulse", "Heart rate 180/min.", "180"),
    ],
)
def test_a_value_is_changed_within_life(key: str, text: str, value: str) -> None:
    least, most = {"pressure": (103, 260), "age": (1, 105), "pulse": (30, 220)}.get(key, (105, 180))
    if "%" in text:
        least, most = 0, 100
    asked = Aspect(key, "value", Line(key, text), (), (), value=value)
    found = _altered(asked, text, 6, np.random.default_rng(1))
    assert found
    for other in found:
        number = float(re.search(r"\d+(?:\.\d+)?", other)[0])  # type: ignore[index]
        assert least <= number <= most


def test_twins_have_the_person_and_the_question_in_common_and_differ_in_what_is_said() -> None:
    made = drafts(Triage, 160)
    for lang in ("zh", "en"):
        mine = [draft for draft in made if draft.row.lang == lang]
        for danger, benign in zip(mine[::2], mine[1::2], strict=True):
            assert (danger.evidence.labels["kind"], benign.evidence.labels["kind"]) == ("danger", "benign")
            assert danger.evidence.labels["about"] == benign.evidence.labels["about"]
            texts = [draft.row.prompt[0].content for draft in (danger, benign)]
            assert texts[0] != texts[1]
            marks = "。" if lang == "zh" else ". "
            assert texts[0].split(marks)[-1] == texts[1].split(marks)[-1]
            assert ("120" if lang == "zh" else "all ") in answer(danger)
            assert "120" not in answer(benign)


def of_triage(look_alikes: float, count: int) -> list[Evidence]:
    """Evidence of pairs in Chinese."""
    generator = ShortPairs(kinds={"triage": 1}, look_alikes=look_alikes)
    source = Source(open_knowledge(), stage="preference", seed="s", langs=("zh",))
    return [draft.evidence for draft in islice(generator.rows(source, np.random.default_rng(1)), count)]


def test_of_three_pairs_of_triage_two_can_say_that_waiting_is_right() -> None:
    made = of_triage(2, 90)
    for danger, first, second in zip(made[::3], made[1::3], made[2::3], strict=True):
        assert "120" in danger.labels["gold"]
        assert all("120" not in one.labels["gold"] for one in (first, second))
        assert danger.labels["about"] == first.labels["about"] == second.labels["about"]
        assert first.sentences[0].text != second.sentences[0].text


@pytest.mark.parametrize(("look_alikes", "dangerous"), [(0, 60), (0.5, 40), (1, 30), (1.5, 24), (3, 15)])
def test_look_alikes_have_the_proportion_that_is_asked_for(look_alikes: float, dangerous: int) -> None:
    assert sum("120" in one.labels["gold"] for one in of_triage(look_alikes, 60)) == dangerous


def test_more_look_alikes_than_a_topic_has_are_refused() -> None:
    assert all(len(topic.benign) >= MOST_ALIKE for topic in topics_of(Concepts()))
    for generator in (Triage, ShortPairs):
        with pytest.raises(ValidationError, match="less than or equal to 4"):
            generator(look_alikes=4.5)


def test_pairs_are_of_all_kinds_and_the_worse_answer_is_one_of_the_wrong_ones() -> None:
    made = drafts(ShortPairs)
    assert {draft.evidence.labels["kind"] for draft in made} == {"terms", "record_questions", "triage"}
    for draft in made:
        assert isinstance(draft.row, PreferenceRow)
        assert draft.row.rejected.content in draft.evidence.labels["wrong"]
    assert f"record_questions {RecordQuestions.version}" in ShortPairs().full_version()


def test_facts_are_never_trained_on() -> None:
    def kinds(part: str) -> Counter[str]:
        source = Source(open_knowledge(), seed="s", concepts=Concepts.model_validate({"part": part, "share": 0.2}))
        made = islice(General().rows(source, np.random.default_rng(1)), 150)
        return Counter(draft.evidence.labels["kind"] for draft in made)

    assert kinds("train")["fact"] == 0
    assert kinds("held_out")["fact"] > 20


def test_sums_and_orders_are_right() -> None:
    for draft in drafts(General, 400):
        row, kind = draft.row, draft.evidence.labels["kind"]
        assert isinstance(row, SftRow)
        numbers = list(map(int, re.findall(r"\d+", row.prompt[0].content)))
        if kind == "sum":
            sign = -1 if " - " in row.prompt[0].content else 1
            assert int(row.completion.content) == numbers[0] + sign * numbers[1]
        if kind == "order":
            shown = list(map(int, re.findall(r"\d+", row.completion.content)))
            assert shown in (sorted(numbers), sorted(numbers, reverse=True))


def test_messages_are_told_in_both_languages_and_each_answer_says_what_it_should() -> None:
    topics = topics_of(Concepts())
    known = {topic.id: topic for topic in topics}
    assert len(known) == len(topics) > 250
    for at in (0, 1):  # a suspect that two topics share would let one teach the other's answer
        assert len({topic.suspect[at] for topic in topics}) == len(topics)
    for topic in topics:
        assert len(topic.danger) == len(topic.benign) == 4, topic.id
        assert set(topic.who) <= GROUPS, topic.id
        assert not topic.like or not known[topic.like].like, topic.id
        texts = [*topic.danger, *topic.benign, topic.suspect, topic.advice, *([topic.also] if any(topic.also) else [])]
        for zh, en in texts:
            assert re.search(r"[\u4e00-\u9fff]", zh), topic.id
            assert not re.search(r"[\u4e00-\u9fff]", en), topic.id
            assert set(re.findall(r"\{(\w+)\}", en)) <= ADDRESS, topic.id


def test_dangerous_messages_are_answered_with_a_call_and_harmless_ones_without() -> None:
    """Read by the rules that judge a model's replies."""
    sides = Counter()
    for draft in drafts(Triage, 1500):
        row, side = draft.row, draft.evidence.labels["kind"]
        assert isinstance(row, SftRow)
        assert escalates(row.completion.content, row.lang) == (side == "danger"), row.completion.content
        sides[side, row.lang] += 1
    assert min(sides.values()) > 200


def test_pairs_of_triage_are_about_the_decision_alone() -> None:
    lengths: dict[tuple[str, str], list[int]] = {}
    for draft in drafts(ShortPairs, 400):
        row, labels = draft.row, draft.evidence.labels
        if labels["kind"] != "triage":
            continue
        assert isinstance(row, PreferenceRow)
        assert escalates(row.chosen.content, row.lang) != escalates(row.rejected.content, row.lang)
        for text in (row.chosen.content, row.rejected.content):
            side = "danger" if escalates(text, row.lang) else "benign"
            lengths.setdefault((row.lang, side), []).append(len(text))
    for lang in ("zh", "en"):
        means = [float(np.mean(lengths[lang, side])) for side in ("danger", "benign")]
        assert max(means) < 1.15 * min(means)


def test_topics_of_the_same_emergency_are_held_out_together() -> None:
    train, held = (topics_of(Concepts(part=part, share=0.2)) for part in ("train", "held_out"))
    assert {topic.concept for topic in train}.isdisjoint(topic.concept for topic in held)
    assert len(held) > 30


def test_facts_stand_in_both_languages() -> None:
    from importlib.resources import files

    facts = yaml.safe_load(files("medgo.synthesis.generators.short").joinpath("facts.yaml").read_text("utf-8"))
    assert len(facts["zh"]) == len(facts["en"])
    assert all(len(set(line)) == 5 for lines in facts.values() for line in lines)
