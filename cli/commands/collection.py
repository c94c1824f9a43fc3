"""`spacegarden collection`."""

from typing import Any

import click

from cli.api import ApiError, Part
from cli.commands.change import change
from cli.parameters import Name, Thresholds, Url
from cli.session import REFUSED, Group, Session, list_options, options
from cli.sourcify import PUBLIC_SERVER, Sourcify, submission_of

_COLUMNS = ("contract_id", "contract", "contract_version", "chain", "name", "symbol", "created_at")


@click.group(cls=Group)
def collection() -> None:
    """Manage a partner's collections, each one contract on a chain."""


collection.add_command(change)

_token_ids = click.option(
    "--may-change-token-id/--keep-token-id",
    default=None,
    help="Whether an NFT is minted under another token id where somebody else minted its own.  [kept]",
)


_xp_follows = click.option(
    "--xp-follows",
    type=click.Choice(["reservation", "holder"]),
    help="Whose act an interaction is: of the person an NFT was reserved to, or of its token's holder.  [reservation]",
)


_described = options(
    click.argument("origin", type=Name()),
    click.argument("contract_id", type=Name()),
    click.option("--name", required=True, help="The collection's name."),
    click.option("--symbol", required=True, help="The token's symbol."),
    click.option("--chain", type=Name(), help="The chain's name on this stage.  [the stage's own]"),
    _xp_follows,
    _token_ids,
    click.option(
        "--thresholds", "level_thresholds", type=Thresholds(), help="XP of each level: 0,100,300.  [the usual]"
    ),
)


@collection.command()
@_described
@click.option("--contract", type=Name(), help="A contract that exists and lets us mint.  [one is deployed]")
@click.option(
    "--from-block", type=click.IntRange(min=0), help="The block it was deployed in: earlier ones are not read."
)
@click.pass_obj
def create(session: Session, /, *, origin: str, **fields: Any) -> None:
    """Register a collection on an existing contract, or deploy one."""
    _create(session, origin, fields)


@collection.command()
@_described
@click.option(
    "--contract", "contract_version", type=click.Choice(["v1", "v2"]), help="The version of the contract.  [v2]"
)
@click.option("--description", help="What wallets and marketplaces say of the collection.")
@click.option("--img-url", "imgUrl", help="The collection's picture.")
@click.option("--external-url", help="The collection's own page.")
@click.option("--royalty-receiver", help="Who is to receive a share of each sale.  [nobody]")
@click.option(
    "--royalty-basis-points",
    type=click.IntRange(0, 10_000),
    help="The share, in hundredths of a percent: 250 is 2.5 %.  [0]",
)
@click.option(
    "--lock",
    type=click.Choice(["none", "token", "collection"]),
    help="Which tokens cannot be transferred, for good: none, those that the admin role locks, or all.  [none]",
)
@click.pass_obj
def deploy(session: Session, /, *, origin: str, **fields: Any) -> None:
    """Deploy a contract and register a collection on it."""
    _create(session, origin, fields)


@collection.command("list")
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, part: Part) -> None:
    """List a partner's collections by alias."""
    session.show_entries(origin, "collections", cursor="contract_id", part=part, columns=_COLUMNS)


@collection.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, contract_id: str) -> None:
    """Show a collection."""
    session.show(session.api.call("GET", origin, "collections", contract_id))


@collection.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.pass_obj
def status(session: Session, /, *, origin: str, contract_id: str) -> None:
    """Ask the chain whether a collection's contract exists and allows minting."""
    session.show(session.api.call("GET", origin, "collections", contract_id, "status"))


@collection.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.option(
    "--sourcify",
    type=Url(),
    envvar="SPACEGARDEN_SOURCIFY",
    default=PUBLIC_SERVER,
    help=f"The verifier's address, or SPACEGARDEN_SOURCIFY.  [{PUBLIC_SERVER}]",
)
@click.option(
    "--patience", type=click.FloatRange(0), default=120, show_default=True, help="Seconds to wait for the result."
)
@click.pass_context
def verify(ctx: click.Context, /, *, origin: str, contract_id: str, sourcify: str, patience: float) -> None:
    """Publish the source of a collection's contract, and have it compared with the chain, by Sourcify."""
    session = ctx.ensure_object(Session)
    shown = session.api.call("GET", origin, "collections", contract_id)
    state = session.api.call("GET", origin, "collections", contract_id, "status")
    if not state["deployed"] or state["chain_id"] is None:
        raise click.ClickException(
            f"The chain shows no contract at {shown['contract']}: {state['error'] or 'not yet'}."
        )
    submission = submission_of(shown["contract_version"])
    job = Sourcify(sourcify).verify(state["chain_id"], shown["contract"], submission, patience=patience)
    result = _result(job, state)
    session.show(result, summary=_verdict(result))
    if result["match"] is None:
        ctx.exit(REFUSED)


@collection.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.option("--thresholds", "level_thresholds", type=Thresholds(), help="XP of each level: 0,100,300.")
@click.option("--usual-thresholds", is_flag=True, help="Back to the usual ones: 0, 100, 300, 600, 1000 and so on.")
@_token_ids
@_xp_follows
@click.pass_obj
def update(
    session: Session,
    /,
    *,
    origin: str,
    contract_id: str,
    level_thresholds: list[float] | None,
    usual_thresholds: bool,
    may_change_token_id: bool | None,
    xp_follows: str | None,
) -> None:
    """Change a collection's settings; new level thresholds apply to an NFT at its next interaction."""
    if level_thresholds is not None and usual_thresholds:
        raise click.UsageError("Give either --thresholds or --usual-thresholds.")
    body: dict[str, Any] = {}
    if level_thresholds is not None or usual_thresholds:
        body["level_thresholds"] = level_thresholds
    if may_change_token_id is not None:
        body["may_change_token_id"] = may_change_token_id
    if xp_follows is not None:
        body["xp_follows"] = xp_follows
    if not body:
        raise click.UsageError(
            "Say what to change: --thresholds, --usual-thresholds, --may-change-token-id or --xp-follows."
        )
    changed = session.api.call("PATCH", origin, "collections", contract_id, body=body)
    session.show(changed, summary=f"Changed the collection {contract_id}.")


def _create(session: Session, origin: str, fields: dict[str, Any]) -> None:
    body = {name: value for name, value in fields.items() if value is not None}
    created = session.api.call("POST", origin, "collections", body=body)
    session.show(created, summary="" if session.as_json else _deployment_summary(session, origin, created))


def _deployment_summary(session: Session, origin: str, created: dict[str, Any]) -> str:
    """A sentence about the collection's contract; a new one is on the chain only some blocks after it was sent."""
    name, address = created["contract_id"], created["contract"]
    try:
        is_there = session.api.call("GET", origin, "collections", name, "status")["deployed"]
    except ApiError:
        is_there = None  # what was asked for is done, whatever this says
    if is_there:
        return f"The collection {name} is on {address}."
    return (
        f"The collection {name} will be on {address}, where no contract is seen yet: "
        f"`spacegarden collection status {origin} {name}` looks again."
    )


def _result(job: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """What a verifier found, in our names."""
    compared, error = job.get("contract") or {}, job.get("error") or {}
    return {
        "contract": state["contract"],
        "chain_id": state["chain_id"],
        "completed": bool(job.get("isJobCompleted")),
        "match": compared.get("match"),
        "creation_match": compared.get("creationMatch"),
        "runtime_match": compared.get("runtimeMatch"),
        "verified_at": compared.get("verifiedAt"),
        "error": f"{error.get('message')} ({error.get('customCode')})" if error else None,
    }


def _verdict(result: dict[str, Any]) -> str:
    if not result["completed"]:
        return "The verifier is still at work: run the command again later."
    if result["match"] is None:
        return f"The source of {result['contract']} is not verified."
    return f"The source of {result['contract']} is verified ({result['match']})."
