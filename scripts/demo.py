#!/usr/bin/env python3
"""Runs Gatehouse in front of the sample API and says what to try. `make run` calls it.

Data lie in build/run/. The administrator's password is made at the first run, shown once and kept nowhere.
Ctrl-C, or SIGTERM, ends both.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "build" / "run"
BINARY = Path(os.environ.get("GATEHOUSE_BINARY", ROOT / "build" / "release" / "gatehouse"))
EXAMPLE = ROOT / "examples" / "in-front-of-an-api.toml"
PORTS = {"server": 8080, "admin": 9090, "api": 3001}  # as the example has them


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def choose_ports():
    """The example's, or others where those are taken."""
    chosen = {}
    for name, port in PORTS.items():
        while not is_free(port) or port in chosen.values():
            port += 1
        chosen[name] = port
    return chosen


def settings_for(ports):
    """The example itself, or a copy of it with other ports."""
    if ports == PORTS:
        return EXAMPLE
    text = EXAMPLE.read_text()
    for name, port in PORTS.items():
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{{{name}}}")
    for name, port in ports.items():
        text = text.replace(f"{{{name}}}", str(port))
    copy = DATA / "gatehouse.toml"
    copy.write_text(text)
    return copy


def start(settings, ports, password):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GATEHOUSE_")}
    environment["GATEHOUSE_STORE_URL"] = f"sqlite:{DATA}/gatehouse.db"
    environment["GATEHOUSE_LOG_FORMAT"] = os.environ.get("GATEHOUSE_LOG_FORMAT", "json")
    if password:
        environment["GATEHOUSE_ADMIN_PASSWORD"] = password
    # Each in a session of its own: Ctrl-C reaches this program alone, which then ends them in order.
    api = subprocess.Popen([sys.executable, ROOT / "examples/sample-api/server.py", str(ports["api"])],
                           start_new_session=True)
    log = open(DATA / "gatehouse.log", "ab")
    server = subprocess.Popen([BINARY, "--config", settings], env=environment, stdout=log, start_new_session=True)
    return api, server


def wait_until_ready(server, port):
    for _ in range(200):
        if server.poll() is not None:
            return False
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).close()
            return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


def guide(ports, password, settings, server):
    url = f"http://127.0.0.1:{ports['server']}"
    shown = settings.relative_to(ROOT)
    admin = (f"ADMIN_PASSWORD='{password}'      # admin@example.test; made just now, shown this once, kept nowhere"
             if password else
             "ADMIN_PASSWORD='…'      # shown at the first run; lost it? `rm -r build/run` starts anew")
    return f"""
Gatehouse is in front of the sample API. Paste these into another terminal (bash), in this folder:

  GATE={url}
  {admin}
  json() {{ curl -sS -H 'Content-Type: application/json' "$@"; echo; }}
  take() {{ sed -n 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/p'; }}

1. Nobody is logged in: the public route answers, the others do not
  curl -sS $GATE/public/status                                     # 200
  curl -sS $GATE/projects; echo                                    # 401 AUTHENTICATION_REQUIRED

2. Register, log in, call
  json $GATE/api/v1/auth/register -d '{{"email":"ada@example.test","password":"seven otters knit quietly"}}'
  ANSWER=$(json $GATE/api/v1/auth/login -d '{{"email":"ada@example.test","password":"seven otters knit quietly","transport":"bearer"}}')
  TOKEN=$(take accessToken <<<"$ANSWER") REFRESH=$(take refreshToken <<<"$ANSWER")
  curl -sS $GATE/projects -H "Authorization: Bearer $TOKEN"        # 200, from the API
  json $GATE/api/v1/profile -H "Authorization: Bearer $TOKEN"      # who the server thinks you are

3. Refused by the policy in {shown}
  json $GATE/projects -H "Authorization: Bearer $TOKEN" -d '{{"name":"Mine"}}'      # 403, a viewer may not write

4. The administrator makes Ada an editor, effective at once
  ADMIN=$(json $GATE/api/v1/auth/login -d '{{"email":"admin@example.test","password":"'"$ADMIN_PASSWORD"'","transport":"bearer"}}' | take accessToken)
  ADA=$(json $GATE/api/v1/profile -H "Authorization: Bearer $TOKEN" | take userId)
  json -X PUT $GATE/api/v1/users/$ADA/role -H "Authorization: Bearer $ADMIN" -d '{{"role":"editor"}}'
  json $GATE/projects -H "Authorization: Bearer $TOKEN" -d '{{"name":"Mine"}}'      # 201, with Ada as its owner

5. Limited: 10 a minute on this route, then 429 with Retry-After
  for i in $(seq 12); do curl -sS -o /dev/null -w '%{{http_code}} ' $GATE/public/status; done; echo
  curl -sS -i $GATE/public/status | grep -iE 'HTTP|ratelimit|retry'

6. Refresh, and log out: the token is dead at once
  ANSWER=$(json $GATE/api/v1/auth/refresh -d '{{"refreshToken":"'"$REFRESH"'"}}'); TOKEN=$(take accessToken <<<"$ANSWER")
  json -X POST $GATE/api/v1/auth/logout -H "Authorization: Bearer $TOKEN"
  curl -sS $GATE/projects -H "Authorization: Bearer $TOKEN"; echo  # 401 SESSION_REVOKED

7. Look at it
  tail -n 3 build/run/gatehouse.log                                # a line for each request and event
  curl -sS http://127.0.0.1:{ports['admin']}/metrics | grep -E '^(login|auth|rate_limits)_'

Change {shown} and reload it with: kill -HUP {server.pid}
Ctrl-C ends this.
"""


def end(*processes):
    for process in processes:  # the gateway first, while the API still answers what is under way
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(35)  # drain_timeout and a little
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main():
    if not BINARY.exists():
        sys.exit(f"There is no {BINARY}: run `make build` first.")
    DATA.mkdir(parents=True, exist_ok=True)
    DATA.chmod(0o700)
    is_first = not (DATA / "gatehouse.db").exists()
    password = secrets.token_urlsafe(18) if is_first else None
    ports = choose_ports()
    settings = settings_for(ports)
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell has started this in the background
        signal.signal(number, lambda *_: stopping.append(True))
    api, server = start(settings, ports, password)
    try:
        if not wait_until_ready(server, ports["server"]):
            sys.exit("Gatehouse did not start; see above, and build/run/gatehouse.log.")
        print(guide(ports, password, settings, server), flush=True)
        while not stopping and server.poll() is None and api.poll() is None:
            time.sleep(0.1)
        if not stopping:
            sys.exit("One of the two has ended by itself; see build/run/gatehouse.log.")
        print("\nStopping: requests under way are answered.", flush=True)
    finally:
        end(server, api)


if __name__ == "__main__":
    main()
