"""``medgo chat``: options in, a conversation out. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medgo import __version__
from medgo.cli._chat_loop import ChatLoop
from medgo.cli._chat_screen import Screen
from medgo.cli._chat_texts import AID_NOTICE, EMBEDDED_NOTICE, Texts, user_language
from medgo.cli._engine_options import Threads
from medgo.inference.chat import ChatSession, ChatSettings, TranscriptLog, load_transcript
from medgo.inference.engines import DtypeName, EngineName, EngineOptions, open_engine
from medgo.inference.models.registry import parse_model_name
from medgo.inference.protocol import EngineInfo, Thinking


def chat_command(
    model: Annotated[
        str, typer.Option(help="Alias, hub id, folder, .gguf file, or the endpoint's model.")
    ] = "embedded",
    engine: Annotated[EngineName, typer.Option(help="What runs the model.")] = "auto",
    dtype: Annotated[DtypeName, typer.Option(help="Numbers; auto keeps 99 % agreement with float32.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda[:N].")] = "auto",
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible endpoint, http://host:8000/v1.")] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds without any byte from an endpoint before a try has failed.")
    ] = 120.0,
    max_retries: Annotated[int, typer.Option(help="Tries after the first at an endpoint.")] = 4,
    threads: Threads = None,
    system: Annotated[
        str | None, typer.Option(help="System prompt; default: medical, in your language; '' for none.")
    ] = None,
    thinking: Annotated[str, typer.Option(help="off, on, or at most N tokens of reasoning.")] = "off",
    max_new_tokens: Annotated[
        int | None, typer.Option(help="Longest reply in tokens, reasoning included. Default: 1024, more if thinking.")
    ] = None,
    temperature: Annotated[float, typer.Option(help="0 is greedy.")] = 0.7,
    top_p: Annotated[float, typer.Option(help="Nucleus mass in (0, 1].")] = 0.9,
    seed: Annotated[int, typer.Option(help="The same conversation with the same seed gives the same replies.")] = 0,
    transcript: Annotated[
        Path | None, typer.Option(help="Keep the conversation in this JSONL file; continue it if it exists.")
    ] = None,
) -> None:
    """Talk to a model. 与模型对话。

    In the conversation, /help lists the commands and Ctrl-C stops a reply. Without a terminal, each line of standard
    input is one message, and the answers go to standard output.
    """
    settings = ChatSettings(max_new_tokens=max_new_tokens, temperature=temperature, top_p=top_p, seed=seed)
    settings = settings.with_thinking(Thinking.parse(thinking))
    settings.sampling()  # a setting out of range is said before the model is loaded
    options = EngineOptions(
        model=model,
        engine=engine,
        dtype=dtype,
        device=device,
        base_url=base_url,
        timeout=timeout,
        max_retries=max_retries,
        threads=threads,
    )
    if not _talk(options, settings, system, transcript):
        raise typer.Exit(1)


def _talk(options: EngineOptions, settings: ChatSettings, system: str | None, transcript: Path | None) -> bool:
    """Hold the conversation. Returns whether every message was answered."""
    screen, texts = Screen.of_terminal(), Texts(user_language())
    remote = options.engine == "openai" or options.base_url is not None
    # A name that cannot be a model's is said now, and not after an engine has been imported.
    embedded = not remote and parse_model_name(options.model).scope == "embedded"
    earlier = load_transcript(transcript) if transcript and transcript.is_file() and transcript.stat().st_size else None
    log = TranscriptLog(transcript) if transcript else None
    with screen.waiting(texts("loading", model=options.model)):
        engine = open_engine(options)
    try:
        _say_banner(screen, texts, engine.info, embedded=embedded)
        session = ChatSession(engine, system=system, settings=settings)
        session.think(settings.thinking)
        loop = ChatLoop(session, engine.info, screen, texts, log)
        if earlier is not None and transcript is not None:
            loop.restore(earlier, transcript)
            session.system = session.system if system is None else system
        loop.begin_log(continues=earlier is not None)
        loop.run()
    finally:
        engine.close()
        if log is not None:
            log.close()
    return not loop.failed


def _say_banner(screen: Screen, texts: Texts, info: EngineInfo, *, embedded: bool) -> None:
    context = f" · {texts('context', tokens=info.context_length)}" if info.context_length else ""
    screen.note(
        f"MedGo {__version__} · {info.model} · {info.engine} · {info.dtype} · {info.device}{context}", style="bold"
    )
    if embedded:
        for line in EMBEDDED_NOTICE:
            screen.note(line, style="yellow")
    else:
        screen.note(AID_NOTICE[texts.language])
    if screen.interactive:
        screen.note(texts("hint"))
