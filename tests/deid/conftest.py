import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_garbage_collection() -> Iterator[None]:
    """Tests that compare times must not pay for the garbage of all tests before them."""
    gc.disable()
    yield
    gc.enable()
