"""The YAML head of a card, as the Hub reads it: what the model is, and each number with its interval. No prose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from medgo import __version__
from medgo.training.card.evaluations import Evaluations
from medgo.training.card.measurement import Measurement
from medgo.training.card.records import RunRecords


def front_matter(records: RunRecords, found: Evaluations, *, name: str, licence: str, languages: Sequence[str]) -> str:
    """Write the head, its fences included.

    Args:
        records: Of the run.
        found: What was measured; only the last model's numbers are the card's.
        name: Of the model.
        licence: SPDX id; empty where nobody chose one.
        languages: Of the rows.
    """
    head: dict[str, Any] = {
        "license": licence.lower() if licence else "other",
        **({} if licence else {"license_name": "not-recorded"}),
        "language": list(languages),
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        **({"base_model": [records.base_hub_id], "base_model_relation": "finetune"} if records.base_hub_id else {}),
        "tags": ["medical", "medgo", *sorted({stage.job.stage.method for stage in records.stages})],
    }
    measured = found.of(records.last.name) if records.last else []
    if measured:
        head["metrics"] = sorted({each.metric for each in measured})
        head["model-index"] = [{"name": name, "results": [_result(each) for each in measured if not each.is_part]}]
    body: str = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=120)
    return f"---\n{body}---\n"


def _result(each: Measurement) -> dict[str, Any]:
    e = each.estimate
    args: dict[str, Any] = {
        "n": e.n,
        "interval": [round(100 * e.low, 1), round(100 * e.high, 1)],
        "level": e.level,
        "interval_method": e.method,
        **each.facts,
    }
    if each.against is not None:
        d = each.against.difference
        args["minus_base"] = round(100 * d.value, 1)
        args["minus_base_interval"] = [round(100 * d.low, 1), round(100 * d.high, 1)]
        args["p"] = float(f"{each.against.p:.3g}")
    return {
        "task": {"type": "text-generation", "name": "Text Generation"},
        "dataset": {"name": each.title, **each.dataset},
        "metrics": [
            {
                "type": each.metric,
                "name": each.metric.replace("_", " "),
                "value": round(100 * e.value, 1),
                "verified": False,  # only the Hub's own evaluation may say so
                "args": args,
            }
        ],
        **({"source": {"name": f"MedGo {__version__}", "url": each.page}} if each.page else {}),
    }
