"""The minimum: a handler without a framework that reads an NFT and writes an action by botocore alone."""

import json
from typing import Any

import botocore.session

_TABLE = "spacegarden-dev-gardenlab"
_client = botocore.session.get_session().create_client("dynamodb")


def app(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Finds the guest's NFT and adds a scan."""
    del context
    body = json.loads(event["body"])
    found = _client.query(
        TableName=_TABLE,
        IndexName="by_uid",
        KeyConditionExpression="uid_key = :uid",
        ExpressionAttributeValues={":uid": {"S": body["guest"]["uid"]}},
    )["Items"]
    put = {"Put": {"TableName": _TABLE, "Item": {"pk": {"S": body["action_id"]}, "sk": {"S": "SCAN"}}}}
    _client.transact_write_items(TransactItems=[put] * 5)
    return {"statusCode": 200, "headers": {}, "body": json.dumps({"found": len(found)})}
