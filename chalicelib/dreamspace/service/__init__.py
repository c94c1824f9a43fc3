"""The use cases of Dreamspace, by model."""
