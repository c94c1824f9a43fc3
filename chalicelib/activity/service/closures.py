"""The linked identities of a person."""

from collections.abc import Sequence
from functools import partial

from chalicelib.activity.domain import Closure, Identity
from chalicelib.activity.repository import links as repository
from chalicelib.core.side_by_side import side_by_side


def closure_of(origin: str, given: Sequence[Identity]) -> Closure:
    """The identities linked with the given ones. Each further step along links is one more round of requests."""
    closure = Closure(given)
    while fresh := closure.unread:
        found = side_by_side([partial(repository.links_of, origin, identity) for identity in fresh])
        closure.add_links(dict(zip(fresh, found, strict=True)))
    return closure
