"""Documents under their IPFS address and local transactions, for everybody; signers, for the operator."""

import re
from pathlib import Path

from chalice.app import Blueprint, Response

from chalicelib.chain.schemas import SignerRead
from chalicelib.chain.service.documents import read_document
from chalicelib.core.errors import NotFound
from chalicelib.core.http.pages import page
from chalicelib.core.http.respond import answer, read_many
from chalicelib.core.pagination import Page, envelope
from chalicelib.core.settings import LOCAL_CHAIN, settings
from chalicelib.partners.routes import path_name, require_admin

_TEMPLATES = Path(__file__).parent / "templates"
_CID = re.compile(r"b[a-z2-7]{20,120}")
SIGNERS = "/admin/chain/signers"
_HASH = re.compile(r"0x[0-9a-f]{64}")
_FOR_EVER = "public, max-age=31536000, immutable"

routes = Blueprint(__name__)


@routes.route("/ipfs/{cid}/metadata.json", methods=["GET"])
def get_document(cid: str) -> Response:
    """Serves a metadata document under its IPFS address; it never changes."""
    document = read_document(cid) if _CID.fullmatch(cid) else None
    if document is None:
        raise NotFound("There is no such document.")
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/json",
        "Cache-Control": _FOR_EVER,
        "Access-Control-Allow-Origin": "*",
    }
    return Response(document.decode(), status_code=200, headers=headers)


@routes.route("/tx/{hash}", methods=["GET"])
def show_transaction(hash: str) -> Response:
    """Shows a transaction of the local chain, which no public explorer knows."""
    if not settings().is_local or not _HASH.fullmatch(hash):
        raise NotFound("There is no such transaction.")
    from chalicelib.chain.service.explorer import explain

    explained = explain(hash)
    if explained is None:
        raise NotFound("There is no such transaction.")
    return page(_TEMPLATES, "transaction.html", state=explained.state, facts=explained.facts)


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
    return answer({"url": chain.rpc_url})
