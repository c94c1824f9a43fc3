"""`/console`: charts of the last days, and the latest activity."""

from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.core.side_by_side import side_by_side
from chalicelib.gardenlab.domain import xp_number
from chalicelib.gardenlab.service import timeline
from chalicelib.pages.routes.console.calls import HOME, ConsoleCall, address, allowed_value, fragment, page
from chalicelib.pages.routes.console.charts import RANGES, Chart, day_label, of_attempts, of_days
from chalicelib.pages.routes.console.gardenlab import collections_of, first_category_of
from chalicelib.webhooks.service import endpoints, statistics

LATEST = 10
_KINDS = {timeline.ANNOUNCED: "announced", timeline.MINTED: "minted", timeline.SCANNED: "scanned"}


@page(HOME, "overview")
def show_overview(call: ConsoleCall) -> Response:
    """Shows users, mints, scans and deliveries by day, and the latest activity."""
    return call.show("overview.html", ranges=RANGES, **_figures(call))


@fragment(HOME + "/figures", "overview", "overview_figures.html")
def _figures(call: ConsoleCall) -> dict[str, Any]:
    """The values of the page, read in parallel: each part in at most two requests of bounded size."""
    chosen = allowed_value(call.query.get("days"), [str(days) for days in RANGES])
    days = int(chosen or timeline.DAYS)
    reads: dict[str, Any] = {}
    if call.allows("nfts"):
        reads["daily"] = partial(timeline.daily, call.origin)
        reads["latest"] = partial(timeline.latest, call.origin, limit=LATEST)
    if call.allows("webhooks"):
        reads["deliveries"] = partial(statistics.by_day, call.origin, days=timeline.DAYS)
        reads["endpoints"] = partial(endpoints.all_endpoints, call.origin)
    found = dict(zip(reads, side_by_side(list(reads.values())), strict=True)) if reads else {}
    charts: list[Chart] = []
    if "daily" in found:
        charts += _gardenlab_charts(found["daily"].days[-days:])
    if "deliveries" in found:
        shown = dict(list(found["deliveries"].items())[-days:])
        charts.append(of_attempts("deliveries", "Webhook attempts", shown))
    latest, _ = found.get("latest", ([], None))
    is_new = days == timeline.DAYS and not any(chart.total for chart in charts)
    return {
        "days": days,
        "live": address("figures", days=chosen),
        "charts": charts,
        "is_complete": "daily" not in found or found["daily"].is_complete,
        "latest": latest,
        "kinds": _KINDS,
        "xp": xp_number,
        "troubled": [row for row in found.get("endpoints", ()) if row.state != "healthy"],
        "is_silent": "endpoints" in found and not found["endpoints"],
        "is_new": is_new,
        "begin": _begin(call.origin) if is_new and call.allows("nfts") else None,
    }


def _begin(origin: str) -> dict[str, str | None] | None:
    """Where a new partner can announce its first user; None without a collection."""
    collections = collections_of(origin)
    if not collections:
        return None
    contract_id = collections[0].contract_id
    return {"collection": contract_id, "category": first_category_of(origin, contract_id)}


def _gardenlab_charts(days: list[timeline.Day]) -> list[Chart]:
    return [
        of_days("users", "Users announced", {"users": {day_label(day.date): day.announced for day in days}}),
        of_days("scans", "Scans", {"scans": {day_label(day.date): day.scanned for day in days}}),
        of_days("mints", "Mints", {"mints": {day_label(day.date): day.minted for day in days}}),
    ]
