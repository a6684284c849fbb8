from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.classes import CLASSES
from medgo.deid.keys import Key
from medgo.deid.policy import Policy
from medgo.deid.protocol import Finding
from medgo.deid.replacing import SeenIdentifiers, SurrogateReplacer, TagReplacer
from medgo.deid.replacing.tags import tag
from tests.deid.replacing.marked import KEY, POLICY, new, news, read, replaced, surrogates

NOTE = (
    "患者{name:郗若彤}，女，{date:2024-03-05}由{hospital:衢州市第二人民医院}转入，电话{phone:13790017788}，"
    "住{address:浙江省衢州市柯城区学院路9号}，主治医师{name_clinician:蒯沛}，MRN {medical_record_number:A0034455}。"
)
VALUES = st.sampled_from(
    ["郗若彤", "Xanthe Urquhart", "13790017788", "2024-03-05", "学院路9号", "A0034455", "x", "３月５日", " 蒯沛 "]
)
# What the policy keeps is no piece.
ACTED = [one for one in CLASSES if one not in POLICY.kept]
PARTS = st.lists(st.tuples(st.text(max_size=6), st.sampled_from(ACTED), VALUES), max_size=8)


def built(parts: list[tuple[str, str, str]]) -> tuple[str, list[Finding]]:
    text, findings = "", []
    for before, label, value in parts:
        text += before
        findings.append(Finding(len(text), len(text) + len(value), label, 0.9, "test"))
        text += value
    return text + "。", findings


@given(PARTS, st.booleans())
def test_positions_lead_both_ways(parts: list[tuple[str, str, str]], tags: bool) -> None:
    text, findings = built(parts)
    replacer = TagReplacer(POLICY) if tags else surrogates()
    result = replacer.replace(text, findings, patient="p", lang="zh")
    assert [(one.start, one.end, one.label) for one in result.pieces] == [
        (one.start, one.end, one.label) for one in findings
    ]
    inside = {at for one in findings for at in range(one.start, one.end)}
    for at in set(range(len(text))) - inside:
        assert result.text[result.to_new(at)] == text[at]
        assert result.to_original(result.to_new(at)) == at
    for piece in result.pieces:
        assert result.to_new(piece.start) == piece.new_start
        assert result.to_original(piece.new_start) == piece.start
    kept = sum(one.end - one.start for one in findings)
    assert len(result.text) == len(text) - kept + sum(one.new_end - one.new_start for one in result.pieces)


def test_the_same_in_every_process_and_order() -> None:
    sentences = [f"{one}。" for one in NOTE.split("，")]
    at_once = replaced("".join(sentences)).text
    for seed in range(3):
        shuffled = sentences[:]
        random.Random(seed).shuffle(shuffled)
        replacer = SurrogateReplacer(KEY, POLICY)
        alone = {one: replaced(one, by=replacer).text for one in shuffled}
        assert "".join(alone[one] for one in sentences) == at_once


def test_another_key_draws_others() -> None:
    other = SurrogateReplacer(Key(bytes(32)), POLICY)
    assert not set(news(NOTE)) & set(news(NOTE, by=other))


def test_another_patient_gets_others() -> None:
    shared = set(news(NOTE, patient="a")) & set(news(NOTE, patient="b"))
    # One number of a hospital is one number, whoever's record it stands in.
    assert shared == {new("medical_record_number", "A0034455")}


def test_no_original_survives() -> None:
    text, findings = read(NOTE)
    after = replaced(NOTE).text
    assert not [one.label for one in findings if text[one.start : one.end] in after]


def test_the_policy_decides() -> None:
    rules = POLICY.model_dump()
    rules["classes"]["name"]["action"] = "tag"
    rules["classes"]["phone"]["action"] = "keep"
    rules["classes"]["date"]["action"] = "generalise"
    rules["classes"]["address"]["action"] = "generalise"
    replacer = SurrogateReplacer(KEY, Policy.model_validate(rules))
    result = replaced(NOTE, by=replacer)
    values = {piece.label: result.text[piece.new_start : piece.new_end] for piece in result.pieces}
    assert values["name"] == "[姓名]"
    assert "phone" not in values
    assert "13790017788" in result.text
    assert values["date"] in ("2023", "2024")
    assert values["address"] == "浙江省"


def test_pictures_are_tagged() -> None:
    assert news("{photo:face_0017.jpg} {biometric:指纹0017}") == ["[照片]", "[生物特征]"]


def test_spaces_around_a_value_stay() -> None:
    assert replaced("姓名{name: 郗若彤\t}性别").text == f"姓名 {new('name', '郗若彤')}\t性别"


def test_a_value_of_the_corpus_is_never_drawn() -> None:
    first = new("phone", "13790017788")
    seen = SeenIdentifiers(KEY, [first])
    assert news("{phone:13790017788}", by=surrogates(avoid=seen)) != [first]


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_seen_identifiers_know_any_spelling(value: str, other: str) -> None:
    seen = SeenIdentifiers(KEY, ["Ruo-Tong  XI", value])
    assert seen("ruotong xi")
    assert seen("ＲＵＯＴＯＮＧ ＸＩ")
    assert seen(value) or not any(letter.isalnum() for letter in value)
    assert not SeenIdentifiers(KEY)(other)


def test_tags_speak_the_language_of_the_note() -> None:
    by = TagReplacer(POLICY)
    assert replaced("{name:郗若彤}，{phone:13790017788}", by=by).text == "[姓名]，[电话]"
    assert (
        replaced("{name:Xanthe}, {medical_record_number:1}", lang="en", by=by).text == "[NAME], [MEDICAL_RECORD_NUMBER]"
    )
    assert len({tag(label, "zh") for label in CLASSES}) == len(CLASSES)


def test_numbered_tags_count_people() -> None:
    people = "{name:张若伟}，{name:Zhang Ruowei}，{name:老张}，{name:郦沛}，"
    marked = people + "{phone:13790017788}，{phone:137 9001 7788}，{phone:1}"
    assert news(marked, by=TagReplacer(POLICY, numbered=True)) == [
        "[姓名-1]", "[姓名-1]", "[姓名-1]", "[姓名-2]", "[电话-1]", "[电话-1]", "[电话-2]",
    ]  # fmt: skip


def test_a_long_note_takes_linear_time() -> None:
    import time

    def seconds(times: int) -> float:
        text, findings = read(NOTE * times)
        start = time.process_time()
        surrogates().replace(text, findings, patient="p", lang="zh")
        return time.process_time() - start

    seconds(5)
    short, long = min(seconds(40) for _ in range(3)), seconds(400)
    assert long < 30 * short
