"""Boot log to facts to a diagnosis in words."""
