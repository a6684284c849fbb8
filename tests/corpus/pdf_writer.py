"""Small PDF files with known text at known places, written by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

A4 = (595, 842)


@dataclass(frozen=True)
class Word:
    """Text at a place.

    Args:
        x: Points from the left.
        y: Points from the bottom, of the baseline.
        text: What stands there; Chinese in font ``zh``.
        size: Points.
        font: ``en``, ``bold``, ``zh``, or ``cmap`` (shown as written, said to be other characters).
        rise: Points above the baseline.
        angle: 90 for text that runs upwards.
    """

    x: float
    y: float
    text: str
    size: float = 10
    font: str = "en"
    rise: float = 0
    angle: int = 0


def width_of(text: str, size: float = 10) -> float:
    """About the width of Helvetica text, in points."""
    narrow, wide = "iljtfr.,;:'| I()-", "mwMW"
    return sum((0.28 if c in narrow else 0.85 if c in wide else 0.556) * size for c in text)


def lines_at(
    x: float, y: float, lines: Sequence[str], size: float = 10, font: str = "en", leading: float = 1.2
) -> list[Word]:
    """Lines below each other."""
    return [Word(x, y - place * size * leading, line, size, font) for place, line in enumerate(lines)]


def pdf(
    pages: Sequence[Sequence[Word]],
    *,
    images: bool = False,
    info: Mapping[str, str] | None = None,
    cmap: Mapping[str, str] | None = None,
    rotate: int = 0,
    password: str | None = None,
    copying: bool = True,
    scale: float = 1,
) -> bytes:
    """The file.

    Args:
        pages: Words of each page.
        images: Put a grey box on every page, as a scan would.
        info: Title and the like.
        cmap: What characters of font ``cmap`` are said to be.
        rotate: Of every page.
        password: Encrypt (RC4, 40 bit) with it.
        copying: Whether its permissions allow that, where it is encrypted.
        scale: Draw everything this many times smaller, and scale the page up again.
    """
    encoded = _to_unicode(cmap or {})
    fonts = "<< /en 3 0 R /bold 4 0 R /zh 5 0 R /cmap 8 0 R >>"
    objects: dict[int, bytes] = {
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        5: b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light"
        b" /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        6: b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
        7: b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0"
        b" /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
        8: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 9 0 R >>",
        9: _stream(encoded),
    }
    kids = []
    for place, words in enumerate(pages):
        page, content = 10 + 2 * place, 11 + 2 * place
        kids.append(f"{page} 0 R")
        objects[page] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {A4[0]} {A4[1]}] /Rotate {rotate} "
            f"/Resources << /Font {fonts} >> /Contents {content} 0 R >>"
        ).encode()
        box = b"0.9 g 50 50 400 600 re f 0 g\n" if images else b""
        objects[content] = _stream(
            box + f"{scale} 0 0 {scale} 0 0 cm\n".encode() + b"\n".join(_show(word, scale) for word in words)
        )
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[2] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    last = max(objects) + 1
    trailer = ""
    if info:
        values = " ".join(f"/{name} <FEFF{value.encode('utf-16-be').hex()}>" for name, value in info.items())
        objects[last] = f"<< {values} >>".encode()
        trailer = f"/Info {last} 0 R"
    if password is not None:
        trailer += _encrypt(objects, password, -4 if copying else -20)
    return _file(objects, trailer)


def _show(word: Word, scale: float) -> bytes:
    text = word.text.encode("utf-16-be").hex() if word.font == "zh" else word.text.encode("cp1252").hex()
    matrix = "0 1 -1 0" if word.angle == 90 else "1 0 0 1"
    x, y, size, rise = (value / scale for value in (word.x, word.y, word.size, word.rise))
    return f"BT /{word.font} {size} Tf {rise} Ts {matrix} {x} {y} Tm <{text}> Tj ET".encode()


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n" % len(data) + data + b"\nendstream"


def _to_unicode(cmap: Mapping[str, str]) -> bytes:
    pairs = "\n".join(f"<{ord(a):02x}> <{b.encode('utf-16-be').hex()}>" for a, b in cmap.items())
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(cmap)} beginbfchar\n{pairs}\nendbfchar endcmap end end"
    ).encode()


def _file(objects: Mapping[int, bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (max(objects) + 1)
    for number in range(1, max(objects) + 1):
        out += b"%010d 00000 n \n" % places.get(number, 0)
    out += f"trailer << /Size {max(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def _encrypt(objects: dict[int, bytes], password: str, permissions: int) -> str:
    """Standard handler, revision 2 (PDF 1.4, algorithms 3.1 to 3.4); streams only, which is what holds text here."""
    user = (password.encode() + _PAD)[:32]
    owner = _rc4(hashlib.md5(user, usedforsecurity=False).digest()[:5], user)
    identity = b"0123456789abcdef"
    key = hashlib.md5(
        user + owner + (permissions & 0xFFFFFFFF).to_bytes(4, "little") + identity, usedforsecurity=False
    ).digest()[:5]
    for number, data in list(objects.items()):
        if b"\nstream\n" in data:
            head, _, rest = data.partition(b"\nstream\n")
            salt = number.to_bytes(3, "little") + b"\0\0"
            one = hashlib.md5(key + salt, usedforsecurity=False).digest()[:10]
            objects[number] = head + b"\nstream\n" + _rc4(one, rest[: -len(b"\nendstream")]) + b"\nendstream"
    number = max(objects) + 1
    objects[number] = (
        f"<< /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{_rc4(key, _PAD).hex()}> /P {permissions} >>"
    ).encode()
    return f" /Encrypt {number} 0 R /ID [<{identity.hex()}> <{identity.hex()}>]"


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
