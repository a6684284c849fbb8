"""All that a process needs to train one stage: a folder that preparation wrote, and what it says. Trains nothing.

<output>/<number>-<stage>/
    job.json          the stage's recipe with every default, and hashes of what it was prepared from
    rows.arrow        tokenised rows that passed all gates         (rows/token_file.py)
    order.npz         which rows each step learns from             (ordering/order.py)
    audit.json        what was kept, dropped and why
    mix.json          the realised mix
    checkpoints/      checkpoint-<step>/, each whole or absent
    curves.jsonl      one line a logged step
    environment.json  versions and devices that it was trained with
    probes.jsonl      what probes found while it trained; promotion.json: the step that was kept
    adapter/ | model/ what was learnt
    merged/           the model folder that the next stage starts from
    done.json         closes the stage
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medgo.errors import RunFolderError
from medgo.store import replacing
from medgo.training.recipe import Devices, Precision, StageRecipe, Tracker


@dataclass(frozen=True, slots=True)
class Job:
    """One prepared stage.

    Args:
        folder: Of the stage.
        model_dir: Folder of the model it starts from.
        model_hash: Hash of that model's weights.
        template_hash: Hash of the tokenizer and its chat template.
        stage: Its recipe.
        seed: Of the stage: recipe's and stage's together.
        precision: Asked for.
        devices: What it is launched on.
        trackers: Who follows.
        inputs: Hash of everything it was prepared from; another one means another job.
        packed: Whether the rows of a micro-batch are joined end to end.
        made_from: What ``inputs`` is the hash of, by name, so that a refusal can say what changed.
    """

    folder: Path
    model_dir: Path
    model_hash: str
    template_hash: str
    stage: StageRecipe
    seed: int
    precision: Precision
    devices: Devices
    trackers: tuple[Tracker, ...]
    inputs: str
    packed: bool = False
    made_from: dict[str, str] = field(default_factory=dict)

    @property
    def rows_file(self) -> Path:
        """Tokenised rows."""
        return self.folder / "rows.arrow"

    @property
    def order_file(self) -> Path:
        """Their order."""
        return self.folder / "order.npz"

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints."""
        return self.folder / "checkpoints"

    @property
    def learnt(self) -> Path:
        """Folder of what was learnt: an adapter, or a whole model."""
        return self.folder / ("model" if self.stage.adapter.kind == "full" else "adapter")

    @property
    def merged(self) -> Path:
        """Folder of the model that the next stage starts from."""
        return self.folder / "merged"

    def save(self) -> None:
        """Write ``job.json``; paths below the folder's parent are written relative to it, so runs can be moved."""
        value = {
            **{key: part for key, part in asdict(self).items() if key not in ("folder", "stage", "devices")},
            "model_dir": str(self.model_dir),
            "stage": self.stage.model_dump(mode="json"),
            "devices": self.devices.model_dump(mode="json"),
        }
        if self.model_dir.is_relative_to(self.folder.parent):
            value["model_dir"] = str(Path("..") / self.model_dir.relative_to(self.folder.parent))
        with replacing(self.folder / "job.json") as file:
            file.write(json.dumps(value, ensure_ascii=False, indent=1).encode())

    @classmethod
    def load(cls, folder: Path) -> Job:
        """Read a prepared stage.

        Raises:
            RunFolderError: The folder holds none, or its file is damaged.
        """
        path = folder / "job.json"
        try:
            value: dict[str, Any] = json.loads(path.read_bytes())
            model_dir = Path(value.pop("model_dir"))
            return cls(
                folder=folder,
                model_dir=model_dir if model_dir.is_absolute() else (folder / model_dir).resolve(),
                stage=StageRecipe.model_validate(value.pop("stage")),
                devices=Devices.model_validate(value.pop("devices")),
                trackers=tuple(value.pop("trackers")),
                **value,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunFolderError(
                f"{path} is not a prepared stage: {error}", hint="run medgo train prepare RECIPE first"
            ) from error
