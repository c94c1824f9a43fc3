"""The command and its groups.

Exit status: 0 done; 1 refused by the platform, or not confirmed; 2 wrong usage; 3 platform not reachable; 4 done, but
the answer could not be printed to standard output and is on standard error. A list whose reader has gone, such as
`head`, ends with 4 too, without a message.
"""

import os
import sys

import click

from cli import output
from cli.commands.audit import audit
from cli.commands.category import category
from cli.commands.code import code
from cli.commands.collection import collection
from cli.commands.completion import completion
from cli.commands.faucet import faucet
from cli.commands.gas_budget import gas_budget
from cli.commands.health import health
from cli.commands.interaction import interaction
from cli.commands.jobs import jobs
from cli.commands.key import key
from cli.commands.link import link
from cli.commands.listen import listen
from cli.commands.mission import mission
from cli.commands.oauth_client import oauth_client
from cli.commands.oauth_grant import oauth_grant
from cli.commands.open_page import open_page
from cli.commands.partner import partner
from cli.commands.queues import deliveries, queues
from cli.commands.signer import signer
from cli.commands.signing_key import signing_key
from cli.commands.trigger import trigger
from cli.commands.usage import usage
from cli.commands.users import users
from cli.commands.webhooks import webhooks
from cli.session import NOT_PRINTED, Group, connection_options


def main() -> None:
    """Runs the command line of this process."""
    output.prepare_streams()
    try:
        arguments = [_as_text(argument) for argument in sys.argv[1:]]
    except UnicodeDecodeError:
        click.echo("Error: an argument is not text in this terminal's encoding, nor in UTF-8.", err=True)
        sys.exit(2)
    try:
        root.main(arguments, prog_name="spacegarden")
    except OSError as error:  # in what click itself prints, such as the help
        click.echo(f"Error: {output.handle_print_failure('The text', error)}", err=True)
        sys.exit(NOT_PRINTED)


def _as_text(argument: str) -> str:
    """An argument as text: Python gives bytes outside the terminal's encoding as surrogate escapes.

    Raises `UnicodeDecodeError`.
    """
    try:
        argument.encode()
    except UnicodeEncodeError:
        return os.fsencode(argument).decode()
    return argument


def _print_version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    del param
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("spacegarden")
        except PackageNotFoundError:
            found = "of a checkout that is not installed"
        click.echo(f"spacegarden {found}")
        ctx.exit()


_version = click.Option(
    ["--version"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the command's version.",
)

root = Group(
    "spacegarden",
    params=[_version, *connection_options(("--admin-key", "--key"), from_environment=True)],
    commands=[
        partner,
        key,
        oauth_client,
        oauth_grant,
        collection,
        gas_budget,
        category,
        interaction,
        code,
        mission,
        link,
        signer,
        jobs,
        audit,
        queues,
        deliveries,
        signing_key,
        faucet,
        health,
        users,
        usage,
        webhooks,
        listen,
        trigger,
        open_page,
        completion,
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""Sets up a Spacegarden platform, and works with a partner's data: on a local run, or a deployed stage.

    Without --url it speaks to the local run at http://127.0.0.1:8000, with that run's keys. A deployed stage needs its
    address and a key: the operator's commands the admin key; users, usage, webhooks, listen and trigger a partner's
    API key. Give keys in SPACEGARDEN_ADMIN_KEY and SPACEGARDEN_KEY, since a command line can be read by others on the
    machine.
    """,
    epilog="Exit status: 0 done, 1 refused, 2 wrong usage, 3 the platform cannot be reached, 4 done but not printed.",
)
