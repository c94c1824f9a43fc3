"""Whom some identities may be."""

from collections.abc import Sequence
from functools import partial

from chalicelib.activity.domain import Closure, Identity
from chalicelib.activity.repository import links as repository
from chalicelib.core.side_by_side import side_by_side


def closure_of(origin: str, given: Sequence[Identity]) -> Closure:
    """Everybody whom the given identities may be; as many levels of requests as links follow one another."""
    closure = Closure(given)
    while fresh := closure.unasked:
        found = side_by_side([partial(repository.links_of, origin, identity) for identity in fresh])
        closure.learn(dict(zip(fresh, found, strict=True)))
    return closure
