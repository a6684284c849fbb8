"""Who follows the curves besides our own file: TensorBoard, W&B, SwanLab, MLflow, by name. Trains nothing.

The work is done by transformers' callbacks (``report_to``); here is checked that they can work, before training, and
seen to that none calls out unless its user set it up to.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from medgo.errors import EngineUnavailableError
from medgo.training.recipe import Tracker


@dataclass(frozen=True, slots=True)
class _Library:
    """What a tracker needs.

    Args:
        module: To import.
        account: Variables by which a user says where to report; any one of them is enough.
        local: Variables that keep it on this machine otherwise; ``{folder}`` is the stage's.
    """

    module: str
    account: tuple[str, ...]
    local: Mapping[str, str]


_LIBRARIES: Mapping[Tracker, _Library] = {
    "tensorboard": _Library("tensorboard", (), {"TENSORBOARD_LOGGING_DIR": "{folder}/tensorboard"}),
    # https://docs.wandb.ai/guides/track/environment-variables
    "wandb": _Library(
        "wandb", ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"), {"WANDB_MODE": "offline", "WANDB_DIR": "{folder}"}
    ),
    # https://docs.swanlab.cn/en/api/environment-variable.html
    "swanlab": _Library(
        "swanlab",
        ("SWANLAB_API_KEY", "SWANLAB_MODE", "SWANLAB_API_HOST"),
        {"SWANLAB_MODE": "local", "SWANLAB_LOG_DIR": "{folder}/swanlab"},
    ),
    # https://mlflow.org/docs/latest/tracking. A database, because today's MLflow refuses a folder of files:
    # https://mlflow.org/docs/latest/self-hosting/migrate-from-file-store
    "mlflow": _Library("mlflow", ("MLFLOW_TRACKING_URI",), {"MLFLOW_TRACKING_URI": "sqlite:///{folder}/mlflow.db"}),
}


def check_trackers(trackers: Sequence[Tracker]) -> None:
    """Say before training that a library is missing.

    Raises:
        EngineUnavailableError: Names it and how to install it.
    """
    for tracker in trackers:
        if find_spec(_LIBRARIES[tracker].module) is None:
            raise EngineUnavailableError(
                f"the recipe has the tracker {tracker}, which is not installed",
                hint=f"pip install {_LIBRARIES[tracker].module}, or take it out of trackers",
            )


def tracker_settings(trackers: Sequence[Tracker], folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Settings (environment variables, which these libraries read) that keep trackers in the stage's folder.

    Args:
        trackers: Asked for.
        folder: Of the stage.
        environment: What the user set; where it names an account, a mode or a server, that stands.

    Returns:
        Variables to set; none of them is in ``environment``.
    """
    settings: dict[str, str] = {}
    for tracker in trackers:
        library = _LIBRARIES[tracker]
        if any(name in environment for name in library.account):
            continue
        for name, value in library.local.items():
            if name not in environment:
                settings[name] = value.format(folder=folder.absolute())
    return settings


def set_up_trackers(
    trackers: Sequence[Tracker], folder: Path, environment: MutableMapping[str, str] = os.environ
) -> None:
    """Check the trackers and point them at the stage's folder; call before the Trainer is made.

    Raises:
        EngineUnavailableError: A library is missing.
    """
    check_trackers(trackers)
    environment.update(tracker_settings(trackers, folder, environment))
