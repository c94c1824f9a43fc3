"""Signers and the local chain's address, for the operator."""

from chalice.app import Blueprint, Response

from chalicelib.chain.schemas import SignerRead
from chalicelib.core.errors import NotFound
from chalicelib.core.http.parse import path_name
from chalicelib.core.http.respond import answer, read_many
from chalicelib.core.pagination import Page, envelope
from chalicelib.core.settings import LOCAL_CHAIN, settings
from chalicelib.partners.routes import require_admin

SIGNERS = "/admin/chain/signers"

routes = Blueprint(__name__)


@routes.route(SIGNERS, methods=["GET"])
def list_signers() -> Response:
    """Lists the signer of every chain: its address, balance and nonces."""
    require_admin(routes.current_request)
    # Signing is heavy; these rare routes load it when they are called.
    from chalicelib.chain.service import signers

    rows = read_many(SignerRead, signers.list_signers())
    return answer(envelope(Page(rows, has_more=False), url=SIGNERS))


@routes.route(SIGNERS + "/{chain}", methods=["GET"])
def get_signer(chain: str) -> Response:
    """Shows a chain's signer."""
    require_admin(routes.current_request)
    from chalicelib.chain.service import signers

    name = path_name(chain)
    if name not in settings().chain_names:
        raise NotFound(f"There is no chain {name} on this stage.")
    return answer(SignerRead.model_validate(signers.signer_of(name)))


@routes.route("/admin/chain/rpc", methods=["GET"])
def get_chain_rpc() -> Response:
    """Tells where the local run's chain answers JSON-RPC; there is nothing here on a deployed stage."""
    require_admin(routes.current_request)
    chain = settings().chain_named(LOCAL_CHAIN)
    if not settings().is_local or chain is None:
        raise NotFound("There is no local chain here.")
    return answer({"url": chain.urls[0]})
