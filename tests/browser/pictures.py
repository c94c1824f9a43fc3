"""Draws the README's pictures again: `make pictures`. A month of a partner's life, seen in a real browser."""

import random
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright

from chalicelib.core.clock import travelled
from local.engine import start_engine
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.platform import HOLDER, Partner, Platform, start_platform
from tests.receivers import Answer, Receiver
from tests.served import served

_FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
_DAYS = 30


def _acme(platform: Platform) -> Partner:
    """A partner with a collection."""
    assert platform.admin("POST", "", {"origin": "acme", "display_name": "Acme"}).status == 200
    partner = Partner(platform, "acme", platform.admin("POST", "/acme/keys", {"name": "console"}).json["key"])
    partner.add_collection("summer_party")
    partner.add_category("summer_party", "VIP", name="Summer Party VIP", description="A guest of honour.")
    return partner


def _live(partner: Partner, url: str) -> str:
    """Thirty days of announcements, check-ins and mints, more of them towards the end; gives the busiest NFT."""
    chance = random.Random(7)
    assert partner.platform.call("POST", "/webhooks/endpoints", key=partner.key, body={"url": url}).status == 200
    partner.save_interaction(name="Check-in at the gate")
    partner.save_interaction("quiz", name="Quiz of the day", type="Quiz", xpIncrement=20)
    page = str(partner.announce("ada").json["url"])
    users = ["ada"]
    with travelled(timedelta(days=1 - _DAYS)) as further:
        for day in range(_DAYS):
            for _ in range(chance.randint(0, 1 + day // 8)):
                users.append(f"guest{len(users)}")
                partner.announce(users[-1])
            for uid in chance.choices(users, k=chance.randint(1, 3 + day // 5)):
                partner.act(uid, action_id=chance.choice(("checkin", "quiz")))
            if day == _DAYS // 2:
                partner.mint("ada", user_addr=HOLDER)
            elif day % 4 == 0:
                partner.mint(chance.choice(users))
            partner.platform.drain()
            partner.platform.sweep()
            partner.platform.drain()
            if day < _DAYS - 1:
                further(timedelta(days=1))
    return page


def main() -> None:
    """Writes a picture each of the console, an NFT and the reference."""
    start_engine()
    platform = start_platform()
    partner = _acme(platform)
    answers = [Answer(500) if number % 9 == 4 else Answer() for number in range(400)]
    with Receiver(answers=answers) as receiver, served(platform.app) as site, sync_playwright() as playwright:
        nft = _live(partner, receiver.url).partition("/nft/")[2]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_page(base_url=site, viewport={"width": 1280, "height": 760})
        _FOLDER.mkdir(exist_ok=True)
        page.goto(f"/nft/{nft}")
        page.screenshot(path=_FOLDER / "nft.jpeg", quality=70)
        page.goto("/docs/gardenlab_new_action_for_user")
        page.locator("h2", has_text="From a shell").evaluate("element => scrollTo(0, element.offsetTop - 90)")
        page.screenshot(path=_FOLDER / "reference.jpeg", quality=70)
        page.goto("/console")
        page.fill("input[type=password]", partner.key)
        page.keyboard.press("Enter")
        page.wait_for_url("**/console")
        page.wait_for_timeout(1000)
        page.screenshot(path=_FOLDER / "console.jpeg", quality=70)
        browser.close()


if __name__ == "__main__":
    main()
