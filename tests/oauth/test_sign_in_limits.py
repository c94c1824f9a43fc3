"""Tries to sign in with wrong keys: counted by their own network, and never a reason to refuse the right key."""

from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.partners.sign_ins import FAILED_SIGN_INS
from local.server.gateway import Gateway
from tests.oauth.flows import FORM, Application, Request
from tests.platform import Partner

_NETWORKS = count(1)


def _try(application: Application, key: str, *, ip: str, **fields: Any) -> tuple[int, dict[str, str]]:
    gateway = Gateway(application.platform.app)
    path = f"/oauth/authorize?{urlencode(Request(application).query)}"
    body = urlencode({"api_key": key, **fields}).encode()
    answer = gateway.handle("POST", path, [*FORM.items(), ("X-Forwarded-Proto", "https")], body, source_ip=ip)
    return answer.status, {name.lower(): value for name, value in answer.headers}


@pytest.mark.parametrize("fields", [{}, {"decision": "allow"}], ids=["signing in", "with the decision"])
def test_wrong_keys_are_refused_for_a_while_and_the_right_one_never(
    shop: Application, account: Partner, fields: dict[str, str]
) -> None:
    ip = f"203.0.113.{next(_NETWORKS)}"
    wrong = account.key[:-1] + ("a" if account.key[-1] != "a" else "b")
    statuses = []
    for _ in range(2 * FAILED_SIGN_INS.most + 1):
        status, headers = _try(shop, wrong, ip=ip, **fields)
        statuses.append(status)
        if status == 429:
            assert int(headers["retry-after"]) > 0
            break
    assert statuses[: FAILED_SIGN_INS.most] == [400] * FAILED_SIGN_INS.most
    assert statuses[-1] == 429
    right = 302 if fields else 200
    assert _try(shop, account.key, ip=ip, **fields)[0] == right
    assert _try(shop, account.key, ip="203.0.113.200", **fields)[0] == right
    assert _try(shop, wrong, ip="203.0.113.201", **fields)[0] == 400
