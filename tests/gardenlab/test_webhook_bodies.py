"""The bodies of Gardenlab's webhooks, byte for byte, and that the API reference has their fields."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from chalicelib.chain.domain.causes import Cause
from chalicelib.gardenlab import event_bodies as events
from chalicelib.gardenlab.declared_events import DECLARED
from chalicelib.gardenlab.webhook_events import EVENT_TYPES

_AT = 1_749_413_520_123_456
_NAMES: events.Names = {"contract": "0xc0", "tokenId": "9", "reservedTokenId": "7"}
_WRITTEN: events.Written = {"transactionUrl": "https://scan.example/tx/0x8a", "txHash": "0x8a"}
_TAIL = '"at":{"_seconds":1749413520,"_nanoseconds":123456000}'
_LINK = '"transactionUrl":"https://scan.example/tx/0x8a","txHash":"0x8a"'
_TOKEN = '"contract":"0xc0","tokenId":"9","reservedTokenId":"7"'
_REASON = '"error":"Somebody has it.","code":"token_taken"'
_SENT: dict[type, tuple[Any, str]] = {
    events.MintDone: (
        events.minted(_NAMES, _WRITTEN, at=_AT),
        f'{{"success":true,{_TOKEN},"actionType":"newBcNftMint",{_TAIL},{_LINK}}}',
    ),
    events.MintFailed: (
        events.mint_failed(_NAMES, at=_AT, code=Cause.TOKEN_TAKEN, reason="Somebody has it."),
        f'{{"success":false,{_REASON},{_TOKEN},"actionType":"newBcNftMint",{_TAIL}}}',
    ),
    events.InteractionDone: (
        events.updated(_NAMES, _WRITTEN, at=_AT, uri="ipfs://b"),
        f'{{"sucess":true,"success":true,{_TOKEN},"actionType":"newBcInteraction",'
        f'"actionAtInSeconds":"1749413520",{_TAIL},{_LINK},"newUri":"ipfs://b"}}',
    ),
    events.InteractionFailed: (
        events.update_failed(_NAMES, at=_AT, code=Cause.TOKEN_TAKEN, reason="Somebody has it."),
        f'{{"sucess":false,"success":false,{_REASON},{_TOKEN},"actionType":"newBcInteraction",'
        f'"actionAtInSeconds":"1749413520",{_TAIL}}}',
    ),
}


@pytest.mark.parametrize("kind", _SENT)
def test_a_body_is_the_same_bytes(kind: type) -> None:
    made, expected = _SENT[kind]
    assert json.dumps(made, separators=(",", ":")) == expected


@pytest.mark.parametrize("kind", _SENT)
def test_a_body_has_the_fields_that_its_type_declares(kind: type) -> None:
    made, _ = _SENT[kind]
    read: TypeAdapter[Any] = TypeAdapter(kind)
    assert read.validate_python(made) == made
    required: frozenset[str] = kind.__required_keys__  # type: ignore[attr-defined]
    optional: frozenset[str] = kind.__optional_keys__  # type: ignore[attr-defined]
    assert required <= set(made) <= required | optional


def test_an_nft_under_its_own_id_has_no_other() -> None:
    assert "reservedTokenId" not in events.minted({"contract": "0xc0", "tokenId": "7"}, _WRITTEN, at=_AT)


def test_every_type_that_is_sent_is_declared_with_its_bodies_and_words() -> None:
    assert {each.name for each in EVENT_TYPES} == set(DECLARED)
