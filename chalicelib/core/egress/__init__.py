"""The one guarded door through which every call to a partner's URL goes: `client.EgressClient`."""
