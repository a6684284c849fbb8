"""Writes docs/benchmarks.md and docs/benchmarks.zh.md from the registry: what is true of a benchmark is said once.

    python scripts/benchmark_pages.py            # write both pages
    python scripts/benchmark_pages.py --check    # exit with 1 where a page is not what it would write

Sentences of the definitions are English; their Chinese is in benchmark_pages.zh.json beside this file.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

from medgo.evaluation.benchmarks.definition import Benchmark, Form, Group, Protocol
from medgo.evaluation.benchmarks.prompts import CARD, CARD_REASONING
from medgo.evaluation.benchmarks.registry import BENCHMARKS, card_average
from medgo.schema import Lang

HERE = Path(__file__).parent
PAGES: Mapping[Lang, Path] = {
    "en": HERE.parent / "docs" / "benchmarks.md",
    "zh": HERE.parent / "docs" / "benchmarks.zh.md",
}
TRANSLATIONS = HERE / "benchmark_pages.zh.json"
# "Apache-2.0", "CC BY 4.0": names of licences are the same in both languages.
_NAME = re.compile(r"[A-Z][\w.-]*(?: [A-Z0-9][\w.-]*)*")

_EN = {
    "head": "# Benchmarks\n\n[简体中文](benchmarks.zh.md)\n\n"
    "This page is written by `scripts/benchmark_pages.py` from the definitions in `src/medgo/evaluation/benchmarks/`. "
    "How a run is made, and what its figures mean, is in [evaluation.md](evaluation.md).\n\n"
    "The card's figures are percentages from its results table. Their mean over twenty benchmarks is {average}, where "
    "its prose says about 70. The prose also names AIMedQA and CME: there are no such data sets; most likely they are "
    "AfriMed-QA and CMExam.",
    "table": "| benchmark | items | guessing | licence | Med-Go | Lingshu-32B | MedGemma-27B |",
    "protocol": "## The card's protocol\n\nThe card names no prompt. `--protocol card` asks like this, greedily; with "
    "`--cot` it is the second prompt.",
    "Medical Knowledge": "Medical knowledge",
    "Clinical Reasoning": "Clinical reasoning",
    "Medical Standard": "Medical standard",
    "Beyond the card": "Beyond the card",
    "mean": "mean",
    "name": "Name",
    "also": "also {}",
    "size": "Size",
    "items": "{} items",
    "chance": "guessing reaches {} %",
    "langs": "Languages",
    "en": "English",
    "zh": "Chinese",
    "counted": "Counted",
    "choice": "exact set of labels",
    "multiple": "exact set of labels; several may be right (partial credit is reported beside it)",
    "rubric": "points of a rubric, by a judge",
    "diagnosis": "top 1 and top 5 against the diagnosis, by a judge",
    "reference": "against a model solution, by a judge",
    "category": "mean over categories",
    "headline": "the headline counts the variants {}",
    "gaps": "gaps between {}",
    "licence": "Licence",
    "confidential": "items stay on this machine: they are in no report",
    "get": "How to get it",
    "hub": "`{}` on the Hugging Face Hub",
    "revision": "revision `{}`",
    "newest": "the newest revision, which a run then records",
    "gated": "gated",
    "page": "[page]({})",
    "paper": "[paper](https://arxiv.org/abs/{})",
    "forms": "Forms read",
    "examples": "examples only",
    "headless": "no header, {} columns",
    "card": "Card",
    "official": "**Official protocol** (`--protocol official`): {}",
    "none": "The publisher names no prompt.",
    "settings": "at most {tokens} new tokens, temperature {temperature:g}, {shots} examples",
    "faults": "**Known faults**",
}
_ZH = {
    "head": "# 评测集\n\n[English](benchmarks.md)\n\n"
    "本页由 `scripts/benchmark_pages.py` 根据 `src/medgo/evaluation/benchmarks/` 中的定义生成。"
    "如何运行、数字的含义见 [evaluation.zh.md](evaluation.zh.md)。\n\n"
    "模型卡的数字是其结果表中的百分比。二十个评测集的平均为 {average}，而其正文写约 70。"
    "正文还提到 AIMedQA 和 CME：并不存在这样的数据集，最可能指 AfriMed-QA 和 CMExam。",
    "table": "| 评测集 | 题数 | 随机水平 | 许可 | Med-Go | Lingshu-32B | MedGemma-27B |",
    "protocol": "## 模型卡协议\n\n模型卡没有写明提示词。`--protocol card` 按以下方式贪心提问；"
    "加 `--cot` 时用第二种提示词。",
    "Medical Knowledge": "医学知识",
    "Clinical Reasoning": "临床推理",
    "Medical Standard": "医学规范",
    "Beyond the card": "模型卡之外",
    "mean": "平均",
    "name": "名称",
    "also": "又名 {}",
    "size": "规模",
    "items": "{} 题",
    "chance": "随机猜测可得 {} %",
    "langs": "语言",
    "en": "英文",
    "zh": "中文",
    "counted": "计分",
    "choice": "选项完全一致",
    "multiple": "选项完全一致；可能有多个正确选项（另报部分得分）",
    "rubric": "由评审模型按评分细则打分",
    "diagnosis": "由评审模型对照诊断计 top 1 和 top 5",
    "reference": "由评审模型对照参考解答打分",
    "category": "按类别平均",
    "headline": "主指标只计变体 {}",
    "gaps": "报告差距 {}",
    "licence": "许可",
    "confidential": "题目不离开本机：不写入任何报告",
    "get": "获取方法",
    "hub": "Hugging Face Hub 上的 `{}`",
    "revision": "版本 `{}`",
    "newest": "最新版本，运行时会记录其提交号",
    "gated": "需申请",
    "page": "[主页]({})",
    "paper": "[论文](https://arxiv.org/abs/{})",
    "forms": "可读形式",
    "examples": "仅作示例",
    "headless": "无表头，{} 列",
    "card": "模型卡",
    "official": "**官方协议**（`--protocol official`）：{}",
    "none": "发布者没有给出提示词。",
    "settings": "至多 {tokens} 个新词元，温度 {temperature:g}，{shots} 个示例",
    "faults": "**已知问题**",
}
_WORDS: Mapping[Lang, Mapping[str, str]] = {"en": _EN, "zh": _ZH}
_JOIN: Mapping[Lang, str] = {"en": "; ", "zh": "；"}


def sentences() -> list[str]:
    """All sentences of the definitions, in the order of the registry, each once."""
    found = [
        text
        for benchmark in BENCHMARKS
        for text in (
            benchmark.reads,
            benchmark.source.licence,
            benchmark.source.get,
            benchmark.official.note if benchmark.official else "",
            *benchmark.faults,
        )
        if text and not _NAME.fullmatch(text)
    ]
    return list(dict.fromkeys(found))


def page(lang: Lang) -> str:
    """Write the page in one language; a sentence without its Chinese stays English."""
    translations = json.loads(TRANSLATIONS.read_text(encoding="utf-8")) if lang == "zh" else {}

    def say(text: str) -> str:
        return str(translations.get(text, text))

    words = _WORDS[lang]
    parts = [words["head"].format(average=card_average().medgo), _overview(lang, say), words["protocol"]]
    parts += [_prompts(CARD, lang), _prompts(CARD_REASONING, lang)]
    for group in get_args(Group):
        parts.append(f"## {words[group]}")
        parts += [_section(benchmark, lang, say) for benchmark in BENCHMARKS if benchmark.group == group]
    return "\n\n".join(parts) + "\n"


def _overview(lang: Lang, say: Callable[[str], str]) -> str:
    words, average = _WORDS[lang], card_average()
    rows = [words["table"], "|---|---:|---:|---|---:|---:|---:|"]
    for group in get_args(Group):
        rows.append(f"| **{words[group]}** | | | | | | |")
        for benchmark in BENCHMARKS:
            if benchmark.group != group:
                continue
            card = benchmark.card
            figures = (card.medgo, card.lingshu_32b, card.medgemma_27b) if card else ("", "", "")
            chance = "" if benchmark.chance is None else f"{benchmark.chance:.1f}"
            cells = [f"[{benchmark.title}](#{benchmark.name})", f"{benchmark.size:,}", chance]
            rows.append("| " + " | ".join([*cells, say(benchmark.source.licence), *map(str, figures)]) + " |")
    rows.append(
        f"| **{words['mean']}** | | | | {average.medgo} | {average.lingshu_32b} | {average.medgemma_27b} |",
    )
    return "\n".join(rows)


def _section(benchmark: Benchmark, lang: Lang, say: Callable[[str], str]) -> str:
    words = _WORDS[lang]
    lines = [f'### <a id="{benchmark.name}"></a>{benchmark.title}', say(benchmark.reads), _facts(benchmark, lang, say)]
    if benchmark.official is None:
        lines.append(
            f"{words['official']}: {words['none']}" if lang == "en" else f"{words['official']}：{words['none']}"
        )
    else:
        lines += [words["official"].format(_settings(benchmark.official, lang)), _prompts(benchmark.official, lang)]
        if benchmark.official.note:
            lines.append(say(benchmark.official.note))
    if benchmark.faults:
        lines += [words["faults"], "\n".join(f"- {say(fault)}" for fault in benchmark.faults)]
    return "\n\n".join(lines)


def _facts(benchmark: Benchmark, lang: Lang, say: Callable[[str], str]) -> str:
    words, join, source = _WORDS[lang], _JOIN[lang], benchmark.source
    also = ", ".join(f"`{alias}`" for alias in benchmark.aliases)
    counted = [words["multiple" if benchmark.multiple and benchmark.kind == "choice" else benchmark.kind]]
    counted += [words["category"]] if benchmark.average == "category" else []
    counted += [words["headline"].format(", ".join(benchmark.headline))] if benchmark.headline else []
    gaps = ", ".join(f"{one} – {other}" for one, other in benchmark.gaps)
    counted += [words["gaps"].format(gaps)] if gaps else []
    licence = [say(source.licence)] + ([words["confidential"]] if benchmark.confidential else [])
    size = [words["items"].format(f"{benchmark.size:,}")]
    size += [words["chance"].format(f"{benchmark.chance:.1f}")] if benchmark.chance is not None else []
    card = benchmark.card
    rows = [
        (words["name"], join.join([f"`{benchmark.name}`"] + ([words["also"].format(also)] if also else []))),
        (words["size"], join.join(size)),
        (words["langs"], join.join(words[name] for name in benchmark.langs)),
        (words["counted"], join.join(counted)),
        (words["licence"], join.join(licence)),
        (words["get"], join.join(_ways(benchmark, lang, say))),
        (words["forms"], join.join(_form(form, lang) for form in benchmark.forms)),
    ]
    if card is not None:
        figures = f"Med-Go {card.medgo}, Lingshu-32B {card.lingshu_32b}, MedGemma-27B {card.medgemma_27b}"
        rows.append((words["card"], figures))
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)])


def _ways(benchmark: Benchmark, lang: Lang, say: Callable[[str], str]) -> list[str]:
    words, source = _WORDS[lang], benchmark.source
    ways = []
    if source.hub:
        ways.append(words["hub"].format(source.hub))
        ways.append(words["revision"].format(source.revision[:12]) if source.revision else words["newest"])
        ways += [words["gated"]] if source.gated else []
    ways += [say(source.get)] if source.get else []
    ways.append(words["page"].format(source.page))
    ways += [words["paper"].format(source.paper)] if re.fullmatch(r"\d{4}\.\d{4,5}", source.paper) else []
    return ways


def _form(form: Form, lang: Lang) -> str:
    words = _WORDS[lang]
    notes = [words["examples"]] if form.split == "dev" else []
    if form.columns:
        notes.append(words["headless"].format(len(form.columns)))
    else:
        notes.append(", ".join(f"`{name}`" for name in sorted(form.fields)))
    return f"{form.name} ({', '.join(notes)})" if lang == "en" else f"{form.name}（{'，'.join(notes)}）"


def _settings(protocol: Protocol, lang: Lang) -> str:
    return _WORDS[lang]["settings"].format(
        tokens=protocol.max_new_tokens, temperature=protocol.temperature, shots=protocol.shots
    )


def _prompts(protocol: Protocol, lang: Lang) -> str:
    """The prompts as templates, that of the page's language first."""
    order: list[Lang] = [lang, "zh" if lang == "en" else "en"]
    blocks = []
    for name in order:
        if name in protocol.prompt:
            system = f"[system]\n{protocol.system[name]}\n[user]\n" if name in protocol.system else ""
            text = f"{system}{protocol.prompt[name]}".replace("{{", "{").replace("}}", "}")
            blocks.append(f"```text\n{text}\n```")
    return "\n\n".join(blocks)


def main(arguments: list[str]) -> int:
    """Write the pages, or say which of them is not up to date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a page is out of date")
    check = parser.parse_args(arguments).check
    stale = [path for lang, path in PAGES.items() if not path.exists() or path.read_text("utf-8") != page(lang)]
    for lang, path in PAGES.items():
        if path in stale and not check:
            path.write_text(page(lang), encoding="utf-8")
    for path in stale:
        print(f"{path.name}: {'out of date; run scripts/benchmark_pages.py' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
