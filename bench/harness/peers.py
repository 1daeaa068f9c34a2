"""nginx, HAProxy and the Node.js stacks: their settings filled in, installed, ready to start."""

import os
import shutil
import subprocess
from pathlib import Path

from . import machine
from .process import BenchError, Server

PEERS = Path(__file__).parents[1] / "peers"
# nginx and HAProxy write these themselves; both have them in their answers too.
OWN_FIELDS = {"date", "content-type", "content-length", "connection", "server"}


def find(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise BenchError(f"{name} is not installed: scripts/install-packages.sh bench")
    return path


def fill(template, values):
    text = (PEERS / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def other_fields(answer):
    return [(name, value) for name, value in answer.fields if name.lower() not in OWN_FIELDS]


def _nginx_quoted(text):
    if "$" in text:
        raise BenchError("nginx cannot answer with a $ in it")
    return text.replace("\\", "\\\\").replace("'", "\\'")


def nginx(template, folder, *, answer=None, upstream=0, core=machine.SERVER_CORE):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    values = {"PORT": machine.free_port(), "FOLDER": folder, "UPSTREAM": upstream}
    if answer is not None:
        (folder / "body.json").write_bytes(answer.body)
        values["BODY"] = _nginx_quoted(answer.body.decode())
        values["HEADERS"] = "\n      ".join(f"add_header {name} '{_nginx_quoted(value)}' always;"
                                            for name, value in other_fields(answer))
    config = folder / "nginx.conf"
    config.write_text(fill(f"nginx/{template}.conf", values))
    # -e: it would otherwise try its usual log before it reads the settings.
    command = [find("nginx"), "-e", folder / "nginx-error.log", "-p", folder, "-c", config]
    return Server(f"nginx {template}", command, port=values["PORT"], log=folder / "log", cores={core})


def _haproxy_quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def haproxy(folder, *, checks=None, answer=None, upstream=1):
    """checks: (algorithm, PEM file) or None. With an answer HAProxy gives it itself, else it proxies."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    port = machine.free_port()
    text = fill("haproxy/haproxy.cfg", {"PORT": port, "UPSTREAM": upstream})
    wanted = ""
    if checks is not None:
        wanted = fill("haproxy/checks.cfg", {"ALGORITHM": checks[0], "PUBLIC_KEY": checks[1]}).strip()
    action = "default_backend app"
    if answer is not None:
        (folder / "body.json").write_bytes(answer.body)
        fields = " ".join(f"hdr {_haproxy_quoted(name)} {_haproxy_quoted(value)}"
                          for name, value in other_fields(answer))
        action = f"http-request return status 200 content-type application/json file {folder}/body.json {fields}"
    config = folder / "haproxy.cfg"
    config.write_text(text.replace("@CHECKS@", wanted).replace("@ANSWER@", action))
    return Server("haproxy", [find("haproxy"), "-db", "-f", config], port=port, log=folder / "log",
                  cores={machine.SERVER_CORE})


def install_node_peer(name, cache):
    """Copies the peer into the build folder and installs what its lock file says; the folder."""
    folder = Path(cache) / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (PEERS / name / "package-lock.json").read_text()
    stamp = folder / "node_modules" / ".installed"
    for file in (PEERS / name).iterdir():
        if file.is_file():
            shutil.copy(file, folder / file.name)
    if not stamp.exists() or stamp.read_text() != wanted:
        done = subprocess.run([find("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                              capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise BenchError(f"npm ci for {name}: {done.stderr.strip().splitlines()[-1]}")
        stamp.write_text(wanted)
    return folder


def node(name, code, folder, *, public_key, answer, database_url):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "body.json").write_bytes(answer.body)
    port = machine.free_port()
    env = {"PORT": str(port), "PUBLIC_KEY": str(public_key), "BODY": str(folder / "body.json"),
           "DATABASE_URL": database_url, "NODE_ENV": "production"}
    return Server(name, [find("node"), Path(code) / "server.js"], port=port, log=folder / "log", env=env, cwd=code,
                  cores={machine.SERVER_CORE})
