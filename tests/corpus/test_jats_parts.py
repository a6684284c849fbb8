"""Parts of reading JATS: references in a line, licences, packages."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from medgo.corpus.jats import JatsReader
from medgo.corpus.jats.citations import marked, only_citations, without_citations
from medgo.corpus.jats.licences import licence_of_article
from medgo.corpus.ledger import Ledger
from medgo.corpus.protocol import Source
from medgo.corpus.xml import etree
from medgo.errors import InputError
from medgo.schema import Document

pytest.importorskip("lxml")

LINES = [
    ("shown [{1}].", "shown."),
    ("shown [{1},{2}–{5}], and", "shown, and"),
    ("shown {[1]}, {[2]}, {[3]} and {[4]} so", "shown so"),
    ("shown [{1}]–[{3}].", "shown."),
    ("shown {[1}–{3]}.", "shown."),
    ("shown ({Rester 2001}; {Bed 2003}), and", "shown, and"),
    ("shown (see {Rester 2001}).", "shown."),
    ("shown (e.g., {12}, {13} and references therein).", "shown."),
    ("{Rester et al. (2001)} showed", "Rester et al. (2001) showed"),
    ("Rester et al. [{12}] showed", "Rester et al. showed"),
    ("Rester ({2001}) showed", "Rester showed"),
    ("(p < 0.05; {12})", "(p < 0.05)"),
    ("({12}, Table 2)", "(Table 2)"),
    ("as in ref. {12} and", "as in ref. 12 and"),
    ("word{1,2}. Next", "word. Next"),
    ("研究［{1}］表明", "研究表明"),
    ("(CI 0.1) [{1}] (n = 2)", "(CI 0.1) (n = 2)"),
    ("no reference [1]", "no reference [1]"),
]


@pytest.mark.parametrize(("line", "plain"), LINES)
def test_references_leave_no_trace(line: str, plain: str) -> None:
    text = line
    for part in line.split("{")[1:]:
        inner = part.partition("}")[0]
        text = text.replace("{" + inner + "}", marked(inner), 1)
    assert without_citations(text) == plain


def test_only_references() -> None:
    assert only_citations(f"[{marked('1')}, {marked('2')}]")
    assert not only_citations(f"a,{marked('1')}")
    assert not only_citations("1,2")


def permissions(inner: str, **attributes: str) -> str:
    named = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<permissions><license{named}><license-p>{inner}</license-p></license></permissions>"


def url(kind: str, version: str = "4.0") -> str:
    return f'<ext-link xlink:href="http://creativecommons.org/licenses/{kind}/{version}/">here</ext-link>'


LICENCES = [
    (permissions(url("by")), "CC-BY-4.0"),
    (permissions(url("by-sa", "3.0")), "CC-BY-SA-3.0"),
    (permissions(url("by-nc")), "CC-BY-NC-4.0"),
    (permissions(url("by-nd")), "CC-BY-ND-4.0"),
    (permissions(url("by-nc-nd")), "CC-BY-NC-ND-4.0"),
    (permissions("http://creativecommons.org/licenses/by/3.0/igo/legalcode"), "CC-BY-3.0-IGO"),
    (permissions("Creative Commons Attribution 4.0 International License"), "CC-BY-4.0"),
    (permissions("Creative Commons Attribution License, which permits unrestricted use"), "LicenseRef-CC-BY"),
    (permissions("Creative Commons Attribution Non-Commercial License"), "LicenseRef-CC-BY-NC"),
    (permissions(url("by") + " for non-commercial use only"), "LicenseRef-CC-BY-NC"),
    (permissions("https://creativecommons.org/publicdomain/zero/1.0/"), "CC0-1.0"),
    (
        permissions(url("by") + " CC0 http://creativecommons.org/publicdomain/zero/1.0/ applies to the data"),
        "CC-BY-4.0",
    ),
    (permissions(url("by")) + permissions(url("by-nc-nd")), "CC-BY-NC-ND-4.0"),
    (permissions(url("by")) + permissions("All rights reserved."), "LicenseRef-publisher"),
    (permissions("This is a U.S. Government work."), "LicenseRef-US-Government-Public-Domain"),
    (permissions("This article is in the public domain."), "LicenseRef-public-domain"),
    (permissions("Elsevier makes this free for as long as its centre is active."), "LicenseRef-publisher"),
    (permissions("", license_type="cc-by-4.0"), "CC-BY-4.0"),
    ("<permissions><copyright-statement>© All rights reserved</copyright-statement></permissions>", "unknown"),
    ("", "unknown"),
    (
        '<permissions><ali:free_to_read xmlns:ali="urn:a"/><license><ali:license_ref xmlns:ali="urn:a">'
        "https://creativecommons.org/licenses/by-nc/4.0/</ali:license_ref></license></permissions>",
        "CC-BY-NC-4.0",
    ),
]


@pytest.mark.parametrize(("inner", "licence"), LICENCES)
def test_licences(inner: str, licence: str) -> None:
    meta = etree().fromstring(f'<article-meta xmlns:xlink="http://www.w3.org/1999/xlink">{inner}</article-meta>')
    assert licence_of_article(meta) == licence


def test_the_users_licence_holds_only_where_none_is_stated() -> None:
    silent = etree().fromstring("<article-meta/>")
    stated = etree().fromstring(f"<article-meta>{permissions('All rights reserved.')}</article-meta>")
    assert licence_of_article(silent, "CC0-1.0") == "CC0-1.0"
    assert licence_of_article(stated, "CC0-1.0") == "LicenseRef-publisher"


def xml(number: int) -> bytes:
    front = f'<front><article-meta><article-id pub-id-type="pmc">{number}</article-id></article-meta></front>'
    filler = "".join(f"{number * at * 7919 % 100_003} " for at in range(400))
    return f'<article xml:lang="en">{front}<body><p>Text {number}. {filler}</p></body></article>'.encode()


def members(count: int) -> dict[str, bytes]:
    return {f"PMC{number}/a{number}.nxml": xml(number) for number in range(1, count + 1)}


def tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def read(tmp_path: Path, name: str, data: bytes) -> tuple[list[str], dict[str, int], str]:
    path, ledger, ids, error = tmp_path / name, Ledger(), [], ""
    path.write_bytes(data)
    try:
        for item in JatsReader().read(Source(path), ledger):
            assert isinstance(item, Document)
            ids.append(item.ref.id)
    except InputError as failure:
        error = str(failure)
    return ids, dict(ledger.omitted), error


@pytest.mark.parametrize(
    ("name", "pack"), [("p.tar", tar), ("p.tar.gz", lambda files: gzip.compress(tar(files))), ("p.zip", zipped)]
)
def test_packages_are_read_and_a_bad_member_costs_only_itself(tmp_path: Path, name: str, pack: object) -> None:
    files = {
        **members(2),
        "PMC3/broken.nxml": b"<article><body>",
        "PMC3/fig.jpg": b"\xff\xd8",
        "x.xml": b"<other/>",
    }
    assert callable(pack)
    ids, omitted, error = read(tmp_path, name, pack({**files, "PMC9/a9.xml": xml(9)}))
    assert ids == ["PMC1", "PMC2", "PMC9"]
    assert omitted == {"malformed XML": 1, "no XML": 1, "no article": 1}
    assert error == ""


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_a_truncated_tar_says_so(tmp_path: Path, packed: bool, share: float) -> None:
    data = tar(members(30))
    data = gzip.compress(data) if packed else data
    ids, _, error = read(tmp_path, "p.tar" + ".gz" * packed, data[: int(len(data) * share)])
    assert ids == [f"PMC{number}" for number in range(1, len(ids) + 1)]
    assert 5 < len(ids) < 30
    assert error.startswith("p.tar")


def test_a_tar_cut_between_members_says_so(tmp_path: Path) -> None:
    data = tar(members(3)).rstrip(b"\0")
    ids, _, error = read(tmp_path, "p.tar", data + b"\0" * (-len(data) % 512))
    assert ids == ["PMC1", "PMC2", "PMC3"]
    assert "mark of its end" in error


def test_zip_bombs_and_broken_zips(tmp_path: Path) -> None:
    bomb = {"a.nxml": b"<article><body><p>" + b"x" * 9_000_000 + b"</p></body></article>", **members(1)}
    assert read(tmp_path, "b.zip", zipped(bomb)) == (["PMC1"], {"grows too large": 1}, "")
    assert "no zip file" in read(tmp_path, "c.zip", zipped(members(3))[:-40])[2]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_member_of_a_zip_costs_only_itself(tmp_path: Path, method: int) -> None:
    """Each way of packing has an error of its own for bytes that cannot be."""
    out = io.BytesIO()
    words = " ".join(str(7919 * n % 10007) for n in range(4000)).encode()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a.nxml", b"<article>" + words + b"</article>")
        archive.writestr("PMC2/a2.xml", xml(2))
    data = bytearray(out.getvalue())
    data[60:300] = b"\xff" * 240
    assert read(tmp_path, "p.zip", bytes(data)) == (["PMC2"], {"damaged": 1}, "")


def test_the_short_suffix_is_asked_to_be_long(tmp_path: Path) -> None:
    assert "rename it to .tar.gz" in read(tmp_path, "p.tgz", gzip.compress(tar(members(1))))[2]


def test_a_set_of_articles_in_one_file(tmp_path: Path) -> None:
    data = b"<pmc-articleset>" + xml(1) + b"<Reply Id='2' error='not open'/>" + xml(3) + b"</pmc-articleset>"
    assert read(tmp_path, "set.xml", data) == (["PMC1", "PMC3"], {"no article": 1}, "")
    ids, _, error = read(tmp_path, "cut.xml", data[:-40])
    assert ids == ["PMC1"]
    assert error


@pytest.mark.parametrize(
    ("name", "data", "known"),
    [
        ("p.tar", tar(members(1)), True),
        ("p.zip", zipped(members(1)), True),
        ("p.tgz", b"\x1f\x8b", True),
        ("book.zip", zipped({"mimetype": b"application/epub+zip"}), False),
        ("other.tar", tar({"a.txt": b"text"}), False),
    ],
)
def test_packages_are_known_by_what_is_in_them(name: str, data: bytes, known: bool) -> None:
    assert JatsReader().recognises(name, data[: 2**16]) is known
