"""What a test waits for that no element of a page shows."""


def wait_until(page, expression: str) -> None:
    """Until an expression holds in the page. Playwright's own way may evaluate its text, against the page's policy."""
    for _ in range(200):
        if page.evaluate(f"Boolean({expression})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{expression} did not hold within ten seconds.")
