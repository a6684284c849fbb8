"""How much arithmetic a token takes, forward and backward. Knows no device and no memory.

An operation is a multiplication or an addition: a product with n weights is 2 n a token. *Useful* work is what the
method needs; *executed* adds what recomputation repeats. Hardware use is executed work over peak, MFU useful over peak.
"""

from __future__ import annotations

from dataclasses import dataclass

from medgo.inference.models.registry import Architecture
from medgo.training.plan.shapes import adapted_layers, adapter_weights, head_weights, linear_weights
from medgo.training.recipe import AdapterRecipe


@dataclass(frozen=True, slots=True)
class Tokens:
    """What goes through a model.

    Args:
        total: Tokens, without padding.
        loss: Those that the head sees.
        squares: Sum of the squared lengths of the rows: attention looks back within its row only.
    """

    total: float
    loss: float
    squares: float

    def times(self, factor: float) -> Tokens:
        """So many times as much."""
        return Tokens(self.total * factor, self.loss * factor, self.squares * factor)

    @classmethod
    def alike(cls, rows: float, length: float, loss_share: float = 1.0) -> Tokens:
        """``rows`` rows of ``length`` tokens each, of which ``loss_share`` carry a loss."""
        return cls(rows * length, rows * length * loss_share, rows * length**2)


@dataclass(frozen=True, slots=True)
class Work:
    """Operations.

    Args:
        forward: Once through the model.
        backward: Gradients of activations and, where weights learn, of weights.
        repeated: The forward pass of the layers again, under recomputation.
    """

    forward: float
    backward: float
    repeated: float

    @property
    def useful(self) -> float:
        """What the method needs: the work of MFU."""
        return self.forward + self.backward

    @property
    def executed(self) -> float:
        """What the device does: the work of hardware use."""
        return self.useful + self.repeated


def forward_work(shape: Architecture, tokens: Tokens) -> float:
    """Operations of one pass without gradients: of a reference model, or to estimate a KL term.

    Projections 2 n a token; attention 4 d a pair of tokens, of which causality leaves half; the head 2 V h a loss
    token. (PaLM, https://arxiv.org/abs/2204.02311, appendix B, counts all pairs; halved here as in Llama's figures.)
    """
    return (
        2.0 * linear_weights(shape) * tokens.total + _attention(shape, tokens) + 2.0 * head_weights(shape) * tokens.loss
    )


def training_work(shape: Architecture, adapter: AdapterRecipe, tokens: Tokens, *, recompute: bool) -> Work:
    """Operations of a forward and a backward pass.

    Backward, every projection passes gradients on (2 n a token), and has gradients of its weights (2 n more) only
    where they learn: frozen weights under LoRA take a third off the whole. Nothing is computed backward below the
    lowest adapter.
    """
    full = adapter.kind == "full"
    share = adapted_layers(shape, adapter) / shape.layers
    layers = 2.0 * linear_weights(shape) * tokens.total
    attention = _attention(shape, tokens)
    head = 2.0 * head_weights(shape) * tokens.loss
    extra = 0.0 if full else 2.0 * adapter_weights(shape, adapter) * tokens.total
    factor = 2.0 if full else 1.0
    return Work(
        forward=layers + attention + head + extra,
        backward=share * (factor * layers + 2.0 * attention) + factor * head + 2.0 * extra,
        repeated=share * (layers + attention) + extra if recompute else 0.0,
    )


def _attention(shape: Architecture, tokens: Tokens) -> float:
    """Scores and their weighted sum, forward: 4 · width a pair of tokens, half of the pairs."""
    return 2.0 * shape.layers * shape.heads * shape.head_dim * tokens.squares
