"""What all pages share: files under addresses of their content, templates that refuse unknown names, headers."""

import json
import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import chalicelib
from chalicelib.core.errors import NotFound, ServerError, TooManyRequests
from chalicelib.core.html import assets, policy, rendering
from chalicelib.core.http import pages
from chalicelib.core.settings import Settings
from tests.platform import Platform

_ROOT = Path(chalicelib.__path__[0])
_FILES = [file for folder in assets.folders() for file in sorted(folder.iterdir())]
_TEMPLATES = sorted(_ROOT.glob("**/templates/**/*.html"))


def _named(path: Path) -> str:
    return str(path.relative_to(_ROOT))


def test_file_is_served_for_ever_under_its_content(platform: Platform) -> None:
    address = assets.asset_url("style.css")
    answer = platform.call("GET", address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_address_of_an_older_content_serves_todays_and_is_not_kept(platform: Platform) -> None:
    answer = platform.call("GET", "/static/style.000000000000.css")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize(
    "name", ["style.css", "nothing.000000000000.css", "..", "%2e%2e%2fstyle.css", "style", ".css", "style.000.py"]
)
def test_what_names_no_file_is_not_found(platform: Platform, name: str) -> None:
    assert platform.call("GET", f"/static/{name}").status == 404


@pytest.mark.parametrize("file", _FILES, ids=_named)
def test_file_can_be_served_and_asks_no_other_host(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert assets.asset_url(file.name)
    assert not re.search(r"(https?:)?//(?!www\.w3\.org/)[a-z0-9-]+\.[a-z]", re.sub(r"^\s*//.*$", "", text, flags=re.M))
    assert not re.search(r"\bimport\b.*\bfrom\b|\bimport\(|@import|\beval\(|new Function|\.innerHTML", text)


@pytest.mark.parametrize("file", [file for file in _FILES if file.suffix == ".js"], ids=_named)
def test_no_text_of_a_script_goes_over_several_lines_which_are_served_without_indents(file: Path) -> None:
    assert [line for line in file.read_text(encoding="utf-8").splitlines() if line.count("`") % 2] == []


@pytest.mark.parametrize("template", _TEMPLATES, ids=_named)
def test_template_has_no_inline_script_or_style(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<style|\bstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:", text)
    assert not re.search(r"(src|href)=\"(https?:)?//", text)


def test_unknown_name_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        rendering.render(None, "message.html", title="Only a title")


def test_values_are_escaped() -> None:
    page = rendering.render(None, "message.html", title="<b>", message='"><script>', home="/", home_name="Home")
    assert "<script>" not in page
    assert "&lt;b&gt;" in page


def test_paths_follow_the_stage_where_the_api_has_no_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://abc.execute-api.eu-central-1.amazonaws.com/api"
    deployed = Settings(stage="prod", public_url=url, admin_key_secret_id="key")
    monkeypatch.setattr(rendering, "settings", lambda: deployed)
    words = 'see href="/there" and //elsewhere'
    page = rendering.render(None, "message.html", title="A", message=words, home="/claim", home_name="My NFTs")
    assert 'href="/api/claim"' in page
    assert 'src="/api/static/theme.' in page
    assert 'href="#content"' in page
    assert "href=&#34;/there&#34;" in page
    assert pages.see_other("/claim").headers["Location"] == "/api/claim"


def test_policy_allows_our_own_files_and_nothing_inline() -> None:
    policies = policy.page_headers(form_targets=("https://shop.example",), images=True)["Content-Security-Policy"]
    assert "unsafe" not in policies
    assert "default-src 'none'" in policies
    assert "form-action 'self' https://shop.example" in policies
    assert "img-src 'self' https:" in policies
    assert "frame-ancestors 'none'" in policies


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NotFound("There is no such NFT."), 404, "There is no such NFT."),
        (TooManyRequests("Too many codes.", retry_after=90), 429, "Too many codes."),
        (ServerError("a secret of ours"), 500, "request r-1"),
    ],
    ids=["not found", "too many", "fault"],
)
def test_error_is_a_page_in_words(error: NotFound | TooManyRequests | ServerError, status: int, words: str) -> None:
    answer = pages.error_page("/console", "Overview")(error, "r-1")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert words in answer.body
    assert '<a class="button" href="/console">Overview</a>' in answer.body
    assert "a secret of ours" not in answer.body
    assert answer.headers.get("Retry-After") == ("90" if status == 429 else None)


def test_cookie_is_out_of_reach_and_over_tls_bound_to_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = pages.set_cookie("sg", "x", seconds=60)
    assert plain == "sg=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    deployed = Settings(stage="prod", public_url="https://garden.example", admin_key_secret_id="key")
    monkeypatch.setattr(pages, "settings", lambda: deployed)
    monkeypatch.setattr(policy, "settings", lambda: deployed)
    assert pages.set_cookie("sg", "x") == "__Host-sg=x; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert "Strict-Transport-Security" in policy.page_headers()


def test_what_every_page_loads_is_light() -> None:
    """Styles and scripts of every page together; a page's own HTML and script must fit into the rest of 100 KB."""
    shared = {
        name: len((_ROOT / "core/html/static" / name).read_bytes()) for name in ("style.css", "theme.js", "live.js")
    }
    assert sum(shared.values()) < 40_000, json.dumps(shared)
