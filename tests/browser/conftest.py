"""The pages in a real browser: Chromium, the app behind real HTTP, and what looks for barriers and takes pictures.

One browser serves all tests of a process, each in a context of its own. Where there is no Chromium they are skipped.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.platform import Platform
from tests.served import served

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SMALL, LARGE = 360, 1280
_HEIGHTS = {SMALL: 740, LARGE: 900}
Theme = Literal["light", "dark"]
_DRESSES: tuple[tuple[int, Theme], ...] = ((LARGE, "light"), (SMALL, "dark"))
_AXE = Axe().axe_script
# The size of what is touched is a rule that axe leaves out unless it is asked for.
_LOOK = """async () => {
  const rules = { "target-size": { enabled: true } };
  const { violations } = await axe.run({ resultTypes: ["violations"], rules });
  return violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target} ${node.failureSummary}`));
}"""
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = 60_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser."""
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no chromium here; `make chromium` installs it on Debian")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(platform: Platform) -> Iterator[str]:
    """The address of the app behind the local HTTP server."""
    with served(platform.app) as address:
        yield address


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser, site: str) -> Iterator[NewContext]:
    """Makes contexts at the site, `width` pixels wide and of a `theme`; further options are playwright's."""
    made: list[BrowserContext] = []

    def make(*, width: int = LARGE, theme: Theme = "light", **options: object) -> BrowserContext:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": _HEIGHTS[width]},
            color_scheme=theme,
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]  # the caller names playwright's own options
        )
        context.set_default_timeout(_PATIENCE_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: NewContext) -> Iterator[Page]:
    """A page that must neither break our content policy, nor fail in a script, nor ask another host."""
    page = new_context().new_page()
    with watched(page):
        yield page


@contextmanager
def watched(page: Page) -> Iterator[None]:
    """Fails at the end of the block for whatever the page complained of, and for requests to other hosts."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if _is_ours(request.url) else complaints.append(f"asks {request.url}"))
    yield
    assert complaints == []


def _is_ours(address: str) -> bool:
    return address.startswith(("http://127.0.0.1", "data:", "blob:", "about:"))


def barriers(page: Page) -> list[str]:
    """What axe finds on the page as it stands, a line each.

    The context must be made with `bypass_csp=True`.
    """
    page.evaluate(f"() => {{ if (!window.axe) {{ {_AXE} }} }}")
    found: list[str] = page.evaluate(_LOOK)
    return found


def picture(page: Page, name: str) -> Path:
    """Takes a picture of the whole page, outside of the checkout; gives its path."""
    folder = Path(os.environ.get("SPACEGARDEN_SCREENSHOTS") or Path(tempfile.gettempdir()) / "spacegarden-screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def problems(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands: barriers, and what sticks out.

    Themes change colours alone, and widths change none (test_design.py holds both), so each theme and each width is
    looked at in one of two dresses, by all rules. Takes a picture of each where SPACEGARDEN_SCREENSHOTS names a folder.
    The page is left in the first. The context must be made with `bypass_csp=True`.
    """
    found = []
    for width, theme in reversed(_DRESSES):
        page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})
        page.emulate_media(color_scheme=theme)
        dress = f"{name} {width}-{theme}"
        if os.environ.get("SPACEGARDEN_SCREENSHOTS"):
            picture(page, dress.replace(" ", "-"))
        found += [f"{dress}: {barrier}" for barrier in barriers(page)]
        if not fits(page):
            found.append(f"{dress}: something sticks out")
    return found


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
