"""Narratives out of stretches: nothing is lost, nothing that was replaced comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.formats.joined import Joined
from medgo.deid.replacing.protocol import Piece, Replaced

stretches = st.lists(st.text("ab", max_size=5), min_size=1, max_size=6)


@given(stretches, st.data())
def test_stretches_come_back_without_the_replaced(texts: list[str], data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(["", "\n"]), min_size=len(texts) - 1, max_size=len(texts) - 1))
    joined = Joined.of(texts, gaps)
    assert [joined.text[start:end] for start, end in joined.bounds] == texts
    cuts = sorted(data.draw(st.sets(st.integers(0, len(joined.text)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    new, at, pieces = "", 0, []
    for start, end in spans:
        new += joined.text[at:start]
        pieces.append(Piece(start, end, len(new), len(new) + 1, "name", "test"))
        new += "#"
        at = end
    new += joined.text[at:]
    split = joined.split(Replaced(new, pieces))
    covered = {place for start, end in spans for place in range(start, end)}
    for text, (start, _), now in zip(texts, joined.bounds, split, strict=True):
        kept = [letter for offset, letter in enumerate(text) if start + offset not in covered]
        assert [letter for letter in now if letter != "#"] == kept
    assert "".join(split).count("#") <= len(spans)


def test_a_name_over_two_stretches_is_one_piece() -> None:
    joined = Joined.of(["Ysolde Tre", "harne was seen"], [""])
    new = Replaced("<name> was seen", (Piece(0, 15, 0, 6, "name", "test"),))
    assert joined.split(new) == ["", "<name> was seen"]
