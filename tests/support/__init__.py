"""What all tests that drive the real server share: starting it, talking to it, looking at what it left behind."""
