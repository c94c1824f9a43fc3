"""Missions in the console: what a platform must be told, what can be chosen, and times in words."""

from html import unescape

from chalicelib.space3 import dialects
from tests.pages.console.world import sign_in
from tests.platform import Partner
from tests.receivers import Answer, Receiver
from tests.space3.missions import Missions


def test_each_platforms_form_is_laid_out_to_copy(partner: Partner) -> None:
    partner.save_interaction()
    missions = Missions(partner)
    number = missions.answer_for(secret="hush")
    shown = missions.admin("GET", f"/{number}").json
    surfer = sign_in(partner)
    surfer.get(f"/console/missions/answered/{number}")
    page = unescape(surfer.html)
    for name in dialects.names():
        settings = dialects.dialect(name).settings(shown["urls"][name], has_secret=True)
        for setting in settings:
            assert setting.field in surfer.words, name
            assert f'data-copy="{setting.value}"' in page, name
    assert "hush" not in page


def test_activities_to_choose_from_are_those_that_exist(partner: Partner) -> None:
    partner.save_interaction()
    surfer = sign_in(partner)
    for activity in ("gardenlab:summer_party:checkin", "gardenlab:summer_party:mint", "dreamspace:transaction"):
        surfer.get("/console/missions/answered")
        assert f'<option value="{activity}">' in surfer.html
        fields = {"mission": "901", "activity": activity, "kind": "simple", "target": "1", "counting": "per_day"}
        made = surfer.submit("/console/missions/answered", **fields)
        assert made.status == 200, made
        assert surfer.path.startswith("/console/missions/answered/901")
        assert Missions(partner).admin("DELETE", "/901").status == 200


def test_windows_are_said_in_words_and_times_are_marked_for_the_readers_zone(partner: Partner) -> None:
    missions = Missions(partner)
    starts, ends = "2024-05-01T00:00:00+02:00", "2099-05-01T00:00:00Z"
    with Receiver(then=Answer(200, body=b'{"success": true}')) as receiver:
        once = missions.mission(receiver.url)
        weekly = missions.mission(receiver.url, recurrence="weekly", starts_at=starts, ends_at=ends)
        verdict = missions.verify(once, missions.user(email="ada@example.com"))
    surfer = sign_in(partner)
    surfer.get(f"/console/missions/verified/{once}")
    assert "What was done from the start until now" in surfer.words
    surfer.get(f"/console/missions/verified/{weekly}")
    assert "What was done this week, from Monday, midnight UTC" in surfer.words
    assert 'datetime="2024-04-30T22:00:00+00:00" data-local' in surfer.html
    surfer.get(f"/console/missions/evidence/{verdict['evidence_id']}")
    assert "from the start until" in surfer.words
    assert surfer.html.count("data-local") >= 3  # when it was asked, the window's end, the try
