"""The commands of the real binary, run beside a server or without one."""

import json
import os
import pty
import select
import subprocess

from support.server import BINARY, PATIENCE


class Outcome:
    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"<exit code {self.code}\nout: {self.out}\nerr: {self.err}>"


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
    return {**kept, **more}


def run(*arguments, directory, stdin=None, env=None, timeout=PATIENCE):
    """One command in `directory`; without a terminal."""
    done = subprocess.run([BINARY, *map(str, arguments)], cwd=directory, env=env or environment(),
                          input=stdin if stdin is not None else "", capture_output=True, text=True, timeout=timeout)
    return Outcome(done.returncode, done.stdout, done.stderr)


def run_on_terminal(*arguments, directory, typed, env=None, timeout=PATIENCE):
    """One command whose standard input and error are a terminal: what is typed is given answer by answer, after
    the text that asks for it. All that the terminal showed is `err`."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([BINARY, *map(str, arguments)], cwd=directory, env=env or environment(),
                               stdin=theirs, stderr=theirs, stdout=subprocess.PIPE)
    os.close(theirs)
    shown = b""
    try:
        for question, answer in typed:
            start = len(shown)
            while question.encode() not in shown[start:]:
                assert select.select([ours], [], [], timeout)[0], f"never asked {question!r}; shown: {shown!r}"
                shown += os.read(ours, 4096)
            os.write(ours, answer.encode() + b"\n")
        code = process.wait(timeout)
        out = process.stdout.read()
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            shown += piece
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        os.close(ours)
    return Outcome(code, out.decode(), shown.decode())
