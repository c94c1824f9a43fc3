"""`spacegarden listen`: a partner's events on the developer's machine.

It reads the list of events and needs no endpoint, so nothing that is set up for production changes, and a receiver
that fails here disables nothing there.
"""

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import click

from cli import output
from cli.api import Refused, Unreachable
from cli.commands.webhook_events import EVENTS
from cli.forwarding import Forwarder, body_of, key_of, new_secret
from cli.parameters import Header, Url
from cli.session import PartnerCommand, Session

_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_PAGE = 100
_REMEMBERED = 10_000
_RETRIED = (429, 500, 502, 503, 504)


class Secret(click.ParamType[str]):
    """A signing secret."""

    name = "whsec_…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuses what cannot sign."""
        try:
            key_of(str(value))
        except ValueError:
            self.fail("must be whsec_ and base64.", param, ctx)
        return str(value)


@click.command(cls=PartnerCommand)
@click.option("--forward-to", type=Url(), help="Your server's address, such as http://127.0.0.1:3000/hooks.")
@click.option("--event", "event_types", multiple=True, help="An event type; may be repeated.  [all of them]")
@click.option("--secret", type=Secret(), help="What signs the forwarded events.  [a new one, which is printed]")
@click.option("--header", "headers", type=Header(), multiple=True, help="Sent along, as NAME:VALUE; may be repeated.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many events.  [at Ctrl-C]")
@click.pass_obj
def listen(
    session: Session,
    /,
    *,
    forward_to: str | None,
    event_types: tuple[str, ...],
    secret: str | None,
    headers: tuple[tuple[str, str], ...],
    count: int | None,
) -> None:
    """Show events as they happen, and forward them to a server on this machine.

    Forwarded events are signed like webhooks, with a secret of this session. A failed forward is told and not tried
    again. Endpoints and their deliveries stay as they are.
    """
    signing = secret or new_secret()
    feed = _Feed(session)
    forwarder = None if forward_to is None else Forwarder(forward_to, secret=signing, headers=dict(headers))
    where = "" if forward_to is None else f" Forwarding to {forward_to}, signed with {signing}."
    try:
        click.echo(f"Listening to {session.url}.{where} Ctrl-C ends it.", err=True)
        for number, event in enumerate(feed.events(event_types), start=1):
            _report(event, forwarder, as_json=session.as_json)
            if number == count:
                return
    except KeyboardInterrupt:
        click.echo("", err=True)


def _report(event: Mapping[str, Any], forwarder: Forwarder | None, *, as_json: bool) -> None:
    status, detail = (None, "") if forwarder is None else forwarder.send(event)
    if as_json:
        outcome = {} if forwarder is None else {"answer": status, "detail": detail}
        output.show_line({**event, **outcome})
        return
    answered = "" if forwarder is None else f"  -> {status} ({detail})" if status else f"  -> failed: {detail}"
    test = "  test" if event["test"] else ""
    output.say(f"{datetime.now():%H:%M:%S}  {event['type']}  {event['id']}{test}{answered}")
    if forwarder is None:
        output.say(f"          {body_of(event).decode()}")


class _Feed:
    """The events of a partner from now on, each once.

    A list may show an event some moments late, behind one that is newer; so what was seen is remembered, and every
    look goes over the newest page.
    """

    def __init__(self, session: Session) -> None:
        self._api = session.api
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._pause = _PAUSE_SECONDS
        self._remember(self._page(None)["data"])

    def events(self, event_types: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
        """Waits for events, and gives them oldest first."""
        while True:
            for event in self._look():
                if not event_types or event["type"] in event_types:
                    yield event
            time.sleep(self._pause)

    def _look(self) -> list[Any]:
        """What is new, oldest first; nothing while the platform is away, which is told once."""
        try:
            new = self._new_events()
        except (Refused, Unreachable) as error:
            if isinstance(error, Refused) and error.status not in _RETRIED:
                raise
            if self._pause == _PAUSE_SECONDS:
                click.echo(f"{error} Trying again.", err=True)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
            return []
        self._pause = _PAUSE_SECONDS
        self._remember(new)
        return new[::-1]

    def _new_events(self) -> list[Any]:
        new: list[Any] = []
        after: str | None = None
        while True:
            page = self._page(after)
            unseen = [event for event in page["data"] if event["id"] not in self._seen]
            new += unseen
            if len(unseen) < len(page["data"]) or not page["has_more"]:
                return new
            after = page["data"][-1]["id"]

    def _page(self, after: str | None) -> dict[str, Any]:
        query = {"limit": _PAGE, **({"starting_after": after} if after else {})}
        return dict(self._api.call_as_partner("GET", *EVENTS, query=query))

    def _remember(self, newest_first: list[Any]) -> None:
        for event in reversed(newest_first):
            self._seen[event["id"]] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
