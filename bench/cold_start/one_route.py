"""One route on the platform's libraries with one shared client: Chalice, pydantic, PynamoDB, and nothing else."""

from typing import Any

import botocore.session
from chalice.app import Chalice, Response
from pydantic import BaseModel
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

_client = botocore.session.get_session().create_client("dynamodb")


class _Shared(Connection):
    @property
    def client(self) -> Any:
        return _client

    def add_meta_table(self, meta_table: MetaTable) -> None:
        self._tables[meta_table.table_name] = meta_table


class Guest(BaseModel):
    """The guest whose NFT it is."""

    uid: str


class Action(BaseModel):
    """The body."""

    origin: str
    contract_id: str
    action_id: str
    guest: Guest


class Done(BaseModel):
    """The answer."""

    found: int


class ByUid(GlobalSecondaryIndex["Nft"]):
    """NFTs of a guest."""

    class Meta:
        """PynamoDB's description of the index."""

        index_name = "by_uid"
        projection = AllProjection()

    uid_key = UnicodeAttribute(hash_key=True)


class Nft(Model):
    """An NFT, or a scan."""

    class Meta:
        """PynamoDB's description of the table."""

        table_name = "spacegarden-dev-gardenlab"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    uid_key = UnicodeAttribute(null=True)
    xp = NumberAttribute(null=True)
    by_uid = ByUid()


_connection = _Shared()
_table = Nft._get_connection()
_connection.add_meta_table(_table.get_meta_table())
_table.connection = _connection
app = Chalice("one")


@app.route("/api/v1/newActionForUser", methods=["POST"])
def act() -> Response:
    """Finds the guest's NFT and adds a scan."""
    assert app.current_request is not None
    body = Action.model_validate_json(app.current_request.raw_body)
    found = list(Nft.by_uid.query(body.guest.uid, limit=1))
    with TransactWrite(connection=_connection) as transaction:
        for number in range(5):
            transaction.save(Nft(body.action_id, f"SCAN#{number}", xp=number))
    return Response(Done(found=len(found)).model_dump_json(), headers={"Content-Type": "application/json"})
