"""`spacegarden listen`: a partner's events on the developer's machine.

It reads the stream of events and needs no endpoint. So nothing that is set up for production changes, and a receiver
that fails here disables no endpoint.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import click

from cli import output
from cli.api import Refused, Unreachable
from cli.forwarding import Forwarder, body_of, key_of, new_secret
from cli.parameters import Header, Url
from cli.session import PartnerCommand, Session

_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_WAIT_SECONDS = 20
_STREAM = ("webhooks", "stream")
_RETRIED = (429, 500, 502, 503, 504)


class Secret(click.ParamType[str]):
    """A signing secret."""

    name = "whsec_…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuses a text that is not `whsec_` and base64."""
        try:
            key_of(str(value))
        except ValueError:
            self.fail("must be whsec_ and base64.", param, ctx)
        return str(value)


@click.command(cls=PartnerCommand)
@click.option(
    "--forward-to",
    "--forward",
    "forward_to",
    type=Url(),
    help="Your server's address, such as http://127.0.0.1:3000/hooks.",
)
@click.option(
    "--event", "--events", "event_types", multiple=True, help="An event type; may be repeated.  [all of them]"
)
@click.option("--secret", type=Secret(), help="What signs the forwarded events.  [a new one, which is printed]")
@click.option("--header", "headers", type=Header(), multiple=True, help="Sent along, as NAME:VALUE; may be repeated.")
@click.option("--consumer", help="A name under which your place is kept; listening again goes on from there.")
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
    consumer: str | None,
    count: int | None,
) -> None:
    """Show events as they happen, and forward them to a server on this machine.

    Forwarded events are signed like webhooks, with a secret of this session. A failed forward is told and not tried
    again. Endpoints and their deliveries stay as they are.
    """
    signing = secret or new_secret()
    feed = _Feed(session, event_types, consumer)
    forwarder = None if forward_to is None else Forwarder(forward_to, secret=signing, headers=dict(headers))
    where = "" if forward_to is None else f" Forwarding to {forward_to}, signed with {signing}."
    try:
        click.echo(f"Listening to {session.url}.{where} Ctrl-C ends it.", err=True)
        for number, event in enumerate(feed.events(), start=1):
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
    """The events of a partner, each once: from now on, or from where the consumer stopped."""

    def __init__(self, session: Session, event_types: tuple[str, ...], consumer: str | None) -> None:
        self._api = session.api
        self._types = {"event_types": ",".join(event_types)} if event_types else {}
        self._consumer = consumer
        start = {"consumer": consumer} if consumer else {}
        self._part: Mapping[str, Any] = self._read(start, wait=0)
        self._pause = _PAUSE_SECONDS

    def events(self) -> Iterator[Mapping[str, Any]]:
        """Waits for events, and gives them oldest first; stores the consumer's place after all of an answer."""
        while True:
            yield from self._part["data"]
            if self._consumer:
                self._ask(self._store)
            self._part = self._ask(partial(self._read, {"after": self._part["cursor"]}, wait=_WAIT_SECONDS))

    def _ask(self, call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """The answer of a call, which is repeated while the platform does not answer; standard error says so once."""
        while True:
            try:
                answer = call()
            except (Refused, Unreachable) as error:
                if isinstance(error, Refused) and error.status not in _RETRIED:
                    raise
                if self._pause == _PAUSE_SECONDS:
                    click.echo(f"{error} Trying again.", err=True)
                time.sleep(self._pause)
                self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                self._pause = _PAUSE_SECONDS
                return answer

    def _read(self, start: Mapping[str, str], *, wait: int) -> Mapping[str, Any]:
        return dict(self._api.call_as_partner("GET", *_STREAM, query={**start, **self._types, "wait": wait}))

    def _store(self) -> Mapping[str, Any]:
        body = {"consumer": self._consumer, "cursor": self._part["cursor"]}
        return dict(self._api.call_as_partner("POST", *_STREAM, body=body))
