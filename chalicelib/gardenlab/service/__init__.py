"""The use cases of Gardenlab, by what they change."""
