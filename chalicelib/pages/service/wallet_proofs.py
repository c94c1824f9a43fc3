"""Proof of a wallet's ownership: the wallet signs a message of this platform, which is valid once."""

from datetime import timedelta
from typing import NamedTuple

from chalicelib.chain.addresses import InvalidAddress, checksum_address
from chalicelib.chain.service.wallets import (
    SignatureInvalid,
    chain_id_of,
    check_key_signature,
    is_contract_signature,
)
from chalicelib.core.clock import now
from chalicelib.core.ids import random_token
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import TokenRow
from chalicelib.limits.service import Limit, LimitReached, use
from chalicelib.pages import repository
from chalicelib.pages.domain import MessageInvalid, SignInMessage, parse_message
from chalicelib.pages.service.sessions import Visit

LIFE = timedelta(minutes=10)
_SKEW = timedelta(minutes=1)
_NONCE_LENGTH = 24
_ASKED_OF_CHAIN = Limit("wallet-signature", 20, 3600)


class ProofRefused(Exception):
    """The proof is invalid; the message says why."""


class Proof(NamedTuple):
    """The address whose wallet signed, and the message's nonce, which counts once."""

    address: str
    cookie_hash: str
    nonce: str

    def add_use(self, transaction: Transaction) -> None:
        """Adds the use to what the proof is for; the commit may raise `ProofRefused`."""
        used = ProofRefused("The message that was signed has been used already. Please sign a new one.")
        repository.add_nonce_use(transaction, self.cookie_hash, self.nonce, otherwise=used)


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


def read_proof(visit: Visit, token: TokenRow, text: str, signature: str, *, host: str, uri: str) -> Proof:
    """What a signed message proves, if it has not been used yet.

    Raises `ProofRefused`, and `RpcError` where the chain is to be asked about a contract wallet and does not answer.
    """
    try:
        message = parse_message(text.replace("\r\n", "\n"))
        address = checksum_address(message.address)
    except (MessageInvalid, InvalidAddress) as error:
        raise ProofRefused(f"The wallet's answer cannot be used: {error}.") from error
    if (message.domain, message.uri, message.statement) != (host, uri, _statement(token)):
        raise ProofRefused("The message that was signed is for another page.")
    if message.chain_id != chain_id_of(token.chain):
        raise ProofRefused("The message that was signed is for another chain.")
    if not message.issued_at - _SKEW <= now() < message.expires_at:
        raise ProofRefused("The message that was signed has expired. Please sign a new one.")
    _check_signature(address, message.text, signature, token)
    return Proof(address, visit.hash, message.nonce)


def _check_signature(address: str, text: str, signature: str, token: TokenRow) -> None:
    """The chain is asked where the signature is not one of the address's key, and not too often for one holder."""
    try:
        check_key_signature(address, text, signature)
    except SignatureInvalid as error:
        refusal = error
    else:
        return
    try:
        use(_ASKED_OF_CHAIN, token.mailbox)
        if is_contract_signature(address, text, signature, chain=token.chain):
            return
    except LimitReached as error:
        raise ProofRefused("There were too many tries. Please try again in an hour, or type the address.") from error
    except SignatureInvalid as error:
        refusal = error
    raise ProofRefused(f"The wallet's answer cannot be used: {refusal}. You can type the wallet's address instead.")


def _statement(token: TokenRow) -> str:
    return f"Claim NFT {token.token_id} of the collection {token.contract} for this account."
