"""Licences by link and by words; never one that a text does not state of itself."""

from __future__ import annotations

import time

import pytest

from medgo.corpus.licences import licence_of, stated_licence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/igo/", "CC-BY-NC-SA-3.0-IGO"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/deed.zh", "CC-BY-NC-ND-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution-NonCommercial 4.0 International", "CC-BY-NC-4.0"),
        ("https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", "OGL-UK-3.0"),
        ("CC BY", ""),
        ("All rights reserved", ""),
        ("CC BY 4.0 or CC BY-NC 4.0", ""),
    ],
)
def test_one_licence_or_none(text: str, expected: str) -> None:
    assert licence_of(text) == expected


def test_spaces_without_end_cost_no_time() -> None:
    begun = time.process_time()
    assert licence_of("CC BY" + " " * 200_000 + "x" + "CC BY -" * 20_000) == ""
    assert time.process_time() - begun < 2


def test_only_what_a_text_says_of_itself_counts() -> None:
    assert stated_licence("This work is licensed under CC BY 4.0.") == "CC-BY-4.0"
    assert stated_licence("本作品采用知识共享许可协议 CC BY-NC 4.0 进行许可。") == "CC-BY-NC-4.0"
    assert stated_licence("Figure 2 is reused from Smith et al. under CC BY 4.0.") == ""
    both = "This work is licensed under CC BY 4.0." + " " * 400 + "This document is available under CC BY-NC 4.0."
    assert stated_licence(both) == ""
