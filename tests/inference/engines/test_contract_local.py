"""The contract over the engines that load a model themselves: the embedded model, and a tiny Qwen3 that thinks."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from medgo.errors import ModelNotFoundError
from medgo.inference.engines import EngineName, EngineOptions
from medgo.inference.models import resolve_model
from tests.inference.engines.contract import EngineContract
from tests.support.thinking_model import opens_thinking
from tests.support.tiny_models import small_qwen3, tiny_qwen3


def _needs(library: str) -> None:
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")


def _embedded(engine: EngineName) -> EngineOptions:
    try:
        resolve_model("embedded")
    except ModelNotFoundError as error:
        pytest.skip(str(error))
    return EngineOptions("embedded", engine, batch_size=EngineContract.slots)


@pytest.fixture(scope="module")
def thinking_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen3 with the real tokenizer and template, which reasons whenever it may."""
    return opens_thinking(tiny_qwen3(), tmp_path_factory.mktemp("models") / "thinking")


@pytest.fixture(scope="module")
def small_thinking_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one token a byte, so that nearly every character comes in pieces."""
    return opens_thinking(small_qwen3(), tmp_path_factory.mktemp("models") / "small-thinking")


class _Thinks(EngineContract):
    thinking = True
    speaks = False


class TestTransformersSmall(_Thinks):
    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, small_thinking_model: Path) -> EngineOptions:
        _needs("torch")
        return EngineOptions(str(small_thinking_model), "transformers", "float32", batch_size=cls.slots, device="cpu")


@pytest.mark.slow
class TestTransformersThinking(_Thinks):
    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, thinking_model: Path) -> EngineOptions:
        _needs("torch")
        return EngineOptions(str(thinking_model), "transformers", "float32", batch_size=cls.slots, device="cpu")


@pytest.mark.slow
class TestTransformersEmbedded(EngineContract):
    """At the default dtype, which multiplies more coarsely than float32 does."""

    tolerance = 0.2

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls) -> EngineOptions:
        _needs("torch")
        return _embedded("transformers")


@pytest.mark.slow
class TestTransformersEmbeddedFloat32(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def options(cls) -> EngineOptions:
        _needs("torch")
        chosen = _embedded("transformers")
        return EngineOptions(chosen.model, chosen.engine, "float32", batch_size=cls.slots, device="cpu")


@pytest.mark.slow
class TestOpenVinoThinking(_Thinks):
    tolerance = 0.05

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls, thinking_model: Path) -> EngineOptions:
        _needs("openvino")
        return EngineOptions(str(thinking_model), "openvino", batch_size=cls.slots)


@pytest.mark.slow
class TestOpenVinoEmbedded(EngineContract):
    tolerance = 0.2

    @pytest.fixture(scope="class")
    @classmethod
    def options(cls) -> EngineOptions:
        _needs("openvino")
        return _embedded("openvino")
