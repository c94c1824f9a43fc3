"""Gardenlab's acts and links in the ledger."""

import pytest

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, email_identity, gardenlab_action, gardenlab_mint, moment_at
from chalicelib.activity.repository import acts as acts_repository
from chalicelib.core.clock import epoch_micros
from chalicelib.core.settings import settings
from tests.faults.invariants import Entry, acts_of, rows_of
from tests.platform import HOLDER, Partner, Platform


def _acts(origin: str, identity: Identity, name: str) -> list[Entry]:
    found = [act for act in acts_of(origin) if (act.whose, act.activity) == (identity.digest, name)]
    return sorted(found, key=lambda act: act.position)


def test_each_applied_action_is_one_act_of_the_guest_at_the_scans_time(partner: Partner) -> None:
    partner.save_interaction()
    token_id = partner.announce("ada").json["tokenId"]
    partner.act("ada")
    partner.act("ada")
    acts = _acts(partner.origin, email_identity("ada@example.com"), gardenlab_action("summer_party", "checkin"))
    scans = partner.scans(token_id)
    assert [epoch_micros(moment_at(act.position)) // 1_000_000 for act in acts] == [
        scan["at"]["_seconds"] for scan in scans
    ]


def test_release_1_0_finds_acts_in_rows_of_their_own(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    older = settings().model_copy(update={"older_release": "1.0"})
    monkeypatch.setattr(acts_repository, "settings", lambda: older)
    partner.save_interaction()
    partner.announce("ada")
    partner.act("ada")
    partner.act("ada")
    rows = rows_of(partner.origin, "activity")
    acts = [set(row) for row in rows if "#ACT#" in row["pk"]]
    assert acts == [{"pk", "sk", "at_micros", "source"}] * 2
    days = [row for row in rows if "#DAY#" in row["pk"]]
    assert sum(row["acts"] for row in days) == 2
    assert not any("kept" in row for row in days)


def test_a_refused_action_and_a_dry_run_leave_no_act(partner: Partner) -> None:
    partner.save_interaction(authScanCount=1)
    partner.announce("ada")
    partner.act("ada", query={"dry_run": "true"})
    partner.act("ada")
    assert partner.act("ada").status == 400
    acts = _acts(partner.origin, email_identity("ada@example.com"), gardenlab_action("summer_party", "checkin"))
    assert len(acts) == 1


def test_a_final_mint_is_an_act_and_links_the_wallet(platform: Platform, partner: Partner) -> None:
    partner.announce("ada")
    partner.mint("ada")
    email = email_identity("ada@example.com")
    assert _acts(partner.origin, email, gardenlab_mint("summer_party")) == []
    platform.drain()
    assert len(_acts(partner.origin, email, gardenlab_mint("summer_party"))) == 1
    assert activity.linked(partner.origin, email, "wallet") == [Identity("wallet", HOLDER.lower())]


def test_a_reservation_links_the_email_with_the_uid(partner: Partner) -> None:
    partner.announce("ada", email="Ada@Example.com")
    assert activity.linked(partner.origin, email_identity("ada@example.com"), "uid") == [Identity("uid", "ada")]
