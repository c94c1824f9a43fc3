"""Who makes the changes of this request, for the audit log, histories and log lines.

    admin            the operator, by the admin key
    key:<id>         a partner, by an API key
    <kind>:<id>      another credential, or a rule that acts by itself, by the kind that its feature gives it
    platform         nobody: a job, or the set-up of a local run

Whoever checks a credential names it by `act_as`; each request begins as the platform.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from chalicelib.core import logging

PLATFORM: Final = "platform"
ADMIN: Final = "admin"

_actor: ContextVar[str] = ContextVar("actor", default=PLATFORM)


def actor() -> str:
    """Who makes the changes now."""
    return _actor.get()


def act_as(name: str, *, partner: str | None = None) -> None:
    """Names who makes the changes from here on, until the request ends; `partner` is whose credential it is."""
    _actor.set(name)
    logging.bind(actor=name, **({} if partner is None else {"partner": partner}))


def act_as_nobody() -> None:
    """Forgets who made the changes, at the end of a request."""
    _actor.set(PLATFORM)


@contextmanager
def acting(name: str) -> Iterator[None]:
    """Names who makes the changes within the block."""
    before = actor()
    act_as(name)
    try:
        yield
    finally:
        act_as(before)
