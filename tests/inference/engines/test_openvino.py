"""The openvino engine: the contract, the graph against the library's own model, and its files on damaged disks."""

from __future__ import annotations

import pytest

pytest.importorskip("openvino")

from medgo.inference.engines import EngineOptions
from tests.inference.engines.contract import EngineContract
from tests.support.thinking_model import opens_thinking
from tests.support.tiny_models import small_qwen3


class TestContract(EngineContract):
    """A random Qwen3 in float32, whose template opens the reasoning."""

    thinking = True
    speaks = False
    slots = 4

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, tmp_path_factory: pytest.TempPathFactory) -> EngineOptions:
        folder = opens_thinking(small_qwen3(), tmp_path_factory.mktemp("model") / "thinking")
        return EngineOptions(model=str(folder), engine="openvino", dtype="float32", batch_size=cls.slots)
