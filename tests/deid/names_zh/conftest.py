import pytest

from medgo.deid.names_zh import ChineseNameDetector


@pytest.fixture(scope="session")
def detector() -> ChineseNameDetector:
    return ChineseNameDetector()
