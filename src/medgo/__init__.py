"""MedGo: the whole system behind the MedGo medical language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medgo.inference.facade import MedGo

__all__ = ["MedGo", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Importing medgo must not import an engine: the command line answers at once, and a missing library is no error.
    if name == "MedGo":
        from medgo.inference.facade import MedGo

        return MedGo
    raise AttributeError(f"module 'medgo' has no attribute {name!r}")
