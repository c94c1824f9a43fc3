"""The eight routes of the Gardenlab Partners API, under `/api/v1`."""

from collections.abc import Callable
from typing import Any, TypeVar

from chalice.app import Blueprint, Request, Response
from pydantic import BaseModel

from chalicelib.core.credentials import Accepted, CredentialRefused, presented, require_scope
from chalicelib.core.errors import ApiError, BadRequest, Forbidden, PayloadTooLarge, UnsupportedMedia
from chalicelib.core.http.credentials import forbidden
from chalicelib.core.http.parse import content_type, query_of, validated
from chalicelib.core.http.request import json_body, raw_body, target_of, template_of
from chalicelib.core.http.respond import answer, answer_array
from chalicelib.core.http.surfaces import Surface, render_coded, wording
from chalicelib.core.logging import logger
from chalicelib.core.pagination import next_link
from chalicelib.core.settings import settings
from chalicelib.gardenlab.errors import MiscError
from chalicelib.gardenlab.schemas import (
    ListQuery,
    MintToken,
    NewAction,
    NewUser,
    NftQuery,
    NftRead,
    SaveActionInteraction,
    TokenListQuery,
)
from chalicelib.gardenlab.service import actions, announcements, interactions, lists, mints
from chalicelib.idempotency.service import Guard, KeyReused, claim_whole, guard_for, run_once
from chalicelib.oauth import service as oauth
from chalicelib.oauth.domain import READ_ONLY, READ_WRITE, is_token
from chalicelib.partners.domain import Credential

_log = logger("gardenlab")
BASE = "/api/v1"
SCOPE = "gardenlab"
MAX_USERS = 100
_ACCEPTED = Accepted("API key or access token", key_header=True)
_JSON_TYPES = ("application/json", "text/json")
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


def _render(error: ApiError, request_id: str) -> Response:
    if isinstance(error, PayloadTooLarge | UnsupportedMedia):
        error = BadRequest(error.message)  # this surface knows no 413 and no 415
    return render_coded(error, request_id)


routes = Blueprint(__name__)
surface = Surface(name="gardenlab", render_error=_render)


@routes.route(f"{BASE}/saveActionInteraction", methods=["POST"])
def save_action_interaction() -> Response:
    """Creates an interaction, or replaces one."""
    origin, value = _posted()
    _require_origin(origin, value)
    return _change(origin, SaveActionInteraction, value, interactions.save)


@routes.route(f"{BASE}/newUserForPartner", methods=["POST"])
def new_user_for_partner() -> Response:
    """Announces one user, or an array of users: prepares an NFT for each."""
    origin, value = _posted()
    if not isinstance(value, list):
        _require_origin(origin, value)
        return _change(origin, NewUser, value, announcements.announce)
    if not 1 <= len(value) <= MAX_USERS:
        raise BadRequest(f"The array must hold 1 to {MAX_USERS} requests.")
    guard = _guard(origin)
    if guard.pk is not None:
        _with_contract_message(lambda: claim_whole(guard))
    return answer(_announce_each(origin, value, guard))


@routes.route(f"{BASE}/newActionForUser", methods=["POST"])
def new_action_for_user() -> Response:
    """Applies an interaction to a guest's NFT; `?dry_run=true` only tells what it would do."""
    origin, value = _posted()
    _require_origin(origin, value)
    if _is_dry_run(query_of(routes.current_request.query_params).get("dry_run")):
        return answer(actions.new_action(origin, validated(NewAction, value), Guard(None), dry_run=True))
    return _change(origin, NewAction, value, actions.new_action)


@routes.route(f"{BASE}/mintTokenForUser", methods=["POST"])
def mint_token_for_user() -> Response:
    """Starts the mint of a guest's NFT."""
    origin, value = _posted()
    _require_origin(origin, value)
    return _change(origin, MintToken, value, mints.mint)


@routes.route(f"{BASE}/getNftByTokenId", methods=["GET"])
def get_nft_by_token_id() -> Response:
    """Shows an NFT."""
    credential = _authenticate(routes.current_request)
    query = query_of(routes.current_request.query_params)
    if "origin" in query:
        _require_origin(credential.origin, query)
    row = lists.get_nft(credential.origin, _query(NftQuery, query))
    return answer(NftRead.model_validate(row))


@routes.route(f"{BASE}/getAllInteractions", methods=["GET"])
def get_all_interactions() -> Response:
    """Lists a collection's interactions, oldest first."""
    return _list(ListQuery, lists.list_interactions)


@routes.route(f"{BASE}/getAllInteractionScansForToken", methods=["GET"])
def get_all_interaction_scans_for_token() -> Response:
    """Lists a token's scans, oldest first."""
    return _list(TokenListQuery, lists.list_scans)


@routes.route(f"{BASE}/getBlockchainTxForToken", methods=["GET"])
def get_blockchain_tx_for_token() -> Response:
    """Lists a token's final transactions, one row a scan, oldest first."""
    return _list(TokenListQuery, lists.list_transactions)


def _authenticate(request: Request) -> Credential:
    """The credential of a request. Raises `Forbidden`, which says what is wrong with it."""
    try:
        text = presented(request.headers, _ACCEPTED)
        credential = oauth.authenticate_any(text)
        if is_token(text):
            require_scope(credential, READ_WRITE if request.method == "POST" else READ_ONLY, what="access token")
        require_scope(credential, SCOPE)
    except CredentialRefused as error:
        raise forbidden(error, realm="Gardenlab") from error
    return credential


def _posted() -> tuple[str, Any]:
    """The caller's origin and the body's JSON value; errors are raised in the contract's order."""
    request = routes.current_request
    credential = _authenticate(request)
    media_type = content_type(request.headers)
    if media_type not in _JSON_TYPES and not media_type.endswith("+json"):
        raise BadRequest("The body must be JSON: Content-Type: application/json.")
    return credential.origin, json_body(request)


def _guard(origin: str) -> Guard:
    """The request's use of its `Idempotency-Key`, if it has one. Raises `BadRequest` for a key of a wrong length."""
    request = routes.current_request
    header = request.headers.get("idempotency-key")
    target = target_of(request)
    route = target.template.removeprefix(f"{BASE}/")
    return guard_for(header, partner=origin, route=route, target=target, body=raw_body(request))


def _require_origin(origin: str, value: Any) -> None:
    """Raises `BadRequest` for what is no object, `Forbidden` where `origin` names another partner."""
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object.")
    named = value.get("origin")
    if isinstance(named, str) and named and named != origin:
        raise Forbidden("origin: is not the partner of this API key.", param="origin")


def _change(origin: str, schema: type[M], value: Any, operation: Callable[[str, M, Guard], Any]) -> Response:
    """The answer of an operation on a body, which runs at most once for each `Idempotency-Key`."""
    guard = _guard(origin)
    body = validated(schema, value)
    return answer(_with_contract_message(lambda: run_once(guard, lambda guard: operation(origin, body, guard))))


def _announce_each(origin: str, values: list[Any], guard: Guard) -> list[Any]:
    answers: list[Any] = [None] * len(values)
    prepared: dict[int, announcements.Announcement] = {}
    for number, value in enumerate(values):
        try:
            _require_origin(origin, value)
            prepared[number] = announcements.prepare(origin, validated(NewUser, value), guard.item(number))
        except ApiError as error:
            answers[number] = error
    answers_of_prepared = announcements.announce_many(list(prepared.values()))
    for number, outcome in zip(prepared, answers_of_prepared, strict=True):
        answers[number] = outcome
    return [_item_error(outcome) if isinstance(outcome, Exception) else outcome for outcome in answers]


def _item_error(error: Exception) -> dict[str, Any]:
    if isinstance(error, KeyReused):
        error = _reused()
    if not isinstance(error, ApiError):
        _log.error("unexpected error in an array", exc_info=error)
        error = ApiError("Something went wrong on our side; send this item again.")
    message = wording(error, "of this answer")
    return {"error": {"status": error.status, "code": error.code, "message": message}}


def _with_contract_message(call: Callable[[], T]) -> T:
    try:
        return call()
    except KeyReused as error:
        raise _reused() from error


def _reused() -> MiscError:
    return MiscError("This Idempotency-Key was used for another request.")


def _query(model: type[Any], query: dict[str, str]) -> Any:
    """The query as its schema; parameters that the route does not know are ignored."""
    return validated(model, {name: value for name, value in query.items() if name in model.model_fields})


def _list(model: type[Any], page_of: Callable[[str, Any], lists.RenderedPage]) -> Response:
    request = routes.current_request
    credential = _authenticate(request)
    query = query_of(request.query_params)
    _require_origin(credential.origin, query)
    page = page_of(credential.origin, _query(model, query))
    headers = {}
    if page.next_position is not None:
        headers["Link"] = next_link(f"{settings().public_url}{template_of(request)}", query, page.next_position)
    return answer_array(page.items, headers=headers)


def _is_dry_run(value: str | None) -> bool:
    if value in (None, "false", "0"):
        return False
    if value in ("true", "1"):
        return True
    raise BadRequest("dry_run: must be true or false", param="dry_run")
