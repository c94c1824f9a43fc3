"""`spacegarden open`."""

import sys
import webbrowser

import click

from cli import output
from cli.session import PublicCommand, Session

_PAGES = {"home": "/", "console": "/console", "docs": "/docs", "claim": "/claim"}


@click.command("open", cls=PublicCommand)
@click.argument("page", type=click.Choice(tuple(_PAGES)), default="console")
@click.option("--print", "only_print", is_flag=True, help="Print the address, and open nothing.")
@click.pass_obj
def open_page(session: Session, /, *, page: str, only_print: bool) -> None:
    """Open a page of the platform in a browser: the console, unless another is named."""
    address = session.url + _PAGES[page]
    if session.as_json:
        session.show({"url": address})
    else:
        output.say(address)
    if not only_print and sys.stdout.isatty():
        webbrowser.open(address)
