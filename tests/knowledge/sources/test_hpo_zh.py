"""The Chinese labels of HPO: found, read, and refused where they are not whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources import hpo_zh
from medgo.knowledge.sources.hpo_zh import HpoChinese, recognises
from medgo.knowledge.sources.reader import Label
from medgo.schema import Name
from tests.support.small_vocabulary import babelon


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "labels.tsv"
    path.write_text(babelon(), encoding="utf-8")
    return path


def test_labels(file: Path) -> None:
    labels = list(HpoChinese(file, fewest=3).read())
    assert labels[0] == Label("HP:9000001", Name("蓝耳0", "zh", "preferred", "hpo_zh"))
    assert len(labels) == 3


def test_what_is_not_official_is_left_out(file: Path) -> None:
    file.write_text(babelon(3).replace("蓝耳1\tOFFICIAL", "蓝耳1\tCANDIDATE"), encoding="utf-8")
    assert len(list(HpoChinese(file, fewest=1).read())) == 2


def test_a_file_that_broke_off_is_refused(file: Path) -> None:
    with pytest.raises(KnowledgeSourceError, match=r"labels\.tsv:4: .*3 labels"):
        list(HpoChinese(file).read())
    file.write_text(babelon()[:-20], encoding="utf-8")
    with pytest.raises(KnowledgeSourceError, match=r"labels\.tsv:4"):
        list(HpoChinese(file, fewest=1).read())
    file.write_text(babelon()[:-1], encoding="utf-8")
    with pytest.raises(KnowledgeSourceError, match="broke off"):
        list(HpoChinese(file, fewest=1).read())


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("subject_id", "id", 1),
        ("HP:9000002", "9000002", 3),
        ("en\tzh\tHP:9000003", "en\tfr\tHP:9000003", 4),
        ("蓝耳1\tOFFICIAL", "蓝耳1", 3),
    ],
)
def test_damage_is_named_with_its_line(file: Path, old: str, new: str, line: int) -> None:
    file.write_text(babelon().replace(old, new), encoding="utf-8")
    with pytest.raises(KnowledgeSourceError, match=rf"labels\.tsv:{line}:") as error:
        list(HpoChinese(file, fewest=1).read())
    assert "hpo-translations" in error.value.hint


def test_recognised_by_content(file: Path, tmp_path: Path) -> None:
    assert recognises(file)
    for content in (
        b"",
        b"\xff\xfe\x00",
        b"a\tb\n1\t2\n",
        babelon(0).encode(),
        babelon().replace("\tzh\t", "\tfr\t").encode(),
    ):
        other = tmp_path / "other"
        other.write_bytes(content)
        assert not recognises(other)
    assert not recognises(tmp_path)
    assert not recognises(tmp_path / "absent")


def test_found_under_a_relative_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data" / "knowledge" / "hpo-zh"
    folder.mkdir(parents=True)
    (folder / hpo_zh.FILE).write_text(babelon(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDGO_DATA", "data")
    assert hpo_zh.reader().files() == (folder / hpo_zh.FILE,)
    monkeypatch.setenv("MEDGO_DATA", "elsewhere")
    assert hpo_zh.reader().files() == ()


@pytest.mark.data
def test_the_real_file() -> None:
    root = Path(__file__).parents[3]
    path = (root / os.environ.get("MEDGO_DATA", "../shared/data") / "knowledge" / "hpo-zh" / hpo_zh.FILE).resolve()
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    labels = {label.concept: label.name.text for label in HpoChinese(path).read() if isinstance(label, Label)}
    assert len(labels) > 18_000
    assert labels["HP:0001945"] == "发热"
    assert recognises(path)
