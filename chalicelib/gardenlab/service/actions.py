"""Applying an interaction to a guest's NFT: one atomic change."""

from datetime import datetime
from typing import Any

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, gardenlab_action
from chalicelib.chain.service import outbox as chain
from chalicelib.core.acting import actor
from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.errors import BadRequest
from chalicelib.core.retrying import RowChanged, until_unchanged
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import Applied, Standing, apply, xp_micros
from chalicelib.gardenlab.models import HOLDER, MINTED, MINTING, CollectionRow, InteractionRow, TokenRow
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.repository.editions import RulesChanged
from chalicelib.gardenlab.schemas import NewAction, NftBrief, ScanRead, chosen_token
from chalicelib.gardenlab.service import guests, interactions
from chalicelib.gardenlab.service.collections import resolve
from chalicelib.gardenlab.service.rules import Rules, rules_of
from chalicelib.idempotency.service import Guard


def new_action(
    origin: str, body: NewAction, guard: Guard, *, interaction_id: str | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Applies the action to the guest's NFT and returns the NFT; a dry run changes nothing.

    With an `interaction_id`, the interaction's present action name does not matter. The first try uses cached rules and
    an index: two requests in total. If the NFT or the rules have changed, they are read again, strongly consistent.
    Before an error is raised, and if the NFT is not the guest's newest, strongly consistent reads confirm it. Raises
    the contract's errors.
    """
    named = chosen_token(body)
    if body.guest.email is None and body.guest.uid is None:
        raise BadRequest("guest: email or uid is required", param="guest")
    custom = None if body.xpIncrement is None else xp_micros(body.xpIncrement)
    collection = resolve(origin, contract_id=body.contract_id, contract=body.contract)
    chosen, is_first, rules_stand = named, True, True

    def once() -> dict[str, Any]:
        nonlocal chosen, is_first, rules_stand
        strong = not is_first and chosen == named
        fresh = strong or not rules_stand
        is_first, rules_stand, moment = False, True, now()
        try:
            rules = rules_of(collection, body.action_id, interaction_id=interaction_id, fresh=fresh)
            token = _choose(collection, body, chosen, at=moment, strong=strong)
            if named is None and not strong:
                guests.require_newest(token)
            applied = _apply(rules.collection, rules.interaction, token, custom, at=moment)
        except (BadRequest, guests.IndexBehind) as refusal:
            if strong:
                raise
            chosen = named
            raise RowChanged from refusal  # perhaps: the index may lag
        answer = _answer(token, applied)
        if dry_run:
            scan = ScanRead.model_validate(_scan(rules.interaction, applied, moment))
            return answer | scan.model_dump(mode="json")
        try:
            _write(token, rules, applied, guard, answer, at=moment)
        except repository.TokenChanged:
            chosen = token.token_id
            raise
        except RulesChanged:
            rules_stand = False
            raise
        return answer

    guest = (origin, collection.contract_id, named or body.guest.uid or body.guest.email)
    return until_unchanged("the NFT", once, at=("nft", *guest))


def require_applicable(collection: CollectionRow, interaction: InteractionRow, token: TokenRow) -> None:
    """Raises the error that applying the interaction to an NFT would raise now; makes no request."""
    _apply(collection, interaction, token, None, at=now())


def _choose(
    collection: CollectionRow, body: NewAction, token_id: str | None, *, at: datetime, strong: bool
) -> TokenRow:
    email, uid = body.guest.email, body.guest.uid
    if token_id is not None:
        return guests.token_of_guest(collection, token_id, email=email, uid=uid)
    return guests.newest_valid(guests.tokens_of_guest(collection, email=email, uid=uid, strong=strong), at=at)


def _apply(
    collection: CollectionRow, interaction: InteractionRow, token: TokenRow, custom: int | None, *, at: datetime
) -> Applied:
    standing = Standing(
        xp_micros=int(token.xp_micros),
        level=int(token.level),
        max_level=token.max_level,  # type: ignore[arg-type]  # pynamodb types every number as float
        expires_at=guests.expires_at(token),
        attributes=token.attributes_map,
        counts=token.counts,
    )
    rule = interactions.rule_of(interaction)
    return apply(rule, standing, custom_micros=custom, thresholds=collection.level_thresholds, at=at)


def _write(
    token: TokenRow,
    rules: Rules,
    applied: Applied,
    guard: Guard,
    answer: dict[str, Any],
    *,
    at: datetime,
) -> None:
    from chalicelib.gardenlab.service import told  # loads with the first action, not with the API

    interaction, number = rules.interaction, int(token.scan_count) + 1
    transaction = Transaction()
    changes = {
        "xp_micros": applied.xp_after,
        "level": applied.level_after,
        "max_level_reached": applied.max_level_reached,
        "attributes_map": applied.attributes,
        "counts": applied.counts,
        "scan_count": number,
    }
    repository.add_change(transaction, token, changes)
    rules.require(transaction)
    repository.add_scan(transaction, token, number, actor=actor(), **_scan(interaction, applied, at))
    activity.record_act(
        transaction,
        token.origin,
        identity=_actor_of(rules.collection, token),
        activity=gardenlab_action(token.contract_id, interaction.action_id),
        at=at,
        source=f"{token.contract_id}/{token.lies_under}/{number}",
    )
    if token.status in (MINTING, MINTED) and token.burned_at is None:
        chain.enqueue_update(transaction, token_reference(token), scan_number=number)
    told.add_action(transaction, token, interaction, applied, at=at)
    guard.seal(transaction, answer)
    transaction.commit()


def _actor_of(collection: CollectionRow, token: TokenRow) -> Identity:
    """Whose act an application is: of the NFT's person, or of the wallet that holds its token."""
    if collection.xp_follows == HOLDER and token.owner is not None:
        return Identity("wallet", token.owner.lower())
    return Identity("email", token.mailbox)


def token_reference(token: TokenRow) -> chain.TokenReference:
    """The NFT as the chain context names it."""
    return chain.TokenReference(
        origin=token.origin,
        contract_id=token.contract_id,
        token_id=token.token_id,
        chain=token.chain,
        contract=token.contract,
    )


def _scan(interaction: InteractionRow, applied: Applied, at: datetime) -> dict[str, Any]:
    return {
        "at_micros": epoch_micros(at),
        "xp_before": applied.xp_before,
        "xp_after": applied.xp_after,
        "level_before": applied.level_before,
        "level_after": applied.level_after,
        "max_level_reached": applied.max_level_reached,
        "interaction_name": interaction.name,
        "type": interaction.type,
    }


def _answer(token: TokenRow, applied: Applied) -> dict[str, Any]:
    brief = NftBrief.model_validate(token).model_dump(mode="json")
    return {**brief, "attributes": applied.attributes}
