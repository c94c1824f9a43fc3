"""The webhooks."""

from chalicelib.chain.domain.changes import Change
from chalicelib.core.reference import Hook
from chalicelib.gardenlab.declared_events import DECLARED, Case
from chalicelib.gardenlab.event_bodies import asked
from chalicelib.gardenlab.reference.partners_api import CONTRACT, MICROS, TRANSACTION, URI, WALLET

_CASE = Case(
    {"contract": CONTRACT, "tokenId": "7"},
    {"transactionUrl": f"https://polygonscan.com/tx/{TRANSACTION}", "txHash": TRANSACTION},
    at=MICROS,
    uri=URI,
    previous=WALLET,
    owner="0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    user={"contract": CONTRACT, "tokenId": "7", "uid": "u-1042"},
    asked=asked(CONTRACT, "summer_party", "3", Change("royalties", None, None, WALLET, 250)),
)


def _hook(event_type: str) -> Hook:
    declared = DECLARED[event_type]
    return Hook(event_type, declared.summary, declared.description, declared.body, example=declared.body_of(_CASE))


HOOKS = tuple(map(_hook, DECLARED))
