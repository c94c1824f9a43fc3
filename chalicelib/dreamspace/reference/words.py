"""What the fields of Dreamspace mean."""

from chalicelib.dreamspace.domain.models import MAX_STAMPS
from chalicelib.dreamspace.schemas.fields import MAX_DATA_BYTES

WORDS = {
    "user_id": "The user.",
    "transaction_id": "The transaction's id.",
    "specimen_id": "The specimen's id.",
    "event_id": "The event's id.",
    "document_id": "The document.",
    "stamp_id": "The stamp's id.",
    "twitch_id": "The user's id on Twitch; null where there is none.",
    "UserCreate.twitch_id": "The user's id on Twitch. A known one updates that user.",
    "name": "The user's name; null where there is none.",
    "preferences": "A text of the client's own.",
    "created_at": "When the server made it.",
    "specimen": "The current specimen: not forgotten, and born last; or null.",
    "inventory": "Always empty.",
    "wallet": "The sum of the user's transactions; null while there are none.",
    "balance": "The sum of the user's transactions; null while there are none.",
    "user": "The user.",
    "amount": "How much; may be negative.",
    "description": "What it was for.",
    "reference": "A text of the client's own.",
    "owner_id": "The user who owns it. This or `owner`.",
    "owner": "The user who owns it.",
    "SpecimenCreate.owner": "The user who owns it, made or updated by `twitch_id`. This or `owner_id`.",
    "born_at": "When it was born; without it, now.",
    "forgotten_at": "When it was forgotten; null: it is not.",
    "document": "The document with its stamps; null where there is none.",
    "user_name": "The name under which the user acted; it stays when the user is gone.",
    "occurred_at": "When it happened, with the offset that the client gave.",
    "event_type": "The type, which decides the fields beside it.",
    "message": "What was said.",
    "tier": "The subscription's tier.",
    "subscribed_length": "How long the subscription has lasted.",
    "visitor_count": "How many visitors came along.",
    "document_data": f"The document's content, kept as it is given; at most {MAX_DATA_BYTES:,} bytes.",
    "seal": "A number of the client's own.",
    "metadata": "A text of the client's own.",
    "stamps": f"The stamps, ascending by id; at most {MAX_STAMPS} in one call.",
    "DocumentUpdate.stamps": "Replaces all stamps; an empty array clears them.",
    "stamp_type": "The kind of stamp, kept as it is given.",
    "pos_x": "Where it stands, from the left.",
    "pos_y": "Where it stands, from the top.",
    "rotation": "How it is turned.",
    **{f"{name}Read.user": "The user; null where it is gone." for name in ("Plain", "Subscriber", "Cheer", "Raid")},
    **{
        f"{name}Create.{field}": text
        for name in ("Plain", "Subscriber", "Cheer", "Raid")
        for field, text in {
            "user_id": "The user who acted. This or `user`.",
            "user": "The user who acted, made or updated by `twitch_id`. This or `user_id`.",
            "document_id": "The document that belongs to it. Not beside `document`.",
            "document": "A new document that belongs to it, with its stamps. Not beside `document_id`.",
        }.items()
    },
}
