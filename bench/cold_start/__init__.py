"""Start and first action of the packed API, compared with the minimum that the same work needs."""
