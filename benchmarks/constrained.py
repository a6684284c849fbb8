"""What holding replies to a JSON schema costs: tokens a second, constrained over free, in turns.

    python benchmarks/constrained.py [--engine openvino] [--rounds 5]

The schema asks for one long text, so that the constrained reply is as long as the free one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

from rich.console import Console
from workloads import medical_prompts

from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import Engine, GenerationRequest, Sampling
from medgo.schema import Message

_REPLIES, _NEW_TOKENS = 32, 64
_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"text": {"type": "string", "minLength": 1000}},
        "required": ["text"],
        "additionalProperties": False,
    }
)


def rate(engine: Engine, schema: str | None) -> float:
    """Generated tokens a second over all replies at once."""
    sampling = Sampling(max_new_tokens=_NEW_TOKENS)
    requests = [
        GenerationRequest(str(i), (Message("user", prompt),), sampling, json_schema=schema)
        for i, prompt in enumerate(medical_prompts(_REPLIES))
    ]
    began = time.perf_counter()
    tokens = sum(completion.usage.completion for completion in engine.generate(requests))
    return tokens / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="openvino")
    parser.add_argument("--rounds", type=int, default=5)
    arguments: Any = parser.parse_args()
    engine = open_engine(EngineOptions(engine=arguments.engine))
    rate(engine, _SCHEMA)  # reads the tokenizer and compiles the schema, once
    rate(engine, None)
    ratios = [rate(engine, _SCHEMA) / rate(engine, None) for _ in range(arguments.rounds)]
    engine.close()
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    Console().print(f"{arguments.engine}: constrained ÷ free {statistics.median(ratios):.2f} ({spread})")


if __name__ == "__main__":
    main()
