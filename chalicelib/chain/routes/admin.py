"""Signers and the local chain's address, for the operator."""

from typing import Any

from chalicelib.chain.schemas import SignerRead
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.core.settings import LOCAL_CHAIN, settings
from chalicelib.partners.routes import AdminViews

SIGNERS = "/admin/chain/signers"

routes = AdminViews(__name__)


@routes.get(SIGNERS, SignerRead)
def list_signers() -> Page[Any]:
    """Lists the signer of every chain: its address, balance and nonces."""
    # Signing is heavy; these rare routes load it when they are called.
    from chalicelib.chain.service import signers

    return Page(signers.list_signers(), has_more=False)


@routes.get(SIGNERS + "/{chain}")
def get_signer(chain: str) -> SignerRead:
    """Shows a chain's signer."""
    from chalicelib.chain.service import signers

    if chain not in settings().chain_names:
        raise NotFound(f"There is no chain {chain} on this stage.")
    return SignerRead.model_validate(signers.signer_of(chain))


@routes.get("/admin/chain/rpc")
def get_chain_rpc() -> dict[str, str]:
    """Tells where the local run's chain answers JSON-RPC; there is nothing here on a deployed stage."""
    chain = settings().chain_named(LOCAL_CHAIN)
    if not settings().is_local or chain is None:
        raise NotFound("There is no local chain here.")
    return {"url": chain.urls[0]}
