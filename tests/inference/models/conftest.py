from __future__ import annotations

from tests.support.model_fixtures import caches, hub, tiny_folder

__all__ = ["caches", "hub", "tiny_folder"]
