"""Start and first action of the packed API, beside the least that the same work needs."""
