"""The one guarded way for calls to partners' URLs: `client.EgressClient`."""
