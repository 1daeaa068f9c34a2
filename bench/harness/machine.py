"""The machine: its cores, its free ports, its limits, and one line about it for the report."""

import os
import platform
import resource
import socket

CORES = sorted(os.sched_getaffinity(0))
# The server alone on one core, the load (and an upstream or a database, where there is one) on another.
SERVER_CORE = CORES[0]
LOAD_CORE = CORES[-1]

WANTED_FILES = 65536


def raise_file_limit():
    """Ten thousand connections are as many descriptors. Returns how many there may be."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        # Root of a container may not go beyond the hard limit either.
        resource.setrlimit(resource.RLIMIT_NOFILE, (WANTED_FILES, max(hard, WANTED_FILES)))
        return WANTED_FILES
    except ValueError:
        most = min(hard, WANTED_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        return most


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def describe():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {len(CORES)} cores, Linux {platform.release()}"


def load_average():
    return os.getloadavg()[0]
