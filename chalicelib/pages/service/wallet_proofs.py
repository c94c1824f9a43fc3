"""Proof of a wallet's ownership: the wallet signs a message of this platform, which is valid once."""

from datetime import timedelta

from chalicelib.chain.service.wallets import SignatureInvalid, chain_id_of, signer_of
from chalicelib.core.clock import now
from chalicelib.core.ids import random_token
from chalicelib.gardenlab.models import TokenRow
from chalicelib.pages import repository
from chalicelib.pages.domain import MessageInvalid, SignInMessage, parse_message
from chalicelib.pages.service.sessions import Visit

LIFE = timedelta(minutes=10)
_SKEW = timedelta(minutes=1)
_NONCE_LENGTH = 24


class ProofRefused(Exception):
    """The proof is invalid; the message says why."""


def message_for(visit: Visit, token: TokenRow, address: str, *, host: str, uri: str) -> str:
    """The message that the wallet of an address (in EIP-55 form) must sign to claim an NFT."""
    moment = now().replace(microsecond=0)
    message = SignInMessage(
        domain=host,
        address=address,
        statement=_statement(token),
        uri=uri,
        chain_id=chain_id_of(token.chain),
        nonce=random_token(_NONCE_LENGTH),
        issued_at=moment,
        expires_at=moment + LIFE,
    )
    repository.store_nonce(visit.hash, message.nonce, expires=message.expires_at)
    return message.text


def proved_address(visit: Visit, token: TokenRow, text: str, signature: str, *, host: str, uri: str) -> str:
    """The address that a signed message proves; the message cannot be used again. Raises `ProofRefused`."""
    try:
        message = parse_message(text.replace("\r\n", "\n"))
        signer = signer_of(message.text, signature)
    except (MessageInvalid, SignatureInvalid) as error:
        raise ProofRefused(f"The wallet's answer cannot be used: {error}.") from error
    if (message.domain, message.uri, message.statement) != (host, uri, _statement(token)):
        raise ProofRefused("The message that was signed is for another page.")
    if message.chain_id != chain_id_of(token.chain):
        raise ProofRefused("The message that was signed is for another chain.")
    if signer != message.address:
        raise ProofRefused("The message was signed by another account than the one that it names.")
    if not message.issued_at - _SKEW <= now() < message.expires_at:
        raise ProofRefused("The message that was signed has expired. Please sign a new one.")
    try:
        repository.use_nonce(visit.hash, message.nonce)
    except repository.NonceUnknown as error:
        raise ProofRefused("The message that was signed has been used already. Please sign a new one.") from error
    return signer


def _statement(token: TokenRow) -> str:
    return f"Claim NFT {token.token_id} of the collection {token.contract} for this account."
