"""The command and its groups.

Exit status: 0 done; 1 refused by the platform, or not confirmed; 2 wrong usage; 3 platform not reachable; 4 done, but
the answer could not be printed to standard output and is on standard error.
"""

import os
import sys

import click

from cli import output
from cli.commands.audit import audit
from cli.commands.category import category
from cli.commands.code import code
from cli.commands.collection import collection
from cli.commands.faucet import faucet
from cli.commands.health import health
from cli.commands.interaction import interaction
from cli.commands.key import key
from cli.commands.link import link
from cli.commands.mission import mission
from cli.commands.oauth_client import oauth_client
from cli.commands.oauth_grant import oauth_grant
from cli.commands.partner import partner
from cli.commands.queues import deliveries, queues
from cli.commands.signer import signer
from cli.commands.signing_key import signing_key
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
    except OSError as error:  # of click's own words, such as the help
        click.echo(f"Error: {output.handle_print_failure('The text', error)}", err=True)
        sys.exit(NOT_PRINTED)


def _as_text(argument: str) -> str:
    """An argument with characters outside the terminal's encoding, which Python passes as surrogate escapes."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return os.fsencode(argument).decode()
    return argument


root = Group(
    "spacegarden",
    params=connection_options(from_environment=True),
    commands=[
        partner,
        key,
        oauth_client,
        oauth_grant,
        collection,
        category,
        interaction,
        code,
        mission,
        link,
        signer,
        audit,
        queues,
        deliveries,
        signing_key,
        faucet,
        health,
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""Sets up a Spacegarden platform: a local run, or a deployed stage.

    Without --url it speaks to the local run at http://127.0.0.1:8000, with that run's admin key. A deployed stage
    needs its address and its admin key; give the key in SPACEGARDEN_ADMIN_KEY, since a command line can be read by
    others on the machine.
    """,
    epilog="Exit status: 0 done, 1 refused, 2 wrong usage, 3 the platform cannot be reached, 4 done but not printed.",
)
