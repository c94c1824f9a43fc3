"""What all commands share: connection options, list options, confirmation and errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce, wraps
from typing import Any
from urllib.parse import urlsplit

import click

from cli import output
from cli.api import Api, ApiError, Part, Refused, is_loopback
from cli.parameters import Key, Name, Url

LOCAL_URL = "http://127.0.0.1:8000"
# The key of every local run and of no deployed stage, so not a secret.
LOCAL_ADMIN_KEY = "sg_dev_admin_localonly0localonly0localonly0"
# The API key of the demo partner of every local run, so not a secret either.
LOCAL_KEY = "sg_dev_demo_localonly0localonly0localonly0"
REFUSED, UNREACHABLE, NOT_PRINTED = 1, 3, 4
_DEFAULT_LIMIT = 20

# Synonyms: a word of a tuple also calls the command that has another one as its name.
_SAME = (("create", "add"), ("delete", "remove", "revoke"), ("show", "get"))

Decorated = Callable[..., Any]
Fields = Mapping[str, Any]


@dataclass
class Session:
    """The connection and output options of a command line."""

    url: str = LOCAL_URL
    admin_key: str = LOCAL_ADMIN_KEY
    key: str = LOCAL_KEY
    as_json: bool = False

    @property
    def api(self) -> Api:
        """The API client; warns if a key would be sent unencrypted over a network."""
        address = urlsplit(self.url)
        secret = (self.admin_key, self.key) != (LOCAL_ADMIN_KEY, LOCAL_KEY)
        if secret and address.scheme == "http" and not is_loopback(address.hostname or ""):
            click.echo(f"Warning: the key goes to {address.hostname} unencrypted; use https.", err=True)
        return Api(self.url, admin_key=self.admin_key, key=self.key)

    def show(self, value: Fields, *, summary: str = "", readable: Fields | None = None) -> None:
        """Prints one object; see `output.show`."""
        output.show(value, as_json=self.as_json, summary=summary, readable=readable)

    def show_list(
        self, answer: Fields, *, columns: Sequence[str], readable: Callable[[Fields], Fields] | None = None
    ) -> None:
        """Prints a list object; `readable` gives the values of a row that need words."""
        rows = None if readable is None else [{**row, **readable(row)} for row in answer["data"]]
        output.show_list(answer, as_json=self.as_json, columns=columns, readable=rows)

    def show_entries(
        self,
        *path: str,
        cursor: str,
        part: Part,
        columns: Sequence[str],
        readable: Callable[[Fields], Fields] | None = None,
        **filters: str | None,
    ) -> None:
        """Reads a list of the admin surface, perhaps filtered, and prints it."""
        answer = self.api.read_list(*path, cursor=cursor, part=part, **filters)
        self.show_list(answer, columns=columns, readable=readable)

    def say_shown_once(self, what: str) -> None:
        """Says that what was just printed is to be kept."""
        output.say_shown_once(what, as_json=self.as_json)


class Command(click.Command):
    """A command with the connection options; prints errors of the platform."""

    credentials: tuple[str, ...] = ("--admin-key",)
    advice = "Give the platform's admin key with SPACEGARDEN_ADMIN_KEY or --admin-key."

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params += connection_options(self.credentials)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; exits with a status if the platform refused or was not reached."""
        try:
            return super().invoke(ctx)
        except ApiError as error:
            output.print_error(error, as_json=ctx.ensure_object(Session).as_json, advice=self.advice)
            ctx.exit(REFUSED if isinstance(error, Refused) else UNREACHABLE)
        except output.ReaderGone:
            ctx.exit(NOT_PRINTED)
        except output.NotPrinted as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(NOT_PRINTED)


class PartnerCommand(Command):
    """A command that calls as a partner does, with its API key."""

    credentials = ("--key",)
    advice = "Give a partner's API key with SPACEGARDEN_KEY or --key."


class PublicCommand(Command):
    """A command that needs no key."""

    credentials = ()
    advice = ""


class Group(click.Group):
    """A group of `Command`s, which can also be called by synonyms."""

    command_class: type[click.Command] | None = Command
    group_class = type

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or of another word for the same."""
        same = next((words for words in _SAME if cmd_name in words), (cmd_name,))
        found = (super(Group, self).get_command(ctx, name) for name in (cmd_name, *same))
        return next((command for command in found if command is not None), None)


class PartnerGroup(Group):
    """A group of commands that call as a partner does."""

    command_class = PartnerCommand


def connection_options(credentials: Sequence[str], *, from_environment: bool = False) -> list[click.Parameter]:
    """The options that are allowed before and after a command's name; the later one counts.

    `credentials` says which of `--admin-key` and `--key` the command takes.
    """
    settings = {
        "--url": ("SPACEGARDEN_URL", Url(), f"The platform's address, or SPACEGARDEN_URL.  [{LOCAL_URL}]"),
        "--admin-key": ("SPACEGARDEN_ADMIN_KEY", Key(), "Its admin key, or SPACEGARDEN_ADMIN_KEY.  [the local run's]"),
        "--key": ("SPACEGARDEN_KEY", Key(), "A partner's API key, or SPACEGARDEN_KEY.  [the local demo partner's]"),
    }
    options: list[click.Parameter] = [
        _session_option(name, type=kind, envvar=variable if from_environment else None, help=text)
        for name, (variable, kind, text) in settings.items()
        if name == "--url" or name in credentials
    ]
    json_help = "Print the API's JSON object and nothing else."
    return [*options, _session_option("--json", "as_json", is_flag=True, help=json_help)]


def _session_option(*names: str, **settings: Any) -> click.Option:
    return click.Option(names, expose_value=False, callback=_set_option, **settings)


def _set_option(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    session = ctx.ensure_object(Session)
    if value and param.name:
        setattr(session, param.name, value)


def options(*each: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    """Options and arguments as one decorator, in the order in which help shows them."""

    def decorate(command: Decorated) -> Decorated:
        return reduce(lambda decorated, option: option(decorated), reversed(each), command)

    return decorate


def list_options(command: Decorated) -> Decorated:
    """Adds `--limit`, `--all` and `--after`, passed together as `part`."""

    @options(
        click.option("--limit", type=click.IntRange(min=1), help=f"At most so many entries.  [{_DEFAULT_LIMIT}]"),
        click.option("--all", "everything", is_flag=True, help="Every entry."),
        click.option("--after", metavar="ID", type=Name(), help="Begin behind this entry."),
    )
    @wraps(command)
    def with_part(*arguments: Any, limit: int | None, everything: bool, after: str | None, **others: Any) -> Any:
        if everything and limit is not None:
            raise click.UsageError("--all and --limit exclude each other.")
        part = Part(None if everything else limit or _DEFAULT_LIMIT, after)
        return command(*arguments, part=part, **others)

    return with_part


def changes_given(changes: dict[str, Any]) -> dict[str, Any]:
    """The given options; at least one is required."""
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        raise click.UsageError("There is nothing to change: give an option.")
    return given


def confirmed(question: str) -> Callable[[Decorated], Decorated]:
    """Adds `--yes`, without which the question is asked first. Its names in braces are the command's arguments."""

    def decorate(command: Decorated) -> Decorated:
        @click.option("--yes", is_flag=True, help="Do not ask.")
        @wraps(command)
        def ask(*arguments: Any, yes: bool, **options: Any) -> Any:
            confirm(question.format(**options), yes=yes)
            return command(*arguments, **options)

        return ask

    return decorate


def confirm(question: str, *, yes: bool) -> None:
    """Asks for confirmation and exits if it is refused; `yes` skips the question."""
    if yes:
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort as nobody:
        raise click.UsageError("Nobody answered the question; --yes answers it.") from nobody
    if not agreed:
        click.echo("Nothing was changed.", err=True)
        click.get_current_context().exit(REFUSED)
