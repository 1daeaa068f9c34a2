#!/usr/bin/env python3
"""A small API as one has it before it is protected: open to everybody who reaches it. Nothing to install.

    examples/sample-api/server.py [PORT]     (default 3001, on 127.0.0.1 alone)

    GET    /public/status           how it is
    GET    /projects                all of them
    POST   /projects                {"name": …}
    GET    /projects/:id
    DELETE /projects/:id
    GET    /people/:id/notes        notes of one person
    GET    /analytics               numbers of the business

It knows nothing of tokens. What it takes from the gateway in front of it is one field: X-User-Id.
"""

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

projects = {1: {"id": 1, "name": "Lighthouse", "owner": None}, 2: {"id": 2, "name": "Harbour", "owner": None}}


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, value=None):
        body = b"" if value is None else (json.dumps(value) + "\n").encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def path_parts(self):
        return self.path.partition("?")[0].strip("/").split("/")

    def do_GET(self):
        match self.path_parts():
            case ["public", "status"]:
                self.answer(200, {"status": "fine"})
            case ["projects"]:
                self.answer(200, list(projects.values()))
            case ["projects", number] if number.isdigit() and int(number) in projects:
                self.answer(200, projects[int(number)])
            case ["people", person, "notes"]:
                self.answer(200, {"person": person, "notes": ["buy milk"]})
            case ["analytics"]:
                self.answer(200, {"projects": len(projects), "revenue": 1250})
            case _:
                self.answer(404, {"error": "not found"})

    do_HEAD = do_GET

    def do_POST(self):
        # Read even when it will not be used: what is left in the connection would be taken for the next request.
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path_parts() != ["projects"]:
            return self.answer(404, {"error": "not found"})
        try:
            name = str(json.loads(body)["name"])
        except (ValueError, KeyError, TypeError):
            return self.answer(400, {"error": "a JSON object with a name is needed"})
        number = max(projects, default=0) + 1
        projects[number] = {"id": number, "name": name, "owner": self.headers.get("X-User-Id")}
        self.answer(201, projects[number])

    def do_DELETE(self):
        match self.path_parts():
            case ["projects", number] if number.isdigit() and int(number) in projects:
                del projects[int(number)]
                self.answer(204)
            case _:
                self.answer(404, {"error": "not found"})

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 3001
    ThreadingHTTPServer(("127.0.0.1", port), Api).serve_forever()
