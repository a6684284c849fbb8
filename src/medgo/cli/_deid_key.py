"""``medgo deid key``: makes the secret that surrogates come from, and shows what others may know of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from medgo.cli._errors import errors_shown
from medgo.deid.keys import create_key, public_pem, read_key

KeyPath = Annotated[
    Path, typer.Argument(help="The key file; keep it apart from the records. 密钥文件， 请与病历数据分开保管。")
]


def build_key() -> typer.Typer:
    """The commands of ``medgo deid key``."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        help="Keys of surrogates and certificates. 管理替代值与证书所用的密钥。",
    )
    app.command("new")(new_command)
    app.command("public")(public_command)
    return app


def new_command(path: KeyPath) -> None:
    """Make a key that only you can read. 新建一个只有本人可读的密钥文件。

    Who has it can draw the same surrogates again; without it nobody can.
    Keep it apart from the records.
    持有密钥的人可以重新算出相同的替代值， 没有密钥则谁也不能； 请与数据分开保管， 丢失后无法找回。
    """
    console = Console(stderr=True)
    with errors_shown(console):
        key = create_key(path)
    console.print(f"{path}: key {key.fingerprint}, readable by you alone 仅本人可读", highlight=False, markup=False)


def public_command(path: KeyPath) -> None:
    """Print the public key (PEM) that checks certificates signed with this key.
    输出公钥（PEM），供他人校验由该密钥签发的证书；公钥可以外传。
    """
    with errors_shown(Console(stderr=True)):
        pem = public_pem(read_key(path))
    typer.echo(pem.decode(), nl=False)
