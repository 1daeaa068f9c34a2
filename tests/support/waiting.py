"""For what only shows from outside, where no event tells of it."""

import time

PATIENCE = 20.0


def wait_until(condition, patience=PATIENCE):
    """Asks until `condition()` is true and gives its value; fails when it does not become so in time."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {patience} s"
        time.sleep(0.01)  # only the pace of the asking: nothing depends on it
    return value
