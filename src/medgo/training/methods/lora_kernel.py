"""One autograd node for a linear layer with a LoRA adapter. Knows no trainer.

PEFT adds an adapter as five operations, casts the input to the adapter's float32 and back, and lets autograd keep each
result; on a CPU those copies cost more than the products. Here ``y = x Wᵀ + s (x Aᵀ) Bᵀ`` is one node that keeps x and
``x Aᵀ`` only and never computes a gradient of W. Source of the idea: Unsloth's fused LoRA, https://github.com/unslothai/unsloth.
"""

from __future__ import annotations

import types
from typing import Any

import torch
from peft.tuners.lora.layer import Linear as LoraLinear
from torch import Tensor

Grads = tuple[Tensor | None, None, None, Tensor | None, Tensor | None, None]


class _AdaptedLinear(torch.autograd.Function):
    """``x``: [..., in], ``weight``: [out, in], ``a``: [r, in], ``b``: [out, r]; a and b are float32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])  # [n, in]
        low = flat @ a.to(x.dtype).t()  # [n, r]
        y = torch.nn.functional.linear(flat, weight, bias)  # [n, out]
        y.addmm_(low, b.to(x.dtype).t(), alpha=scale)
        ctx.save_for_backward(flat, weight, a, b, low)
        ctx.scale = scale
        return y.view(*x.shape[:-1], weight.shape[0])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Grads:
        flat, weight, a, b, low = ctx.saved_tensors
        dy = grads[0].reshape(-1, weight.shape[0])  # [n, out]
        down = dy @ b.to(dy.dtype)  # [n, r]
        down.mul_(ctx.scale)
        dx = None
        if ctx.needs_input_grad[0]:
            dx = dy @ weight  # [n, in]
            dx.addmm_(down, a.to(dy.dtype))
            dx = dx.view(*grads[0].shape[:-1], weight.shape[1])
        da = (down.t() @ flat).to(a.dtype)  # [r, in]
        db = (dy.t() @ low).to(b.dtype).mul_(ctx.scale)  # [out, r]
        return dx, None, None, da, db, None


def fuse_adapters(model: Any) -> int:
    """Let every LoRA linear layer of a PEFT model run as one node.

    Layers whose adapter has dropout, DoRA or any other variant keep PEFT's way, and so does every layer while its
    adapter is off, merged or one of several.

    Args:
        model: A ``PeftModel`` with the adapter ``default``.

    Returns:
        How many layers were fused.
    """
    count = 0
    for module in model.modules():
        if isinstance(module, LoraLinear) and _is_plain(module):
            module.forward = types.MethodType(_forward, module)  # type: ignore[method-assign]
            count += 1
    return count


def _is_plain(layer: Any) -> bool:
    return (
        isinstance(layer.get_base_layer(), torch.nn.Linear)
        and "default" in layer.lora_A
        and isinstance(layer.lora_dropout["default"], torch.nn.Identity)
        and not layer.lora_variant
        and not layer.lora_bias["default"]
        and not layer.get_base_layer().weight.requires_grad
    )


def _forward(self: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    if self.disable_adapters or self.merged or self.active_adapters != ["default"] or args or kwargs:
        result: Tensor = LoraLinear.forward(self, x, *args, **kwargs)
        return result
    base = self.get_base_layer()
    return _AdaptedLinear.apply(  # type: ignore[no-any-return,no-untyped-call]
        x.to(base.weight.dtype),
        base.weight,
        base.bias,
        self.lora_A["default"].weight,
        self.lora_B["default"].weight,
        self.scaling["default"],
    )
