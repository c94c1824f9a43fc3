"""`/console`: what happened lately, in figures that move."""

from datetime import date
from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.core.side_by_side import side_by_side
from chalicelib.gardenlab.service import timeline
from chalicelib.pages.routes.console.charts import Chart, of_days
from chalicelib.pages.routes.console.desk import HOME, Desk, page
from chalicelib.pages.routes.console.gardenlab import happenings
from chalicelib.webhooks.service import endpoints, statistics

LATEST = 10


@page(HOME, "overview")
def show_overview(desk: Desk) -> Response:
    """Shows users, mints, scans and deliveries over time, and what happened last."""
    return desk.show("overview.html", **_figures(desk))


@page(HOME + "/figures", "overview")
def show_figures(desk: Desk) -> Response:
    """The part of the overview that moves."""
    return desk.show("overview_figures.html", **_figures(desk))


def _figures(desk: Desk) -> dict[str, Any]:
    """Everything that is shown, asked for side by side: each part in at most two requests of bounded size."""
    calls: dict[str, Any] = {}
    if desk.allows("nfts"):
        calls["daily"] = partial(timeline.daily, desk.origin)
        calls["latest"] = partial(timeline.latest, desk.origin, limit=LATEST)
    if desk.allows("webhooks"):
        calls["deliveries"] = partial(statistics.by_day, desk.origin, days=timeline.DAYS)
        calls["endpoints"] = partial(endpoints.all_endpoints, desk.origin)
    found = dict(zip(calls, side_by_side(list(calls.values())), strict=True)) if calls else {}
    charts: list[Chart] = []
    if "daily" in found:
        charts += _gardenlab_charts(found["daily"].days)
    if "deliveries" in found:
        charts.append(_delivery_chart(found["deliveries"]))
    latest, _ = found.get("latest", ([], None))
    return {
        "charts": charts,
        "is_complete": "daily" not in found or found["daily"].is_complete,
        "latest": happenings(latest),
        "troubled": [row for row in found.get("endpoints", ()) if row.state != "healthy"],
        "is_silent": "endpoints" in found and not found["endpoints"],
        "is_new": not any(chart.total for chart in charts),
    }


def _gardenlab_charts(days: list[timeline.Day]) -> list[Chart]:
    return [
        of_days("users", "Users announced", {"users": {_shown(day.date): day.announced for day in days}}),
        of_days("scans", "Scans", {"scans": {_shown(day.date): day.scanned for day in days}}),
        of_days("mints", "Mints", {"mints": {_shown(day.date): day.minted for day in days}}),
    ]


def _delivery_chart(days: dict[date, statistics.Outcomes]) -> Chart:
    series = {
        "delivered": {_shown(day): outcomes.succeeded for day, outcomes in days.items()},
        "failed": {_shown(day): outcomes.failed for day, outcomes in days.items()},
    }
    return of_days("deliveries", "Webhook attempts", series)


def _shown(day: date) -> str:
    return f"{day.day} {day:%b}"
