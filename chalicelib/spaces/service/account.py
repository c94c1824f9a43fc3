"""The account, which is a partner."""

from chalicelib.partners import service as partners
from chalicelib.spaces.schemas import AccountRead
from chalicelib.spaces.service import identifiers
from chalicelib.spaces.service.objects import Object


def get_account(account: str) -> Object:
    """The account of the token."""
    row = partners.get_partner(account)
    return AccountRead(
        id=row.origin,
        name=row.display_name,
        email=row.contact_email,
        created=int(row.created_at.timestamp()),
        avatar_image_url=None,
        referral_code=identifiers.referral_code(account),
    ).model_dump()
