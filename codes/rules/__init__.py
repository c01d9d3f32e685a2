"""What follows from the facts: pure functions on dataclasses, without Django and without a database.

Each rule names its source in its docstring and hands a `Cite` back with what it says, so that a page
can show where a statement comes from.
"""
