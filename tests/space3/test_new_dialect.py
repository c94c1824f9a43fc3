"""One file in the folder of dialects makes a platform known everywhere."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.space3 import dialects
from chalicelib.space3.schemas import MissionCreate
from chalicelib.space3.service import missions as service
from tests.pages.console.world import sign_in
from tests.receivers import Answer, Receiver
from tests.space3.missions import Missions

_KITE = '''
"""Kite: `+` or `-`."""

from chalicelib.space3.domain.answers import BadResponse, Reading, yes_or_no
from chalicelib.space3.domain.asking import Question
from chalicelib.space3.domain.dialect import Dialect, Setting, Tally, Verdict


class KiteDialect(Dialect):
    title = "Kite & Sons"
    answers = int
    places = {"$kite": "wallet"}
    statuses = frozenset({201})

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        if body not in (b"+", b"-"):
            raise BadResponse("neither + nor -")
        return yes_or_no(body == b"+")

    def answer(self, tally: Tally) -> Verdict:
        return Verdict(200, 7 if tally.is_done else 8)

    def settings(self, address: str, *, has_secret: bool) -> list[Setting]:
        return [Setting("String", address)]


DIALECT = KiteDialect()
'''
_DOCUMENT = """
import json, sys
from chalicelib.space3 import dialects
dialects.__path__.append(sys.argv[1])
from app import app
from chalicelib.reference.document import build
app.load_all()
print(json.dumps(build(app.routes, url="https://api.example.com")))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the file of a dialect."""
    (tmp_path / "kite.py").write_text(_KITE)
    return tmp_path


@pytest.fixture
def kite(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The dialect among ours."""
    monkeypatch.setattr(dialects, "__path__", [*dialects.__path__, str(folder)])
    dialects.names.cache_clear()
    yield
    sys.modules.pop(f"{dialects.__name__}.kite", None)
    dialects.names.cache_clear()
    dialects.dialect.cache_clear()


@pytest.mark.usefixtures("kite")
def test_we_answer_in_it(missions: Missions, uid: str) -> None:
    missions.act(f"{uid}@example.com", "2023-12-04T07:09:03.186")
    number = missions.answer_for()
    assert (
        missions.admin("GET", f"/{number}").json["urls"]["kite"].endswith(f"/missions/{missions.origin}/kite:{number}")
    )
    done, other = (missions.ask(f"kite:{number}", email=f"{name}@example.com") for name in (uid, "nobody"))
    assert [(done.status, done.json), (other.status, other.json)] == [(200, 7), (200, 8)]


@pytest.mark.usefixtures("kite")
def test_we_ask_in_it(missions: Missions) -> None:
    user = missions.user(wallet="0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
    with Receiver(then=Answer(201, body=b"+")) as receiver:
        asked = {"name": "Fly", "url_template": f"{receiver.url}/fly?w=$kite", "dialect": "kite"}
        row, _ = service.create_mission(missions.origin, MissionCreate.model_validate(asked))
        assert missions.verify(row.id, user)["verdict"] == "done"
        assert "w=0x70997970C51812dc3A010C7d01b50e0d17dc79C8" in receiver.requests[0].target


@pytest.mark.usefixtures("kite")
def test_the_console_offers_it(missions: Missions) -> None:
    surfer = sign_in(missions.partner)
    surfer.get("/console/missions/verified")
    assert '<option value="kite">Kite &amp; Sons</option>' in surfer.html
    number = missions.answer_for()
    surfer.get(f"/console/missions/answered/{number}")
    assert "Kite & Sons" in surfer.words


def test_without_the_file_it_is_unknown(missions: Missions) -> None:
    number = missions.answer_for()
    assert missions.ask(f"kite:{number}").status == 404
    body = {"name": "Fly", "url_template": "https://partner.example/<Email>", "dialect": "kite"}
    refused = missions.call("POST", "/missions", body)
    assert refused.status == 400
    assert refused.json["error"]["message"] == f"dialect: must be one of {', '.join(dialects.names())}"


def test_the_reference_tells_of_it(folder: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "SPACEGARDEN_STAGE": "dev", "AWS_DEFAULT_REGION": "eu-central-1"}
    command = [sys.executable, "-c", _DOCUMENT, str(folder)]
    document = json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    for component in ("Space3NamedMissionCreate", "Space3NamedMissionUpdate", "Space3MissionRead"):
        assert "kite" in document["components"]["schemas"][component]["properties"]["dialect"]["enum"]
    (missions,) = [tag for tag in document["tags"] if tag["name"] == "Missions"]
    assert "`kite:1`" in missions["description"]


def test_no_dialect_is_loaded_before_it_is_spoken() -> None:
    listing = "import sys; from chalicelib.space3 import schemas; print([n for n in sys.modules if '.dialects.' in n])"
    said = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
