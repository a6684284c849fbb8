"""The words of a report in Chinese and English, and how its numbers are written. Knows no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medgo.evaluation.statistics import Estimate
from medgo.evaluation.summary import BenchmarkSummary


@dataclass(frozen=True, slots=True)
class Words:
    """One phrase in both languages."""

    en: str
    zh: str

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


GROUPS: Mapping[str, Words] = {
    "Medical Knowledge": Words("Medical Knowledge", "医学知识"),
    "Clinical Reasoning": Words("Clinical Reasoning", "临床推理"),
    "Medical Standard": Words("Medical Standard", "医学规范"),
    "Beyond the card": Words("Beyond the card", "模型卡之外"),
}

WORDS: Mapping[str, Words] = {
    "title": Words("Evaluation report", "评测报告"),
    "results": Words("Results", "结果"),
    "runs": Words("Runs", "运行"),
    "items": Words("Items", "题目"),
    "details": Words("Details by benchmark", "各评测集详情"),
    "benchmark": Words("Benchmark", "评测集"),
    "run": Words("Run", "运行"),
    "score": Words("Score %", "得分 %"),
    "interval": Words("95 % interval", "95 % 区间"),
    "n": Words("n (questions)", "题数"),
    "comparison": Words("Comparison, paired by item", "逐题配对比较"),
    "pairs": Words("pairs", "配对题数"),
    "difference": Words("B - A, points", "B - A（分）"),
    "p_holm": Words("p (Holm)", "p (Holm)"),
    "verdict": Words("Verdict", "结论"),
    "mean_difference": Words("Mean of the differences", "差值的平均"),
    "not_compared": Words("not compared", "未比较"),
    "differs": Words("settings that differ", "设置不同"),
    "unparsed": Words("unparsed", "无法读取"),
    "truncated": Words("cut off", "被截断"),
    "forced": Words("forced", "强制作答"),
    "thinking_forced": Words("thinking budget spent", "思考预算用尽"),
    "refused": Words("refused", "拒答"),
    "failed": Words("failed", "出错"),
    "unjudged": Words("not judged", "未评分"),
    "plot": Words("0 to 100", "0 到 100"),
    "card": Words("Model card (published, unverified)", "模型卡（公布值，未经核实）"),
    "mean": Words("Mean", "平均"),
    "mean_all": Words("Mean of the card's benchmarks", "模型卡各评测集平均"),
    "of_card": Words("{n} of {total} measured", "已测 {n}/{total}"),
    "missing": Words("not measured: {names}", "未测：{names}"),
    "same_card": Words("the card over the same ones", "模型卡同一组的平均"),
    "chance": Words("guessing", "随机猜测"),
    "model": Words("Model", "模型"),
    "method": Words("Method", "方法"),
    "protocol": Words("Protocol", "协议"),
    "weights": Words("Weights", "权重"),
    "engine": Words("Engine", "引擎"),
    "fingerprint": Words("Fingerprint of the run", "运行指纹"),
    "version": Words("MedGo version", "MedGo 版本"),
    "data": Words("Data", "数据"),
    "form": Words("form", "形式"),
    "skipped": Words("Not in this run", "本次运行未包含"),
    "notes": Words("Notes", "说明"),
    "metric": Words("Metric", "指标"),
    "metrics": Words("Further metrics", "其他指标"),
    "diagnostics": Words("Calibration and label mass", "校准与标签概率"),
    "by_category": Words("By category", "按类别"),
    "by_variant": Words("By variant", "按变体"),
    "by_lang": Words("By language", "按语言"),
    "gaps": Words("Gaps between variants (points)", "变体之间的差距（分）"),
    "part": Words("{n} of {size} items", "{size} 题中的 {n} 题"),
    "failures": Words(
        "failed and not counted: {n}; the score would be {low} if all were wrong, {high} if all were right.",
        "出错而未计入的回答：{n}；若全错得分为 {low}，若全对为 {high}。",
    ),
    "no_judge": Words("without a judge's score and not counted: {n}.", "尚无评分而未计入的回答：{n}。"),
    "scored_withheld": Words(
        "judged, but the score is withheld and not counted: {n}.", "已评分，但得分不予显示、未计入的回答：{n}。"
    ),
    "judge": Words("the judge: {reason}.", "评审模型：{reason}。"),
    "withheld": Words("the headline is withheld: {reason}.", "不给出得分：{reason}。"),
    "related": Words(
        "judges of the judged model's own weights or family: {names}.", "与被评模型同权重或同系列的评审模型：{names}。"
    ),
    "embedded": Words(
        "The embedded model shows that the machinery works. It has no medical skill: these figures say nothing about "
        "MedGo.",
        "内置模型只用于演示流程，不具备医学能力；这些数字与 MedGo 的水平无关。",
    ),
    "how_counted": Words(
        "Unparsed, cut off and refused replies count as wrong. Failures of the engine or endpoint count as nothing. "
        "Intervals: Wilson for plain accuracies, otherwise a bootstrap over items (all epochs and variants of a "
        "question drawn together). Means are unweighted.",
        "无法读取、被截断和拒答的回复均按错误计；引擎或接口出错不计入。区间：普通准确率用 Wilson 法，"
        "其余用按题重抽样的自助法（同一题的多次作答与变体一起抽取）。平均值不加权。",
    ),
    "card_note": Words(
        "The card names no prompt, sample size or interval for its figures.",
        "模型卡没有给出其数字所用的提示词、题数与区间。",
    ),
    "shown": Words(
        "{n} of {total} answers are on this page: failed and unread ones first, then wrong ones, then right ones.",
        "本页包含 {total} 个回答中的 {n} 个：先列出错和无法读取的，再列答错的，最后是答对的。",
    ),
    "confidential": Words(
        "The publisher asks that these items are not passed on: no text is shown.",
        "发布者要求不得传播题目：不显示文本。",
    ),
    "all": Words("all", "全部"),
    "right": Words("right", "正确"),
    "wrong": Words("wrong", "错误"),
    "counted_wrong": Words("counted as wrong", "按错误计"),
    "answered": Words("free text", "自由文本"),
    "search": Words("Search in prompts and replies", "搜索题目与回复"),
    "prompt": Words("Prompt", "提示"),
    "options": Words("Options", "选项"),
    "reasoning": Words("Reasoning", "思考过程"),
    "reply": Words("Reply", "回复"),
    "gold": Words("Gold", "标准答案"),
    "answer": Words("Answer", "读出的答案"),
    "rule": Words("Rule", "读取规则"),
    "probabilities": Words("Log-probabilities", "对数概率"),
    "scores": Words("Scores", "评分"),
    "reference": Words("Reference", "参考答案"),
    "none": Words("no item fits", "没有符合条件的题目"),
    "found": Words("found", "条"),
    "previous": Words("previous", "上一页"),
    "next": Words("next", "下一页"),
    "left_out": Words("characters left out", "个字符未显示"),
    "epoch": Words("epoch", "轮次"),
    "ours": Words("this run, with interval", "本次运行（含区间）"),
    "filter": Words("Show", "显示"),
}


def say(key: str, lang: str, **values: object) -> str:
    """Return a phrase, filled in."""
    return WORDS[key][lang].format(**values) if values else WORDS[key][lang]


def percent(fraction: float) -> str:
    """Write a fraction of 1 in percent."""
    return f"{100 * fraction:.1f}"


def interval(estimate: Estimate) -> str:
    """Write the interval of a fraction in percent."""
    return f"{percent(estimate.low)} – {percent(estimate.high)}"


def sample_size(summary: BenchmarkSummary) -> str:
    """How many questions are behind the headline: rewritings and rotations of one count once."""
    return "0" if summary.headline is None else f"{summary.headline.n}"


def points(estimate: Estimate) -> str:
    """Write a difference in percentage points with its interval."""
    return f"{100 * estimate.value:+.1f} [{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"


def probability(p: float) -> str:
    """Write a p-value."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def share(fraction: float) -> str:
    """Write a rate in percent; nothing is a dash, and little is never rounded to nothing."""
    if fraction == 0:
        return "–"
    return "<0.1 %" if fraction < 0.001 else f"{100 * fraction:.1f} %"
