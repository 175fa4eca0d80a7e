"""People: who gets the newsletter, and how their addresses come in."""
