"""The command that mends rows of the older form of an e-mail."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, email_identity
from chalicelib.activity.models import ActivityRow
from chalicelib.activity.repository import acts as acts_repository
from chalicelib.core import aws
from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from chalicelib.core.tables import Row
from chalicelib.gardenlab.models import GardenlabRow
from infra import mend_emails
from tests.platform import Partner


def _exported(folder: Path, origin: str) -> Path:
    """A partner's rows of both tables, as an export writes them."""
    items = [*_items(GardenlabRow), *_items(ActivityRow)]
    file = folder / f"{random_token(6)}.json"
    own = [json.dumps({"Item": item}, default=str) for item in items if item["pk"]["S"].startswith(f"{origin}#")]
    file.write_text("\n".join(own), encoding="utf-8")
    return file


def _items(model: type[Row]) -> Iterator[dict[str, Any]]:
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=model._get_connection().table_name)
    return (item for page in pages for item in page["Items"])


def _age(file: Path, *, older: str) -> None:
    """Writes the rows back into the older form: what the command does, the other way round."""
    nfts, _, _ = mend_emails.affected(
        [row | ({"email_canonical": older} if row["sk"] == "NFT" else {}) for row in mend_emails.exported([file])]
    )
    for nft in nfts:
        back = nft._replace(older=nft.mailbox, mailbox=older)
        mend_emails.mend(back, is_others=False)
        under = [
            row | {"email_canonical": back.older, "email": older} if row["sk"] == "NFT" else row
            for row in mend_emails.exported([file])
        ]
        for act in mend_emails.affected(under)[1]:
            mend_emails.move(act)


def _apply(partner: Partner, email: str) -> int:
    return partner.act(guest={"email": email}).status


def test_what_stands_under_the_older_form_is_listed_then_mended_once(
    partner: Partner, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = f"{random_token(6).lower()}@example.com"
    own, joined = f"maßmann{tail}", f"massmann{tail}"
    partner.save_interaction()
    partner.announce("ada", email=own)
    with monkeypatch.context() as before:  # only older releases wrote the older form, and each act as a row
        older = settings().model_copy(update={"older_release": "1.0"})
        before.setattr(acts_repository, "settings", lambda: older)
        assert _apply(partner, own) == 200
    _age(_exported(tmp_path, partner.origin), older=joined)
    assert activity.linked(partner.origin, email_identity(joined), "uid") == [Identity("uid", "ada")]
    assert _apply(partner, own) == 400
    export = str(_exported(tmp_path, partner.origin))
    assert mend_emails.main([export]) == 0
    assert "1 NFTs and 1 entries" in capsys.readouterr().out
    assert _apply(partner, own) == 400, "without --write nothing is changed"
    for _ in range(2):
        assert mend_emails.main([export, "--write"]) == 0
    assert _apply(partner, own) == 200
    assert _apply(partner, joined) == 400
    assert activity.linked(partner.origin, email_identity(own), "uid") == [Identity("uid", "ada")]
    assert activity.linked(partner.origin, email_identity(joined), "uid") == []
    assert mend_emails.affected(list(mend_emails.exported([_exported(tmp_path, partner.origin)])))[:2] == ([], [])
