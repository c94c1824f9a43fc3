"""The message that a wallet signs to prove its ownership (EIP-4361, "Sign-In with Ethereum"). Pure, without I/O."""

import re
from datetime import datetime
from typing import NamedTuple

from chalicelib.core.times import InvalidTime, parse_time

_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"
_MESSAGE = re.compile(
    r"(?P<domain>[^\s/?#@]{1,255}) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?P<statement>[\x20-\x7e]{1,500})\n"
    r"\n"
    r"URI: (?P<uri>[\x21-\x7e]{1,1000})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>0|[1-9][0-9]{0,18})\n"
    r"Nonce: (?P<nonce>[a-zA-Z0-9]{8,64})\n"
    rf"Issued At: (?P<issued_at>{_TIME})\n"
    rf"Expiration Time: (?P<expires_at>{_TIME})",
    re.ASCII,
)


class MessageInvalid(ValueError):
    """The text is not a message in the form that this module writes."""


class SignInMessage(NamedTuple):
    """The fields of the message. Times are UTC, in whole seconds."""

    domain: str
    address: str
    statement: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime

    @property
    def text(self) -> str:
        """The text that the wallet signs."""
        return (
            f"{self.domain} wants you to sign in with your Ethereum account:\n{self.address}\n\n{self.statement}\n\n"
            f"URI: {self.uri}\nVersion: 1\nChain ID: {self.chain_id}\nNonce: {self.nonce}\n"
            f"Issued At: {_time_text(self.issued_at)}\nExpiration Time: {_time_text(self.expires_at)}"
        )


def parse_message(text: str) -> SignInMessage:
    """Parses a signed text, which must have every field and nothing else. Raises `MessageInvalid`."""
    match = _MESSAGE.fullmatch(text)
    if match is None:
        raise MessageInvalid("this is not the message that was to be signed")
    try:
        issued_at, expires_at = (parse_time(match[name]) for name in ("issued_at", "expires_at"))
    except InvalidTime as error:
        raise MessageInvalid("a time of the message is none") from error
    return SignInMessage(
        domain=match["domain"],
        address=match["address"],
        statement=match["statement"],
        uri=match["uri"],
        chain_id=int(match["chain_id"]),
        nonce=match["nonce"],
        issued_at=issued_at,
        expires_at=expires_at,
    )


def _time_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
