"""The model card's accelerated inference, with vLLM alone; MedGo itself is not needed.

    python examples/quickstart_vllm.py                      # OpenMedZoo/MedGo: 61 GiB, needs a large GPU
    python examples/quickstart_vllm.py path/to/a/model      # any model folder or hub id

Differences from the card: `chat` instead of `generate`, because only `chat` applies the model's chat template; the
guard at the end, because vLLM starts processes that import this file again; and no `trust_remote_code`, because Qwen3
needs none. 与模型卡的不同:用 `chat` 才会套用对话模板;vLLM 会启动子进程,因此需要 `if __name__ == "__main__":`。
"""

import sys

from vllm import LLM, SamplingParams


def main() -> None:
    """Answer two questions together."""
    model_path = sys.argv[1] if len(sys.argv) > 1 else "OpenMedZoo/MedGo"
    llm = LLM(model=model_path)
    sampling_params = SamplingParams(temperature=0.7, top_p=0.9, max_tokens=512)

    # One conversation for each question: answered together
    questions = [
        "What are the symptoms and treatment methods for diabetes?",
        "What dietary precautions should hypertensive patients take?",
    ]
    conversations = [[{"role": "user", "content": question}] for question in questions]

    for question, output in zip(questions, llm.chat(conversations, sampling_params), strict=True):
        print(f"\n{question}\n{output.outputs[0].text}")


if __name__ == "__main__":
    main()
