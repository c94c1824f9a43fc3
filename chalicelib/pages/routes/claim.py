"""`/claim`: the holder signs in by a mailed code, and sees the NFTs that are reserved to them."""

from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib.core.emails import InvalidEmail
from chalicelib.core.errors import TooManyRequests, Unavailable
from chalicelib.core.http import pages
from chalicelib.core.http.parse import query_of
from chalicelib.core.http.request import source_ip
from chalicelib.core.mail import MailNotSent, NotMailable
from chalicelib.core.settings import settings
from chalicelib.gardenlab.service import holders
from chalicelib.limits.service import LimitReached
from chalicelib.pages.routes.holder import HOLDER, HOME, holder_form, holder_of, own_path, redirect_to_sign_in
from chalicelib.pages.routes.visits import page, see_other
from chalicelib.pages.service import mailed_codes, sessions
from chalicelib.pages.service.sessions import Visit
from chalicelib.pages.service.views import nft_view

_AT_ONCE = 24
_MINUTES = int(mailed_codes.LIFE.total_seconds()) // 60

routes = Blueprint(__name__)


@routes.route(HOME, methods=["GET"])
def show_claims() -> Response:
    """Shows the NFTs that are reserved to the signed-in holder."""
    request = routes.current_request
    visit, email = holder_of(request)
    if email is None:
        return redirect_to_sign_in(visit, HOME)
    position = holders.position_named(query_of(request.query_params).get("after"))
    found = holders.nfts_of(email, limit=_AT_ONCE, after=position)
    return page(
        visit,
        "claims.html",
        email=email,
        nfts=[nft_view(row) for row in found.items],
        older=f"{HOME}?after={quote(found.items[-1].created_key)}" if found.has_more and found.items else None,
        newer=HOME if position else None,
    )


@routes.route(HOME + "/sign-in", methods=["GET"])
def show_sign_in() -> Response:
    """Asks for the e-mail address."""
    return _address_page(*_visit_and_onward())


@routes.route(HOME + "/sign-in", methods=["POST"])
def mail_code() -> Response:
    """Mails a code to the address. The answer is the same for known and unknown addresses."""
    request = routes.current_request
    visit, _, form = holder_form(request)
    onward, given = own_path(form.get("next", HOME)), form.get("email", "").strip()
    try:
        mailed_codes.send_code(visit, given, source_ip=source_ip(request))
    except InvalidEmail:
        return _address_page(visit, onward, given, "This is not an e-mail address such as ada@example.com.", status=400)
    except NotMailable as error:
        return _address_page(visit, onward, given, f"We cannot send a code to this address: it {error}.", status=400)
    except LimitReached as error:
        minutes = -(-error.retry_after // 60)
        raise TooManyRequests(
            f"Too many codes were asked for. Please try again in {minutes} minutes.", retry_after=error.retry_after
        ) from error
    except MailNotSent as error:
        raise Unavailable("The code could not be sent just now. Please try again in a few minutes.") from error
    return see_other(visit, f"{HOME}/code?next={onward}")


def _visit_and_onward() -> tuple[Visit, str]:
    """The visit, and the page that the sign-in leads to."""
    visit, _ = holder_of(routes.current_request)
    return visit, own_path(query_of(routes.current_request.query_params).get("next", HOME))


def _address_page(
    visit: Visit, onward: str, given: str = "", problem: str | None = None, *, status: int = 200
) -> Response:
    values = {"email": None, "onward": onward, "given": given[:254], "problem": problem, "minutes": _MINUTES}
    return page(visit, "sign_in.html", status=status, **values)


def _code_page(visit: Visit, onward: str, problem: str | None = None, *, status: int = 200) -> Response:
    values = {"email": None, "onward": onward, "problem": problem, "minutes": _MINUTES, "digits": mailed_codes.DIGITS}
    return page(visit, "mailed_code.html", status=status, is_local=settings().is_local, **values)


@routes.route(HOME + "/code", methods=["GET"])
def show_code() -> Response:
    """Asks for the mailed code."""
    return _code_page(*_visit_and_onward())


@routes.route(HOME + "/code", methods=["POST"])
def sign_in() -> Response:
    """Signs in with a mailed code."""
    visit, _, form = holder_form(routes.current_request)
    onward = own_path(form.get("next", HOME))
    try:
        signed_in = mailed_codes.sign_in(visit, form.get("code", ""))
    except mailed_codes.WrongCode:
        problem = "That is not the code. Please look again."
    except mailed_codes.NoCodeOpen:
        problem = "This code no longer counts. Please ask for a new one."
    else:
        return see_other(signed_in, onward)
    return _code_page(visit, onward, problem, status=400)


@routes.route(HOME + "/sign-out", methods=["POST"])
def sign_out() -> Response:
    """Ends the holder's session."""
    visit, email, _ = holder_form(routes.current_request)
    if email is not None:
        sessions.sign_out(visit)
    return pages.see_other(f"{HOME}/sign-in", cookies=[pages.end_cookie(HOLDER.cookie)])
