"""`/console`: a partner's view of its own data. Each module registers its pages with `calls.page` and `calls.form`."""
