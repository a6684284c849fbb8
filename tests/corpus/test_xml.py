"""XML as a stream: what is well-formed comes out whole, what is not says where, and nothing dangerous is followed."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.corpus import xml
from medgo.corpus.opening import open_source
from medgo.corpus.xml import elements, entity_text, local_name, root_of
from medgo.errors import InputError

pytest.importorskip("lxml")


def read(data: bytes, *tags: str) -> list[tuple[str, str]]:
    return [(local_name(one), "".join(one.itertext())) for one in elements(io.BytesIO(data), "file.xml", tags)]


def until_error(data: bytes, *tags: str) -> tuple[list[str], str]:
    texts = []
    try:
        for one in elements(io.BytesIO(data), "file.xml", tags):
            texts.append("".join(one.itertext()))
    except InputError as error:
        return texts, str(error)
    return texts, ""


def test_elements_come_in_order_with_what_stands_beside_them() -> None:
    data = b"<s><before>x</before><a>1</a><other>2</other><!-- no --><?pi no?><a>3</a><after>4</after></s>"
    assert read(data, "a") == [("before", "x"), ("a", "1"), ("other", "2"), ("a", "3"), ("after", "4")]


def test_of_elements_within_each_other_the_outermost_comes() -> None:
    assert read(b"<s><a>1<a>2</a></a><b><a>3</a></b></s>", "a") == [("a", "12"), ("a", "3")]
    assert read(b"<a>1<a>2</a></a>", "a") == [("a", "12")]


def test_where_there_is_none_the_root_comes() -> None:
    assert read(b"<s><b>1</b></s>", "a") == [("s", "1")]


def test_a_namespace_does_not_hide_an_element() -> None:
    assert read(b"<s xmlns:n='urn:n'><n:a>1</n:a></s>", "a") == [("a", "1")]


def test_only_one_element_is_in_memory() -> None:
    data = b"<s>" + b"".join(b"<a>%d</a>" % number for number in range(5000)) + b"</s>"
    siblings = [len(one.getparent()) for one in elements(io.BytesIO(data), "f", ("a",)) if one.getprevious() is None]
    assert len(siblings) == 5000  # each is the first one left of its parent


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    text = "é" if encoding == "iso-8859-1" else "é中文"
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    data = f'<?xml version="1.0" encoding="{declared}"?>\n<s><a>{text}</a></s>'.encode(encoding)
    assert read(data, "a") == [("a", text)]
    assert root_of(data) == "s"


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="utf-16"?><s><a>中</a></s>'.encode(),
        '<?xml version="1.0" encoding="utf-8"?>\n<s><a>中</a></s>'.encode("gb18030"),
        b'<?xml version="1.0" encoding="klingon"?><s><a>1</a></s>',
        b"<s><a>\x00</a></s>",
        b"",
        b"no XML",
        b"<s><a>1</b></s>",
        b"<s/>more",
    ],
)
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"file\.xml cannot be read from line \d"):
        read(data, "a")


def test_bytes_that_are_not_what_is_declared_cost_what_follows_them() -> None:
    data = b'<?xml version="1.0" encoding="utf-8"?>\n<s><a>one</a>\n<a>caf\xe9 noir</a></s>'
    texts, error = until_error(data, "a")
    assert texts == ["one"]
    assert "line 3" in error


def test_billions_of_laughs_are_not_heard() -> None:
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))
    head = f'<!DOCTYPE s [<!ENTITY l0 "lol">{laughs}]>'
    for body in ("<s><a>&l9;</a></s>", '<s><a b="&l9;">x</a></s>'):
        with pytest.raises(InputError, match="amplification"):
            read((head + body).encode(), "a")


def test_an_entity_is_not_expanded_and_no_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret", "utf-8")
    data = (
        f'<!DOCTYPE s [<!ENTITY own "expanded"><!ENTITY file SYSTEM "{secret.as_uri()}">'
        f'<!ENTITY % far SYSTEM "{secret.as_uri()}"> %far;]><s><a>x&own;y&file;z&alpha;</a></s>'
    )
    found = next(elements(io.BytesIO(data.encode()), "f", ("a",)))
    assert [entity_text(node) for node in found] == ["&own;", "&file;", "α"]


@pytest.mark.parametrize(
    "data",
    [
        b"<s>" + b"<b>" * 400 + b"</b>" * 400 + b"</s>",
        b"<s><a b='" + b"x" * 10_500_000 + b"'/></s>",
        b"<s><a>" + b"x" * 10_500_000 + b"</a></s>",
    ],
    ids=["deep", "attribute", "text"],
)
def test_what_is_made_to_fill_the_memory_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"(?i)depth|limit"):
        read(data, "a")


def test_an_element_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_ELEMENT_BYTES", 2**18)
    small = b"<a>" + b"<b>x</b>" * 2000 + b"</a>"
    assert len(read(b"<s>" + small * 100 + b"</s>", "a")) == 100
    with pytest.raises(InputError, match="one element is larger"):
        read(b"<s>" + b"<c>x</c>" * 100_000 + b"</s>", "a")


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=40))
def test_cut_anywhere_what_was_whole_before_stands(cut: int, count: int) -> None:
    whole = b"<s>\n" + b"".join(b"<a>number %d</a>\n" % number for number in range(count)) + b"</s>"
    data = whole[: cut % len(whole)]
    texts, error = until_error(data, "a")
    assert texts == [f"number {number}" for number in range(data.count(b"</a>"))]
    assert error.startswith("file.xml cannot be read from line")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    until_error(b"<s><a>1</a>" + data, "a")
    root_of(data)


def test_a_truncated_gzip_gives_what_it_has(tmp_path: Path) -> None:
    whole = b"<s>\n" + b"".join(b"<a>%d</a>\n" % (number * 7919 % 10007) for number in range(20_000)) + b"</s>"
    path = tmp_path / "cut.xml.gz"
    packed = gzip.compress(whole)
    path.write_bytes(packed[: len(packed) // 2])
    count = 0
    with open_source(path) as stream, pytest.raises(InputError, match=r"cut\.xml\.gz .* \(in line \d+ of the XML\)"):
        for _ in elements(stream, path.name, ("a",)):
            count += 1
    assert 2_000 < count < 20_000


@pytest.mark.parametrize(
    ("head", "root"),
    [
        (b"<a/>", "a"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <b> -->\n<!DOCTYPE c [<!ENTITY d 'x'>]>\n<n:e>", "e"),
        ("<?xml version='1.0'?><w>".encode("utf-16-le"), "w"),
        (b" " * 60_000 + b"x", ""),
        (b"<!-- " * 10_000, ""),
        (b"PK\x03\x04", ""),
    ],
)
def test_the_root_is_seen_from_the_beginning(head: bytes, root: str) -> None:
    assert root_of(head) == root
