"""The examples are real: sent as they are printed, in the order of a day, they are answered as it is printed."""

import json
from typing import Any

from chalicelib.core.settings import settings
from tests.oauth.flows import register
from tests.platform import Partner, Platform

# Whose path holds nothing that the day has not made by then.
DAY = (
    "partners_create_key",
    "applications_create_client",
    "links_create_link",
    "collections_update_collection",
    "answered_create_mission",
    "gardenlab_save_action_interaction",
    "gardenlab_new_user_for_partner",
    "gardenlab_new_action_for_user",
    "gardenlab_mint_token_for_user",
    "webhooks_create_endpoint",
    "space3_create_user",
    "space3_create_mission",
    "dreamspace_post_users",
    "dreamspace_patch_users_user_id",
    "dreamspace_post_specimens",
    "dreamspace_post_users_user_id_transactions",
    "dreamspace_post_events",
    "dreamspace_post_documents_document_id_stamps",
    "spaces_create_space",
    "spaces_create_customer",
    "spaces_create_captured_email",
    "spaces_create_hook",
)


def test_a_day_of_examples(platform: Platform, partner: Partner, document: dict[str, Any]) -> None:
    known = {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    token = register(partner).own_token()
    credentials = {
        "adminKey": {"Authorization": f"Bearer {settings().admin_key}"},
        "apiKey": {"Authorization": f"Bearer {partner.key}"},
        "apiKeyHeader": {"X-API-KEY": partner.key},
        "accessTokenBasic": {"Authorization": f"Bearer {token}"},
    }
    for name in DAY:
        method, path, operation = known[name]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        sent = json.dumps(operation["requestBody"]["content"]["application/json"]["example"])
        answer = platform.call(
            method,
            path.replace("spacex", partner.origin),
            body=sent.replace("spacex", partner.origin).encode(),
            headers=credentials[next(iter(operation["security"][0]))],
        )
        assert answer.status == 200, (name, answer)
        printed = operation["responses"]["200"]["content"]["application/json"]["example"]
        assert set(answer.json) == set(printed), name
