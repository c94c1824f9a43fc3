"""`spacegarden users`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.shell import Shell, fields_of
from tests.platform import HOLDER, Partner


@pytest.fixture
def mine(shell: Shell, partner: Partner) -> Shell:
    """A shell with the partner's key."""
    return shell.with_key(partner.key)


def test_a_user_is_announced_acts_and_is_shown(mine: Shell, partner: Partner) -> None:
    place = (partner.origin, "summer_party")
    partner.save_interaction("checkin")
    added = mine.json("users", "add", *place, "VIP", "--email", "ada@example.com", "--uid", "ada", "--name", "Ada's")
    done = mine.json("users", "act", *place, "checkin", "--uid", "ada")
    assert done["tokenId"] == added["tokenId"]
    shown = fields_of(mine.say("users", "show", *place, added["tokenId"]))
    assert (shown["name"], shown["xp"], shown["status"]) == ("Ada's", "5", "reserved")
    assert datetime.fromisoformat(shown["createdAt"]).tzinfo is UTC
    assert "Check-in" in mine.say("users", "scans", *place, added["tokenId"])
    assert mine.json("users", "transactions", *place, added["tokenId"])["data"] == []


def test_a_dry_run_changes_nothing(mine: Shell, partner: Partner) -> None:
    partner.save_interaction("checkin")
    token = partner.announce().json["tokenId"]
    assert "would" in mine.say("users", "act", partner.origin, "summer_party", "checkin", "--uid", "ada", "--dry-run")
    assert partner.nft(token)["xp"] == 0


def test_act_wants_a_user(mine: Shell, partner: Partner) -> None:
    result = mine.run("users", "act", partner.origin, "summer_party", "checkin")
    assert result.exit_code == 2
    assert "--uid" in result.stderr


def test_mint_begins_a_mint(mine: Shell, partner: Partner) -> None:
    partner.announce()
    words = ("users", "mint", partner.origin, "summer_party", HOLDER, "--email", "ada@example.com", "--uid", "ada")
    assert mine.json(*words)["userAddr"] == HOLDER


def test_a_file_is_imported_in_batches_and_again(mine: Shell, partner: Partner, tmp_path: Path) -> None:
    rows = [f"u{number}@example.com,u{number}" for number in range(60)]
    file = tmp_path / "users.csv"
    file.write_text("\n".join(["email,uid", *rows]), encoding="utf-8-sig")
    words = ("users", "import", partner.origin, "summer_party", str(file), "--category", "VIP")
    assert mine.say(*words) == "Announced 60 of 60 users.\n"
    assert mine.json(*words) == {"announced": 60, "refused": []}
    assert partner.nft("60")["uid"]
    assert partner.get("getNftByTokenId", contract_id="summer_party", tokenId="61").status == 404


def test_refused_rows_are_told_with_their_lines(mine: Shell, partner: Partner, tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text("uid,email,user_category_id\nada,ada@example.com,VIP\nbob,nobody,VIP\neve,eve@example.com,NONE\n")
    result = mine.run("users", "import", partner.origin, "summer_party", str(file))
    assert result.exit_code == 1
    lines = [line.split()[:2] for line in result.stdout.splitlines()]
    assert lines == [["Announced", "1"], ["LINE", "UID"], ["3", "bob"], ["4", "eve"]]


@pytest.mark.parametrize(
    ("text", "complaint"), [("a,b\n1,2\n", "no column"), ("email,uid\na@example.com,a\n", "--category")]
)
def test_a_file_that_cannot_be_read_is_wrong_usage(mine: Shell, tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "users.csv"
    file.write_text(text)
    result = mine.run("users", "import", "p", "summer_party", str(file))
    assert result.exit_code == 2
    assert complaint in result.stderr
