"""`/console/search`: the search that every page of the console has. An id leads to its page, other text to the NFTs.

An event's id has no form of its own, so a text that could be one is looked up. An NFT is found as pages call it, too:
`summer_party #3`, or `#3` in all collections.
"""

import re

from chalice.app import Response

from chalicelib.pages.routes.console.calls import HOME, ConsoleCall, address, page
from chalicelib.spaces.domain import CUSTOMER, INVOICE
from chalicelib.webhooks.service import errors, events

# What the ids of each kind begin with: the section that shows them, and the path of their page within the console.
_PAGES = {
    "dlv_": ("webhooks", ("webhooks", "deliveries")),
    "ep_": ("webhooks", ("webhooks", "endpoints")),
    CUSTOMER: ("spaces", ("spaces", "customers")),
    INVOICE: ("spaces", ("spaces", "invoices")),
    "msn_": ("missions", ("missions", "verified")),
}
_LONGEST = 400


@page(HOME + "/search", "overview")
def search(call: ConsoleCall) -> Response:
    """Leads to the page of an id, or to the NFTs of an e-mail address, a uid or a token number."""
    text = call.query.get("q", "").strip()
    for prefix, (section, path) in _PAGES.items():
        if text.startswith(prefix) and call.allows(section):
            return call.redirect(address(*path, text))
    if call.allows("webhooks") and events.EVENT_ID.fullmatch(text) and not text.isdecimal() and _is_event(call, text):
        return call.redirect(address("webhooks", "events", text))
    if not call.allows("nfts"):
        return call.redirect(HOME)
    named = re.fullmatch(r"(?:(\S+) )?#([0-9]+)", text) if len(text) <= _LONGEST else None
    if named is not None and named[1]:
        return call.redirect(address("collections", named[1], "nfts", named[2]))
    return call.redirect(address("nfts", q=text if named is None else named[2]))


def _is_event(call: ConsoleCall, event_id: str) -> bool:
    try:
        events.get_event(call.origin, event_id)
    except errors.EventUnknown:
        return False
    return True
