"""`/nft/{contract}/{token}`: the public page of an NFT, and its QR code."""

import re
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.html.policy import page_headers
from chalicelib.core.html.rendering import public_path
from chalicelib.core.http import pages
from chalicelib.core.http.parse import query_of
from chalicelib.gardenlab.schemas import nft_url
from chalicelib.gardenlab.service import holders
from chalicelib.pages.routes.holder import parse_nft_path, raise_no_such_nft
from chalicelib.pages.routes.visits import TEMPLATES
from chalicelib.pages.service.views import nft_view, scan_view

NFT = "/nft/{contract}/{token}"
_SCANS = 20
_PIXELS_A_MODULE = 8
_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)

routes = Blueprint(__name__)


@routes.route(NFT, methods=["GET"])
def show_nft(contract: str, token: str) -> Response:
    """Shows an NFT to everybody. Of its holder it shows only the wallet that owns it on chain.

    An earlier token id redirects to the NFT's current page, since the chain has another token under that id.
    """
    asked = query_of(routes.current_request.query_params).get("before", "")
    before = int(asked) if _NUMBER.fullmatch(asked) else None
    place, token_id = parse_nft_path(contract, token)
    found = holders.find_nft_with_history(place, token_id, limit=_SCANS, before=before)
    if found is None:
        raise_no_such_nft()
    nft, scans = found
    view = nft_view(nft.token, nft.collection)
    if nft.token.token_id != token_id:
        return pages.see_other(public_path(f"/nft{view.path}"))
    return pages.page(
        TEMPLATES,
        "nft.html",
        headers=page_headers(images=True),
        nft=view,
        collection=nft.collection.name,
        url=nft_url(view.place, view.token_id),
        transaction=None if nft.mint is None else nft.mint.transaction_url,
        created_at=nft.token.created_at,
        minted_at=nft.token.minted_at,
        burned_at=nft.token.burned_at,
        moves=holders.moves_of(nft.token),
        scans=[scan_view(row) for row in scans.items],
        older=f"/nft{view.path}?before={int(scans.items[-1].sk[-10:])}" if scans.has_more else None,
        newer=f"/nft{view.path}" if before else None,
    )


@routes.route(NFT + "/qr.svg", methods=["GET"])
def show_qr_code(contract: str, token: str) -> Response:
    """Draws the QR code that leads to an NFT's page."""
    return qr_code_response(nft_url(*parse_nft_path(contract, token)))


def qr_code_response(address: str) -> Response:
    """The QR code of a platform address as an answer that browsers may cache."""
    headers: dict[str, Any] = {
        **page_headers(),
        "Content-Type": "image/svg+xml",
        "Cache-Control": "public, max-age=86400",
    }
    return Response(qr_code(address), status_code=200, headers=headers)


def qr_code(address: str) -> str:
    """A QR code as SVG without inline styles."""
    import segno  # one route needs it

    made = segno.make(address, error="m", micro=False)
    code: str = made.svg_inline(border=2, dark="#000", light="#fff", scale=_PIXELS_A_MODULE)
    return code.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
