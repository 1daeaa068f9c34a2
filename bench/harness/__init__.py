"""What bench/run is made of: servers, load, turns, scenarios, report."""
