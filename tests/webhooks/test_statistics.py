"""Figures: what a partner is shown of its deliveries, and what the operator graphs."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import metrics
from chalicelib.core.clock import now, travelled
from chalicelib.core.settings import Settings
from chalicelib.webhooks.repository.statistics import bucket_of
from chalicelib.webhooks.service.statistics import by_day, percentile
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, drain, handle, waiting

storage = pytest.mark.usefixtures("storage")


@storage
def test_nothing_attempted_has_no_rate(partner: Partner) -> None:
    assert partner.get("/webhooks/stats") == {
        "attempts": 0,
        "succeeded": 0,
        "failed": 0,
        "success_rate": None,
        "latency_ms": {"p50": None, "p95": None, "p99": None},
        "endpoint": None,
        "backlog": 0,
        "hours": [],
    }


@storage
def test_figures_are_shown_by_endpoint_and_together(partner: Partner) -> None:
    with Receiver(then=Answer(delay=0.15)) as slow, Receiver(answers=[Answer(500)]) as failing:
        one = partner.endpoint(slow.url)["id"]
        other = partner.endpoint(failing.url)["id"]
        for _ in range(3):
            partner.emit()
            drain()
        partner.emit()  # waits
    first, second, both = (
        partner.get(f"/webhooks/stats{query}") for query in (f"?endpoint={one}", f"?endpoint={other}", "")
    )
    assert (first["endpoint"], first["succeeded"], first["failed"], first["success_rate"]) == (one, 3, 0, 1.0)
    assert (second["succeeded"], second["failed"], second["success_rate"]) == (2, 1, 0.6667)
    assert (both["endpoint"], both["attempts"], both["success_rate"]) == (None, 6, 0.8333)
    assert (first["backlog"], second["backlog"], both["backlog"]) == (1, 2, 3)
    assert 100 < first["latency_ms"]["p50"] <= 250
    assert second["latency_ms"]["p50"] < 100
    assert {figures["attempts"] for figures in (first, second)} == {3}


@storage
def test_hours_are_shown_one_by_one_for_a_day(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    hours = []
    with travelled(timedelta(hours=-30)) as further:
        for ago in (30, 23, 1):
            partner.emit()
            handle(*waiting(partner))
            hours.append(now().strftime("%Y-%m-%dT%H:00:00Z"))
            further(timedelta(hours={30: 7, 23: 22, 1: 1}[ago]))
        shown = partner.get("/webhooks/stats")
    assert [(hour["hour"], hour["attempts"]) for hour in shown["hours"]] == [(hours[1], 1), (hours[2], 1)]
    assert shown["attempts"] == 2


@storage
def test_days_are_shown_one_by_one_for_as_many_as_are_asked(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    with travelled(timedelta(days=-40)) as further:
        for days in (37, 2, 1):
            partner.emit()
            handle(*waiting(partner))
            further(timedelta(days=days))
        shown = by_day(partner.origin, days=30)
        assert [(outcomes.succeeded, outcomes.failed) for outcomes in shown.values()][-4:] == [
            (1, 0),
            (0, 0),
            (1, 0),
            (0, 0),
        ]
        assert (len(shown), sum(outcomes.succeeded for outcomes in shown.values())) == (30, 2)
        assert list(shown)[-1] == now().date()


@storage
def test_another_partners_figures_stay_out_of_sight(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    partner.emit()
    drain()
    stranger = Partner()
    assert stranger.get("/webhooks/stats")["attempts"] == 0
    assert stranger.call("GET", f"/webhooks/stats?endpoint={endpoint}").status == 404
    assert partner.call("GET", "/webhooks/stats?endpoint=").status == 400
    assert partner.call("GET", "/webhooks/stats", headers={}).status == 403


@given(st.lists(st.integers(0, 15_000), min_size=1), st.sampled_from([0.5, 0.95, 0.99]))
def test_percentile_lies_in_the_bucket_of_the_true_one(latencies: list[int], share: float) -> None:
    counts: dict[str, int] = {}
    for latency in latencies:
        counts[bucket_of(latency)] = counts.get(bucket_of(latency), 0) + 1
    shown = percentile(counts, share)
    rank = next(number for number in range(1, len(latencies) + 1) if number >= share * len(latencies))
    assert shown is not None
    assert bucket_of(shown) == bucket_of(sorted(latencies)[rank - 1])


def test_metrics_of_a_deployed_stage_are_lines_in_the_embedded_format(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed = Settings(stage="live", admin_key_secret_id="admin", public_url="https://api.example.com")
    monkeypatch.setattr(metrics, "settings", lambda: deployed)
    metrics.emit({"attempts": (2, "Count"), "latency": (1.5, "Milliseconds")}, state="open")
    [line] = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    [directive] = told["_aws"]["CloudWatchMetrics"]
    assert (told["attempts"], told["latency"], told["state"], told["stage"]) == (2, 1.5, "open", "live")
    assert directive["Dimensions"] == [["stage", "state"]]
    assert directive["Metrics"] == [
        {"Name": "attempts", "Unit": "Count"},
        {"Name": "latency", "Unit": "Milliseconds"},
    ]
    assert abs(told["_aws"]["Timestamp"] - now().timestamp() * 1000) < 60_000


def test_local_run_writes_no_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.emit({"attempts": (2, "Count")})
    assert capsys.readouterr().out == ""
