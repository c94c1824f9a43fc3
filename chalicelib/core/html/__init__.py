"""The one design of every HTML page: templates, styles, scripts, and the headers that pages are served with."""
