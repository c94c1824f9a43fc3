"""Documents under their IPFS address and local transactions, for everybody."""

import re
from pathlib import Path

from chalice.app import Blueprint, Response

from chalicelib.chain.service.documents import read_document
from chalicelib.core.errors import NotFound
from chalicelib.core.http.pages import page
from chalicelib.core.settings import settings

_TEMPLATES = Path(__file__).parent.parent / "templates"
_CID = re.compile(r"b[a-z2-7]{20,120}")
_HASH = re.compile(r"0x[0-9a-f]{64}")
_FOR_EVER = "public, max-age=31536000, immutable"

routes = Blueprint(__name__)
pages = Blueprint(__name__)


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


@pages.route("/tx/{hash}", methods=["GET"])
def show_transaction(hash: str) -> Response:
    """Shows a transaction of the local chain, which no public explorer knows."""
    if not settings().is_local or not _HASH.fullmatch(hash):
        raise NotFound("There is no such transaction.")
    from chalicelib.chain.service.explorer import explain

    explained = explain(hash)
    if explained is None:
        raise NotFound("There is no such transaction.")
    return page(_TEMPLATES, "transaction.html", state=explained.state, facts=explained.facts)
