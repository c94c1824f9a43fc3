"""Staff at an entrance scan an NFT's code with the camera. Chromium plays a file as its camera.

Chromium on Linux has no `BarcodeDetector`, so a small one stands in for it: it looks at the frames that it is given,
and finds the code once they show the picture of the file.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ARGUMENTS, CHROMIUM, watched
from tests.platform import Partner

_WIDTH, _HEIGHT = 320, 240
_DETECTOR = """
window.BarcodeDetector = class {
  async detect(video) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2, 1];
    const pen = canvas.getContext("2d");
    pen.drawImage(video, 0, 0, 2, 1);
    const [left, , , , right] = pen.getImageData(0, 0, 2, 1).data;
    return right - left > 100 ? [{ rawValue: "CODE" }] : [];
  }
};
"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film of one picture: black on its left half, white on its right."""
    row = bytes([16]) * (_WIDTH // 2) + bytes([235]) * (_WIDTH // 2)
    picture = row * _HEIGHT + bytes([128]) * (_WIDTH * _HEIGHT // 2)
    path = tmp_path / "camera.y4m"
    path.write_bytes(f"YUV4MPEG2 W{_WIDTH} H{_HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + (b"FRAME\n" + picture) * 3)
    return path


@pytest.fixture
def entrance(browser: Browser, site: str, film: Path) -> Iterator[Page]:
    """A page of a browser whose camera shows the film."""
    camera = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *camera])
    page = other.new_context(base_url=site, permissions=["camera"]).new_page()
    page.set_default_timeout(60_000)
    with watched(page):
        yield page
    other.close()


def _go_to_the_door(page: Page, partner: Partner) -> None:
    page.goto("/console")
    page.get_by_label("API key").fill(partner.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.goto("/console/apply")


def test_a_code_before_the_camera_is_applied(entrance: Page, partner: Partner) -> None:
    partner.save_interaction()
    code = partner.announce().json["url"]
    entrance.add_init_script(_DETECTOR.replace("CODE", code))
    _go_to_the_door(entrance, partner)
    entrance.get_by_role("button", name="Scan with the camera").click()
    expect(entrance.get_by_text("gained 5 XP")).to_be_visible()
    assert partner.nft("1")["xp"] == 5


def test_without_a_detector_there_is_no_button(entrance: Page, partner: Partner) -> None:
    partner.save_interaction()
    _go_to_the_door(entrance, partner)
    expect(entrance.get_by_role("button", name="Scan with the camera")).to_be_hidden()
