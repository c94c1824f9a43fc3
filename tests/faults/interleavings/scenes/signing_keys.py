"""The keys that sign access tokens: a rotation that was asked for twice, and whose workers are yet to run.

Each world has keys of its own, so that no token of another test is signed by one that is replaced. A worker that ends
between making a key and noting it leaves that key to the operator: such keys are not looked at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from chalicelib.oauth.models import RotationRow
from chalicelib.oauth.service import keys
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, step
from tests.oauth.flows import Application, holder_of, register
from tests.platform import Answer


@dataclass(frozen=True)
class _Ring:
    platform: SharedPlatform
    app: Application
    first: tuple[str, ...]
    given: list[str] = field(default_factory=list)
    """The tokens that the steps of this run gave."""


_AGE = timedelta(hours=1)
_first: set[str] = set()
"""The keys that worlds began with, which are shown as `_AGE` old: none was made together with one that replaces it."""


def _call(ring: _Ring, method: str) -> Answer:
    return ring.platform.call(method, "/admin/signing_keys", key=settings().admin_key)


def _ask(ring: _Ring) -> Any:
    """Which of the two signs, but not in which order: a worker may have made the newer one already, and not be done."""
    answer = _call(ring, "POST")
    return {"status": answer.status, "signs": sorted(each["signs"] for each in answer.json.get("data", []))}


def _work(ring: _Ring) -> None:
    ring.platform.drain()


def _token(ring: _Ring) -> int:
    answer = ring.app.token(grant_type="client_credentials", scope="read_only")
    ring.given.extend([answer.json["access_token"]] if answer.status == 200 else [])
    return answer.status


_STEPS = {
    "ask": step(_ask, "keys", "POST /admin/signing_keys"),
    "worker": step(_work, "keys", "task rotate_signing_keys"),
    "token": step(_token, "keys", "POST /oauth/token"),
}


@contextmanager
def _own_keys() -> Iterator[None]:
    read = keys._read_key

    def aged(slot: str) -> keys.LiveKey:
        key = read(slot)
        return key._replace(created_at=key.created_at - _AGE) if key.key_id in _first else key

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "_SLOTS", keys._SLOTS)  # which every world sets, and the end restores
        patch.setattr(keys, "_read_key", aged)
        yield
    RotationRow("ROTATION", "ROTATION").delete()


def _make(platform: SharedPlatform) -> _Ring:
    platform.drain()
    RotationRow("ROTATION", "ROTATION").delete()
    ring = random_token(8)
    keys._SLOTS = (f"{ring}-a", f"{ring}-b")
    first = tuple(key.key_id for key in keys.live_keys_now())
    _first.update(first)
    made = _Ring(platform, register(platform.new_partner(collection=False)), first)
    for _ in range(2):  # an open rotation is asked for again
        assert _call(made, "POST").status == 200
    return made


def _look(ring: _Ring) -> Any:
    _work(ring)
    kms = aws.client("kms")
    shown = _call(ring, "GET").json["data"]
    live = {key.key_id for key in keys.live_keys_now()}
    return {
        "live": [{"first": key.key_id in ring.first, "signs": key == keys.signing()} for key in keys.live_keys_now()],
        "signs": [each["signs"] for each in shown],
        "first": [(kms.describe_key(KeyId=each)["KeyMetadata"]["KeyState"], each in live) for each in ring.first],
        "tokens": [holder_of(each) is not None for each in ring.given],
        "next": _ask(ring),
    }


def _begin(ring: _Ring) -> _Ring:
    return replace(ring, given=[])


SCENES = {"signing keys": Scene(_make, _STEPS, _look, lambda _: None, rewinds=False, begin=_begin, within=_own_keys)}
