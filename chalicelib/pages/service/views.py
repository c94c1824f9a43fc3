"""NFTs as pages show them, without data of their holders."""

import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from chalicelib.core.clock import from_epoch_micros
from chalicelib.core.ids import digest
from chalicelib.gardenlab.domain import level_span, picture_scheme, xp_number
from chalicelib.gardenlab.models import MINT_FAILED, MINTED, MINTING, CollectionRow, ScanRow, TokenRow

_STATES = {
    MINTED: ("Minted", "good", False),
    MINTING: ("Being minted", "info", True),
    MINT_FAILED: ("Minting failed", "bad", False),
}
_RESERVED = ("Reserved", "warn", False)
_LONGEST_VALUE = 300


def amount(value: int | float) -> str:
    """A number with thousands separators: `1,234.5`."""
    return f"{value:,}"


class State(NamedTuple):
    """A state's label; `kind` selects its colour, `busy` its animation."""

    text: str
    kind: str
    busy: bool


class Progress(NamedTuple):
    """An NFT's progress within its level. `next_at` and `missing` are None on the last level."""

    level: int
    xp: str
    percent: int
    next_at: str | None
    missing: str | None


class Image(NamedTuple):
    """A partner's picture on a foreign host; a page loads it only on request."""

    url: str
    host: str


class NftView(NamedTuple):
    """An NFT's public data. `image` is None without a picture that a page may show."""

    name: str
    description: str
    image: Image | None
    seed: int
    contract: str
    place: str
    token_id: str
    chain: str
    path: str
    state: State
    progress: Progress
    attributes: list[tuple[str, str]]
    owner: str | None
    lock: str | None


def nft_view(token: TokenRow, collection: CollectionRow | None = None) -> NftView:
    """The view of an NFT; without a collection it uses the default levels."""
    return NftView(
        name=token.name,
        description=token.description,
        image=_image(token.img_url),
        seed=int(digest(token.contract.lower(), token.lies_under)[:8], 16),  # so that the picture never changes
        contract=token.contract,
        place=token.place,
        token_id=token.token_id,
        chain=token.chain,
        path=f"/{token.place}/{token.token_id}",
        state=State(*_STATES.get(token.status, _RESERVED)),
        progress=_progress(token, None if collection is None else collection.level_thresholds),
        attributes=[(name, _text(value)) for name, value in token.attributes_map.items()],
        owner=token.owner,
        lock=lock_of(token, collection),
    )


def lock_of(token: TokenRow, collection: CollectionRow | None) -> str | None:
    """What a token's lock means to its holder; None if the token can be transferred, or is not on the chain."""
    if token.status != MINTED or token.burned_at is not None:
        return None
    if collection is not None and collection.lock == "collection":
        return "stays with its holder for ever"
    return "cannot be transferred while it is locked" if token.is_locked else None


def _image(url: str) -> Image | None:
    return Image(url, str(urlsplit(url).hostname)) if picture_scheme(url) == "https" else None


def scan_view(scan: ScanRow) -> dict[str, Any]:
    """The view of a scan; `rose` is true if it reached its level."""
    return {
        "at": from_epoch_micros(int(scan.at_micros)),
        "interaction": scan.interaction_name,
        "type": scan.type,
        "gained": xp_number(int(scan.xp_after) - int(scan.xp_before)),
        "xp": xp_number(int(scan.xp_after)),
        "level": int(scan.level_after),
        "rose": scan.level_after > scan.level_before,
        "actor": scan.actor,
    }


def _progress(token: TokenRow, thresholds: list[int] | None) -> Progress:
    level, micros = int(token.level), int(token.xp_micros)
    begin, end = level_span(level, thresholds)
    share = 100 if end is None or end <= begin else 100 * (micros - begin) // (end - begin)
    return Progress(
        level=level,
        xp=amount(xp_number(micros)),
        percent=min(100, max(0, share)),
        next_at=None if end is None else amount(xp_number(end)),
        missing=None if end is None else amount(xp_number(max(0, end - micros))),
    )


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
