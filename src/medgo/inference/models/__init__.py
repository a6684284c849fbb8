"""Models by name: finding them, checking them, getting them, and whether they fit this machine."""

from medgo.inference.models.download import DownloadPlan, DownloadRequest, fetch_model, plan_download
from medgo.inference.models.quiet import quiet_transformers
from medgo.inference.models.registry import ALIASES, KNOWN_MODELS
from medgo.inference.models.resolve import ResolvedModel, ensure_hf_folder, resolve_model, weights_hash

__all__ = [
    "ALIASES",
    "KNOWN_MODELS",
    "DownloadPlan",
    "DownloadRequest",
    "ResolvedModel",
    "ensure_hf_folder",
    "fetch_model",
    "plan_download",
    "quiet_transformers",
    "resolve_model",
    "weights_hash",
]
