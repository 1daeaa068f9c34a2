#!/usr/bin/env python3
"""Holds every room to what src/CMakeLists.txt says that it uses: no #include of another room, and none named in vain.

Tests and what only they include (named *_testing.hpp, test_*.hpp, *_for_tests.hpp, *_test_support.hpp, *_testing.cpp)
may look further.
"""

import re
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
WORDS = ("DIR", "USES", "LIBS")
FOR_TESTS = re.compile(r"(_test|_testing|_for_tests|_test_support)\.[ch]pp$|^(test_|temporary_|manual_)\w*\.[ch]pp$")
# Taken for what it links, not for its headers.
LINKED_ONLY = set()


def read_rooms():
    """{name: (folder, uses)}"""
    rooms = {}
    for call in re.findall(r"^gatehouse_room\(([^)]*)\)", (SOURCE / "CMakeLists.txt").read_text(), re.M):
        name, *words = call.split()
        lists = {word: [] for word in WORDS}
        for word in words:
            if word in WORDS:
                current = lists[word]
            else:
                current.append(word)
        rooms[name] = (lists["DIR"][0] if lists["DIR"] else name, set(lists["USES"]))
    return rooms


def room_of(include, rooms):
    folder = include.rpartition("/")[0]
    return next((name for name, (where, _) in rooms.items() if where == folder), None)


def check(name, rooms):
    folder, uses = rooms[name]
    mistakes, seen = [], set()
    for file in sorted((SOURCE / folder).glob("*.[ch]pp")):
        if FOR_TESTS.search(file.name):
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not include:
                continue
            other = room_of(include[1], rooms)
            where = f"src/{folder}/{file.name}:{number}"
            if other is None:
                mistakes.append(f'{where}: "{include[1]}" is in no room; write the path from src/')
            elif other != name:
                seen.add(other)
                if other not in uses:
                    mistakes.append(f"{where}: room `{name}` includes \"{include[1]}\", but its USES does not name `{other}`")
    for other in sorted(uses - seen):
        if (name, other) not in LINKED_ONLY:
            mistakes.append(f"src/CMakeLists.txt: room `{name}` names `{other}` in USES and includes nothing of it")
    for other in sorted(uses - set(rooms)):
        mistakes.append(f"src/CMakeLists.txt: room `{name}` uses `{other}`, which is no room")
    return mistakes


def main():
    rooms = read_rooms()
    if len(rooms) < 5:
        sys.exit("src/CMakeLists.txt: hardly any gatehouse_room(...) was found; has its form changed?")
    mistakes = [mistake for name in rooms for mistake in check(name, rooms)]
    print("\n".join(mistakes) or f"{len(rooms)} rooms keep to what they say that they use.")
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
