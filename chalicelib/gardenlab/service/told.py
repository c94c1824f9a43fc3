"""What partners are told of their users: events that are recorded only while an endpoint names them.

Each is in the transaction of its change. The module of the bodies is loaded with the first event that is named.
"""

from datetime import datetime

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import ACTION_EVENT, ANNOUNCED_EVENT, CLAIMED_EVENT, LEVEL_EVENT, Applied
from chalicelib.gardenlab.models import InteractionRow, TokenRow
from chalicelib.gardenlab.schemas import nft_url
from chalicelib.webhooks.telling import add_named


def add_announcement(transaction: Transaction, token: TokenRow) -> None:
    """A user was announced, who has this NFT from now on."""

    def announced() -> object:
        from chalicelib.gardenlab import user_event_bodies as bodies

        return bodies.announced(
            bodies.names_of(token),
            at=epoch_micros(token.created_at),
            contract_id=token.contract_id,
            category_id=token.user_category_id,
            url=nft_url(token.place, token.token_id),
        )

    add_named(transaction, token.origin, {ANNOUNCED_EVENT: announced})


def add_action(
    transaction: Transaction, token: TokenRow, interaction: InteractionRow, applied: Applied, *, at: datetime
) -> None:
    """An action was applied to an NFT, and may have raised its level."""

    def action_applied() -> object:
        from chalicelib.gardenlab import user_event_bodies as bodies

        return bodies.action_applied(
            bodies.names_of(token),
            applied,
            at=epoch_micros(at),
            action_id=interaction.action_id,
            interaction_name=interaction.name,
            attribute=interaction.type,
        )

    def level_reached() -> object:
        from chalicelib.gardenlab import user_event_bodies as bodies

        return bodies.level_reached(bodies.names_of(token), applied, at=epoch_micros(at))

    is_higher = applied.level_after > applied.level_before
    lifted = {LEVEL_EVENT: level_reached} if is_higher else {}
    add_named(transaction, token.origin, {ACTION_EVENT: action_applied, **lifted})


def add_claim(transaction: Transaction, token: TokenRow, *, user_addr: str, token_url: str) -> None:
    """The mint of an NFT begins; the row has its token id already."""

    def claimed() -> object:
        from chalicelib.gardenlab import user_event_bodies as bodies

        at = epoch_micros(now())
        return bodies.claimed(bodies.names_of(token), at=at, user_addr=user_addr, token_url=token_url)

    add_named(transaction, token.origin, {CLAIMED_EVENT: claimed})
