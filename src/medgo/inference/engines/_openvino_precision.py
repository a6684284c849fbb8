"""Which numbers OpenVINO computes with: the fastest choice of a processor that keeps 99 % agreement with float32.

A pure function of what the processor says it can do. The measurements behind it stand in
``docs/decisions/0003-openvino-precision.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from medgo.errors import EngineUnavailableError
from medgo.inference.engines.options import DtypeName


@dataclass(frozen=True, slots=True)
class Precision:
    """How a model is held and multiplied.

    Args:
        name: As ``EngineInfo.dtype`` shows it: held, or held/multiplied.
        hint: OpenVINO's ``INFERENCE_PRECISION_HINT``.
        cache: Its ``KV_CACHE_PRECISION``.
        products: Type of the weights inside the layers in the model file; None keeps the checkpoint's own.
        mixed: Sums, norms and the outputs of products stay in float32 although products multiply in a shorter type.
    """

    name: str
    hint: str
    cache: str
    products: torch.dtype | None
    mixed: bool


FLOAT32 = Precision("float32", "f32", "f32", None, mixed=False)
MIXED = Precision("float32/bfloat16", "bf16", "bf16", torch.bfloat16, mixed=True)


def choose_precision(dtype: DtypeName, capabilities: list[str]) -> Precision:
    """Choose by what was asked for and what the processor does natively.

    Args:
        dtype: ``auto`` multiplies in bfloat16 where the processor does (AMX or AVX512-BF16), else in float32.
        capabilities: OpenVINO's ``OPTIMIZATION_CAPABILITIES`` of the device.

    Raises:
        EngineUnavailableError: bfloat16 was asked of a processor that has none.
    """
    native = "BF16" in capabilities
    if dtype == "bfloat16" and not native:
        raise EngineUnavailableError("this processor does not multiply in bfloat16", hint="use --dtype auto")
    return FLOAT32 if dtype == "float32" or not native else MIXED
