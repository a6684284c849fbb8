"""``medgo export gguf``: a model as one file for Ollama and llama.cpp."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


class ExportDtype(StrEnum):
    """How matrices are held in the file."""

    f32 = "f32"
    f16 = "f16"
    bf16 = "bf16"
    q8_0 = "q8_0"


def export_gguf_command(
    model: Annotated[str, typer.Argument(help="Alias, hub id, folder or GGUF file. / 模型名称、目录或文件。")],
    output: Annotated[Path, typer.Argument(help="The .gguf file to write. / 要写入的 .gguf 文件。")],
    dtype: Annotated[
        ExportDtype,
        typer.Option(help="f16 keeps all that matters; q8_0 is half its size. / f16 近乎无损，q8_0 小一半。"),
    ] = ExportDtype.f16,
) -> None:
    """Write a model as a GGUF file for Ollama and llama.cpp. / 导出 GGUF 文件，供 Ollama 与 llama.cpp 使用。"""
    from medgo.inference.models import ensure_hf_folder, resolve_model
    from medgo.inference.models.gguf_export import export_gguf

    export_gguf(ensure_hf_folder(resolve_model(model)), output, dtype.value)
    Console().print(f"[green]✓[/green] {output} ({output.stat().st_size / 1e6:,.0f} MB)", highlight=False)
