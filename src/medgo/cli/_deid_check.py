"""``medgo deid certify``, ``check`` and ``review``: sign a run, check what was signed, let a person look."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from medgo.cli._deid_options import (
    DEFAULT_PLUGINS,
    ColumnsOption,
    FormatOption,
    Input,
    Lang,
    Output,
    Plugins,
    TierOption,
    examples,
    plugin_names,
)
from medgo.cli._errors import OK, ROWS_FAILED, errors_shown
from medgo.deid.policy import BUILT_IN, accepted_policies
from medgo.deid.runs import RunConfig
from medgo.deid.runs.config import Mode
from medgo.errors import InputError
from medgo.schema import Certificate
from medgo.store import encode_row, replacing
from medgo.store.certificates import verify_certificate

Policy = Annotated[str, typer.Option(help="Name or file of the run's policy. 运行时所用的策略， 必须一致。")]
KeyFile = Annotated[
    Path | None, typer.Option(help="The run's key file; it signs. 运行时所用的密钥文件， 证书由它签名。")
]
CERTIFY_EXAMPLES = examples(
    ('medgo deid certify records.jsonl clean.jsonl --key-file keys/ward.key --issuer "总医院信息科"', ""),
    ("... --models", "LAC and spaCy read it, too 模型一并复核"),
    ("... --cleared nobody.jsonl", "suspects that a person cleared 人工排除的可疑位置"),
)
CHECK_EXAMPLES = examples(
    ("medgo deid check clean.jsonl --trust public.pem", ""),
    ("medgo deid check clean.jsonl --trust public.pem --policy strict", "under that policy only 只接受该策略"),
)
REVIEW_EXAMPLES = examples(
    ("medgo deid review records.jsonl clean.jsonl --sheet review.html", "1. the page 生成抽查页面"),
    (
        "medgo deid review records.jsonl clean.jsonl --corrections corrections.json --key-file keys/ward.key",
        "2. count, sign again 计数并重新签发",
    ),
)


def deid_certify_command(
    source: Input,
    output: Output,
    key_file: KeyFile = None,
    issuer: Annotated[
        str, typer.Option(help="Who answers for the file; stands in the certificate. 对文件负责的机构， 写入证书。")
    ] = "",
    policy: Policy = BUILT_IN,
    mode: Annotated[Mode, typer.Option(help="As in the run. 替换方式， 须与运行时一致。")] = "surrogate",
    lang: Lang = "auto",
    tier: TierOption = "a",
    models: Annotated[
        bool,
        typer.Option(
            "--models", help="Let tier b's models read the output, too. 让 b 层的模型也复核输出， 运行时须只用 a 层。"
        ),
    ] = False,
    cleared: Annotated[
        Path | None,
        typer.Option(
            help="Lines of suspects.jsonl that a person found to be nobody's. "
            "suspects.jsonl 中的行， 经人工确认与任何人无关。"
        ),
    ] = None,
    plugins: Plugins = DEFAULT_PLUGINS,
    form: FormatOption = "auto",
    columns: ColumnsOption = None,
) -> None:
    """Attack a finished run's output and sign what came of it. 对输出作残留攻击，并签发证书。

    Exit codes: 0 a certificate that holds, 1 one that says what is lacking,
    2 nothing could be signed. 退出码： 0 证书有效； 1 证书载明不足之处； 2 无法签发。
    """
    console = Console(stderr=True)
    with errors_shown(console):
        from medgo.deid.proving.certifying import certify_run

        if not issuer:
            raise InputError("a certificate names who answers for it", hint='--issuer "Hospital, department"')
        config = RunConfig(source, output, policy, mode, key_file, lang, tier, plugin_names(plugins), form, columns)
        done = certify_run(config, issuer=issuer, today=_today(), models=models, cleared=cleared)
        for certificate in done.certificates:
            _show(certificate)
        console.print(
            f"linkable records 可链接记录: {done.linkable} · in groups below k 小于 k 的组内记录: {done.below_k}"
        )
        console.print(f"public key 公钥: {done.public_key}", soft_wrap=True)
        _say_lacking(console, done.shortcomings, done.suspects)
    raise typer.Exit(ROWS_FAILED if done.shortcomings or not done.certificates else OK)


def deid_check_command(
    file: Annotated[
        Path,
        typer.Argument(help="De-identified records; the certificate lies beside them. 已去标识的病历，证书在旁。"),
    ],
    trust: Annotated[
        list[Path],
        typer.Option(help="Public key (PEM) of an issuer; may be repeated. 所信任的签发机构公钥， 可重复给出。"),
    ],
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help=f"A policy that is accepted; may be repeated. Default: {BUILT_IN}. 接受的策略， 可重复给出。"
        ),
    ] = None,
) -> None:
    """Whether a file's certificate holds: bytes, signature, policy, outcome of the attack, date.
    校验文件的证书：内容、签名、策略、攻击结果与有效期。

    Exit codes: 0 it holds, 2 it does not, or there is none. 退出码： 0 有效； 2 无效或没有。
    """
    with errors_shown(Console(stderr=True)):
        accepted = accepted_policies(policy or [BUILT_IN])
        _show(verify_certificate(file, trust, policies=accepted, today=_today()))
    Console().print("[green]valid[/] 有效")


def deid_review_command(
    source: Input,
    output: Output,
    sheet: Annotated[
        Path | None,
        typer.Option(
            help="Write the page for the reviewer here; it shows originals. 抽查页面的位置； 含原文， 勿外传。"
        ),
    ] = None,
    size: Annotated[int, typer.Option(min=1, metavar="N", help="Texts on the page. 页面上的文本份数。")] = 300,
    seed: Annotated[int, typer.Option(help="Other seeds draw other texts. 随机种子； 换一个即抽另一批文本。")] = 0,
    corrections: Annotated[
        Path | None,
        typer.Option(help="What the page saved: counts it. 页面保存的更正文件； 计数后写入证书。"),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(help="Write reviewed texts as a development set. 把已审文本写成标注集， 可用于评测。"),
    ] = None,
    key_file: KeyFile = None,
    policy: Policy = BUILT_IN,
    lang: Lang = "auto",
    tier: TierOption = "a",
    plugins: Plugins = DEFAULT_PLUGINS,
    form: FormatOption = "auto",
    columns: ColumnsOption = None,
) -> None:
    """Let a person read a sample against the originals, and count what the person finds.
    由人对照原文抽查，并统计所发现的泄漏。

    First with --sheet, then with --corrections: the certificate is issued
    again with the leak rate's bound in it.
    先用 --sheet 生成页面， 审完保存后再用 --corrections 计数， 证书会连同泄漏率上界重新签发。

    Exit codes: 0, 1 the certificate lacks something, 2 nothing could be done.
    退出码： 0 完成； 1 证书仍有不足； 2 无法进行。
    """
    console = Console(stderr=True)
    with errors_shown(console):
        if (sheet is None) == (corrections is None):
            raise InputError("either --sheet or --corrections is asked for", hint="--sheet first")
        mode: Mode = "surrogate" if key_file is not None else "tag"
        config = RunConfig(source, output, policy, mode, key_file, lang, tier, plugin_names(plugins), form, columns)
        if sheet is not None:
            _write_sheet(console, config, sheet, size, seed)
        elif corrections is not None:
            _count(console, config, corrections, gold)


def _write_sheet(console: Console, config: RunConfig, sheet: Path, size: int, seed: int) -> None:
    from medgo.deid.proving.review import sampled
    from medgo.deid.proving.reviewing import review_items
    from medgo.deid.proving.sheet import write_sheet
    from medgo.deid.runs.tools import open_tools

    items = sampled(review_items(config, open_tools(config, b"")), size, seed)
    write_sheet(sheet, items, title=f"Review 抽查 · {config.output.name}")
    console.print(
        f"{sheet}: {len(items)} texts; it shows originals, keep it in the house 含原文，请勿外传", soft_wrap=True
    )


def _count(console: Console, config: RunConfig, corrections: Path, gold_file: Path | None) -> None:
    from medgo.deid.proving.certifying import sign_review
    from medgo.deid.proving.review import gold, gold_line, read_corrections
    from medgo.deid.proving.reviewing import review_items
    from medgo.deid.runs.tools import open_tools

    said = read_corrections(corrections)
    wanted = {one.id for one in said}
    items = [one for one in review_items(config, open_tools(config, b"")) if one.id in wanted]
    notes = list(gold(items, said))
    if gold_file is not None:
        with replacing(gold_file) as file:
            file.writelines(encode_row(gold_line(note)) for note in notes)
    leaks, wrong = sum(bool(one.missed) for one in said), sum(len(one.wrong) for one in said)
    console.print(f"{len(said)} texts read 已读, {leaks} with a leak 有泄漏, {wrong} marks that were none 误标")
    if config.key_file is None:
        console.print("no --key-file: the certificate stays as it is 未提供密钥，证书未更新")
        return
    certificates, lacking = sign_review(config, said, today=_today())
    for certificate in certificates:
        _show(certificate)
    _say_lacking(console, lacking, None)
    raise typer.Exit(ROWS_FAILED if lacking else OK)


def _show(certificate: Certificate) -> None:
    table = Table(title=f"certificate 证书 {certificate.id}", show_header=False)
    for name, value in certificate.to_dict().items():
        if name not in ("id", "signature"):
            table.add_row(name, json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value))
    Console().print(table)


def _say_lacking(console: Console, lacking: list[str], suspects: Path | None) -> None:
    for line in lacking:
        console.print(f"[red]not certified 未通过[/]: {line}", soft_wrap=True)
    if lacking and suspects is not None:
        console.print(f"places to look at 可疑位置: {suspects}", soft_wrap=True)


def _today() -> date:
    return datetime.now(UTC).date()
