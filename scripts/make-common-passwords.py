#!/usr/bin/env python3
"""Makes src/features/passwords/common_passwords.txt, the blocklist that is built into the binary.

    scripts/make-common-passwords.py > src/features/passwords/common_passwords.txt

Fetches two packages with pip and takes the facts from them: which passwords, words and names are frequent. The
server lower-cases a new password, undoes substitutions like 4 for a, strips digits and symbols from both ends and
looks for what is left, so that `password2024!` need not be in the list when `password` is.
"""

import gzip
import importlib.util
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ZXCVBN = "zxcvbn==4.5.0"
DJANGO = "Django==4.2.16"
HEADER = f"""\
# Common passwords and the words they are made of, lower case, in byte order. Made by
# scripts/make-common-passwords.py from the frequency lists of {ZXCVBN} (PyPI, MIT licence, after Dropbox's zxcvbn)
# and the common passwords of {DJANGO} (PyPI, BSD-3-Clause).
"""
FROM_ENGLISH = 9_000  # the most frequent words of Wikipedia, and longer ones further down
FROM_LONG_ENGLISH = 20_000
FROM_SURNAMES = 4_000
FROM_PASSWORDS = 12_000
# Younger than the lists, or frequent in offices rather than in leaks.
ALSO = """changeme changeit letmein welcome passphrase summer winter autumn spring january february march april june
july august september october november december monday tuesday wednesday thursday friday saturday sunday administrator
companyname mycompany mypassword thepassword newpassword oldpassword password secretpassword defaultpassword guest
testtest testing testuser temppass temppassword temporary admin adminadmin rootroot superuser supersecret topsecret
opensesame iloveyou ihateyou trustnoone correcthorsebatterystaple android bitcoin covid discord
fortnite instagram iphone linkedin netflix pinterest playstation roblox snapchat spotify tiktok twitch whatsapp wordpress
youtube""".split()


def fetch(directory):
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", directory, DJANGO],
                   check=True, stdout=sys.stderr)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", f"{directory}/zxcvbn",
                    ZXCVBN], check=True, stdout=sys.stderr)


def frequency_lists(directory):
    path = f"{directory}/zxcvbn/zxcvbn/frequency_lists.py"
    spec = importlib.util.spec_from_file_location("frequency_lists", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FREQUENCY_LISTS


def django_passwords(directory):
    wheel = next(Path(directory).glob("*jango*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read("django/contrib/auth/common-passwords.txt.gz")
    return gzip.decompress(packed).decode().split()


def is_plain(entry):
    return re.fullmatch(r"[!-~]{4,40}", entry) is not None


def base(password):
    """What stands between the digits and symbols at both ends, when letters are all that stands there."""
    letters = re.fullmatch(r"[^a-z]*([a-z]{4,})[^a-z]*", password)
    return letters.group(1) if letters else password


def main():
    with tempfile.TemporaryDirectory() as directory:
        fetch(directory)
        lists = frequency_lists(directory)
        frequent = django_passwords(directory)
    passwords = [p.lower() for p in lists["passwords"] + frequent]
    entries = {base(p) for p in [q.lower() for q in lists["passwords"][:FROM_PASSWORDS] + frequent[:FROM_PASSWORDS]]
               if re.search("[a-z]", p)}
    entries |= {p for p in passwords if len(p) >= 10}
    english = lists["english_wikipedia"]
    entries |= {w for w in english[:FROM_ENGLISH] if w.isalpha()}
    entries |= {w for w in english[:FROM_LONG_ENGLISH] if w.isalpha() and len(w) >= 10}
    entries |= {n for n in lists["female_names"] + lists["male_names"] + lists["surnames"][:FROM_SURNAMES]}
    entries |= set(ALSO)
    sys.stdout.write(HEADER)
    for entry in sorted(filter(is_plain, entries)):
        # Shorter entries with digits inside would be reached by nothing but themselves with a suffix; keep six on.
        if entry.isalpha() or len(entry) >= 6:
            print(entry)


main()
