"""Programs in the place of those that prepare, train and rent: they write down how they were called."""

from __future__ import annotations

import os
from pathlib import Path

from tests.training.plan.shown import ROOT


def stand_ins(folder: Path) -> dict[str, str]:
    """Write the programs into a folder; ``medgo`` also prepares, closes and writes probes once.

    Returns:
        Environment variables under which they are found first.
    """
    log = folder / "log"
    (folder / "medgo").write_text(
        f'#!/usr/bin/env bash\necho "medgo $*" >> {log}\n'
        f'stage="${{@: -1}}"; [[ $2 == prepare ]] && mkdir -p {folder}/out/$stage && echo {folder}/out/$stage\n'
        f"[[ $2 == prepare ]] && cat {folder}/inputs > {folder}/out/$stage/job.json\n"
        f"[[ $2 == finish ]] && cat {folder}/inputs > $3/done.json\n"
        f'[[ $2 == probes ]] && {{ [[ ! -e $3 ]] || exit 1; mkdir -p "$(dirname "$3")"; touch "$3"; }}; true\n'
    )
    for name in ("accelerate", "torchrun", "make", "uv"):
        patience = f'echo "$TORCH_ELASTIC_SHUTDOWN_TIMEOUT" > {folder}/patience'
        (folder / name).write_text(f'#!/usr/bin/env bash\necho "{name} $*" >> {log}\n{patience}\n')
    for name in ("medgo", "accelerate", "torchrun", "make", "uv"):
        (folder / name).chmod(0o755)
    (folder / "out").mkdir(exist_ok=True)
    (folder / "inputs").write_text('{"inputs": "one"}')
    python = ROOT / ".venv" / "bin"
    return {**os.environ, "PATH": f"{folder}:{python}:{os.environ['PATH']}"}
