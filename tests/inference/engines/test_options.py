"""What no engine could take is refused where it is written down."""

from __future__ import annotations

from typing import Any

import pytest

from medgo.errors import InputError
from medgo.inference.engines import EngineOptions


@pytest.mark.parametrize(
    ("options", "words"),
    [
        *(({"device": device}, "no device") for device in ("", "gpu", "CPU", "cuda:", "cuda:x", "cuda:0\n", "cuda:-1")),
        *(({"timeout": seconds}, "timeout must be") for seconds in (0.0, -1.0, float("nan"), float("inf"))),
        ({"max_retries": -1}, "max_retries must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"threads": 0}, "threads must be"),
        *(
            ({"base_url": url}, "base_url is not")
            for url in (
                "",
                "localhost:8000/v1",
                "ftp://h/v1",
                "http://",
                "http://:80",
                "http://[::1/v1",
                "http://h:x/v1",
            )
        ),
    ],
)
def test_a_value_out_of_range_is_refused_with_a_way_out(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        EngineOptions(**options)
    assert caught.value.hint


def test_a_password_in_a_wrong_address_is_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        EngineOptions(base_url="http://me:secret@host:port/v1")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:0", "cuda:12"])
@pytest.mark.parametrize("url", [None, "http://localhost:8000/v1", "https://me:secret@[::1]:443"])
def test_what_an_engine_can_take_passes(device: str, url: str | None) -> None:
    assert EngineOptions(device=device, base_url=url, batch_size=1, timeout=0.5, max_retries=0).device == device
