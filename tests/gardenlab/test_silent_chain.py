"""What the admin surface answers while a chain cannot be reached."""

import json
import os
from collections.abc import Iterator

import pytest

from chalicelib.core.settings import settings
from tests.platform import Partner, Platform


@pytest.fixture(autouse=True, scope="module")
def silent_chain(platform: Platform) -> Iterator[None]:
    """A chain whose node is not there."""
    del platform
    signer = "alias/spacegarden-dev-signer-local"
    chain = {"rpc_url": "http://127.0.0.1:9", "explorer_url": "http://explorer.test/{hash}", "signer_key_id": signer}
    with pytest.MonkeyPatch.context() as patch:
        present = json.loads(os.environ.get("SPACEGARDEN_CHAINS") or "{}")
        patch.setenv("SPACEGARDEN_CHAINS", json.dumps({**present, "silent": chain}))
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.mark.parametrize("contract", [None, "0x" + "1" * 40], ids=["to deploy", "to take over"])
def test_collection_on_a_chain_that_does_not_answer_is_503_and_not_made(partner: Partner, contract: str | None) -> None:
    body = {"contract_id": "gala", "name": "Gala", "symbol": "GALA", "chain": "silent"}
    body |= {} if contract is None else {"contract": contract}
    answer = partner.platform.admin("POST", f"/{partner.origin}/collections", body)
    assert (answer.status, answer.error_code) == (503, "UNAVAILABLE")
    assert "The chain silent cannot be used now: 127.0.0.1:9 did not answer" in answer.json["error"]["message"]
    assert partner.platform.admin("GET", f"/{partner.origin}/collections/gala").status == 404
