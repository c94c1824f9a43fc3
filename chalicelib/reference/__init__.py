"""The API reference: an OpenAPI 3.1 document made from the routes and what features declare beside them."""
