"""What partners are told of their users: events that are recorded only while an endpoint names them.

Each is in the transaction of its change. Bodies and the recording of events load with the first that is named.
"""

from datetime import datetime
from typing import Final

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import ACTION_EVENT, ANNOUNCED_EVENT, CLAIMED_EVENT, LEVEL_EVENT, Applied
from chalicelib.gardenlab.models import InteractionRow, TokenRow
from chalicelib.gardenlab.schemas import nft_url
from chalicelib.webhooks.named import are_named

_OF_ANNOUNCEMENTS: Final = frozenset((ANNOUNCED_EVENT,))
_OF_ACTIONS: Final = frozenset((ACTION_EVENT, LEVEL_EVENT))
_OF_CLAIMS: Final = frozenset((CLAIMED_EVENT,))


def add_announcement(transaction: Transaction, token: TokenRow) -> None:
    """A user was announced, who has this NFT from now on."""
    if not are_named(token.origin, _OF_ANNOUNCEMENTS):
        return
    from chalicelib.gardenlab import user_event_bodies as bodies
    from chalicelib.webhooks import service as webhooks

    content = bodies.announced(
        bodies.names_of(token),
        at=epoch_micros(token.created_at),
        contract_id=token.contract_id,
        category_id=token.user_category_id,
        url=nft_url(token.place, token.token_id),
    )
    webhooks.emit_named(transaction, origin=token.origin, contents={ANNOUNCED_EVENT: content})


def add_action(
    transaction: Transaction, token: TokenRow, interaction: InteractionRow, applied: Applied, *, at: datetime
) -> None:
    """An action was applied to an NFT, and has perhaps lifted its level."""
    if not are_named(token.origin, _OF_ACTIONS):
        return
    from chalicelib.gardenlab import user_event_bodies as bodies
    from chalicelib.webhooks import service as webhooks

    names, moment = bodies.names_of(token), epoch_micros(at)
    contents: dict[str, bodies.Body] = {
        ACTION_EVENT: bodies.action_applied(
            names,
            applied,
            at=moment,
            action_id=interaction.action_id,
            interaction_name=interaction.name,
            attribute=interaction.type,
        )
    }
    if applied.level_after > applied.level_before:
        contents[LEVEL_EVENT] = bodies.level_reached(names, applied, at=moment)
    webhooks.emit_named(transaction, origin=token.origin, contents=contents)


def add_claim(transaction: Transaction, token: TokenRow, *, user_addr: str, token_url: str) -> None:
    """The mint of an NFT begins; the row has its token id already."""
    if not are_named(token.origin, _OF_CLAIMS):
        return
    from chalicelib.gardenlab import user_event_bodies as bodies
    from chalicelib.webhooks import service as webhooks

    names, at = bodies.names_of(token), epoch_micros(now())
    content = bodies.claimed(names, at=at, user_addr=user_addr, token_url=token_url)
    webhooks.emit_named(transaction, origin=token.origin, contents={CLAIMED_EVENT: content})
