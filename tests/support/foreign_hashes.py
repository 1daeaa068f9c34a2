"""Password hashes as other programs make them, by their own formulas: Python's hashlib and crypt, and libargon2."""

import base64
import ctypes
import hashlib
import json
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt


def b64(data):
    return base64.b64encode(data).decode()


def bare(data):
    return b64(data).rstrip("=")


def ab64(data):
    return bare(data).replace("+", ".")


def argon2(password, variant="id", version=19, memory=256, passes=2, lanes=1, salt=b"somesalt"):
    library = ctypes.CDLL("libargon2.so.1")
    text = ctypes.create_string_buffer(256)
    secret = password.encode()
    failed = library.argon2_hash(passes, memory, lanes, secret, len(secret), salt, len(salt), None, 32, text, 256,
                                 {"i": 1, "id": 2}[variant], version)
    assert failed == 0
    return text.value.decode()


def pbkdf2(digest, password, salt, rounds):
    return hashlib.pbkdf2_hmac(digest, password.encode(), salt, rounds)


def scrypt(password, salt, n, r, p, size=64):
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=size)


def keycloak(algorithm, value, salt, iterations, parameters=None):
    return json.dumps({
        "id": "5f1e3c1e-0000-0000-0000-000000000000", "type": "password", "createdDate": 1700000000000,
        "secretData": json.dumps({"value": b64(value), "salt": b64(salt), "additionalParameters": {}}),
        "credentialData": json.dumps({"hashIterations": iterations, "algorithm": algorithm,
                                      "additionalParameters": parameters or {}})})


def all_forms(password):
    """name -> hash, each form once; cheap ones, since their cost is not under test."""
    salt = b"sixteen bytes..."
    argon = argon2(password, salt=salt)
    return {
        "argon2id": argon2(password, lanes=2),
        "argon2i": argon2(password, "i"),
        "argon2i_1.0": argon2(password, "i", 16).replace("v=16$", ""),
        "django_argon2": "argon2" + argon2(password),
        "phc_scrypt": f"$scrypt$ln=10,r=8,p=1${bare(salt)}${bare(scrypt(password, salt, 1024, 8, 1, 32))}",
        "django_scrypt": f"scrypt$1024$seasalt$8$5${b64(scrypt(password, b'seasalt', 1024, 8, 5))}",
        "django_pbkdf2_sha256": f"pbkdf2_sha256$1000$seasalt${b64(pbkdf2('sha256', password, b'seasalt', 1000))}",
        "django_pbkdf2_sha1": f"pbkdf2_sha1$1000$seasalt${b64(pbkdf2('sha1', password, b'seasalt', 1000))}",
        "phc_pbkdf2_sha512": f"$pbkdf2-sha512$i=1000${bare(salt)}${bare(pbkdf2('sha512', password, salt, 1000))}",
        "passlib_pbkdf2_sha256": f"$pbkdf2-sha256$1000${ab64(salt)}${ab64(pbkdf2('sha256', password, salt, 1000))}",
        "keycloak_pbkdf2_sha256": keycloak("pbkdf2-sha256", pbkdf2("sha256", password, salt, 1000), salt, 1000),
        "keycloak_pbkdf2_sha512": keycloak("pbkdf2-sha512", pbkdf2("sha512", password, salt, 1000), salt, 1000),
        "keycloak_argon2": keycloak("argon2", base64.b64decode(argon.rsplit("$", 1)[1] + "="), salt, 2,
                                    {"hashLength": ["32"], "memory": ["256"], "type": ["id"], "version": ["1.3"],
                                     "parallelism": ["1"]}),
        "bcrypt_2a": crypt.crypt(password, "$2a$04$abcdefghijklmnopqrstuu"),
        "bcrypt_2b": crypt.crypt(password, "$2b$04$abcdefghijklmnopqrstuu"),
        "bcrypt_2y": crypt.crypt(password, "$2y$04$abcdefghijklmnopqrstuu"),
        "django_bcrypt": "bcrypt$" + crypt.crypt(password, "$2b$04$abcdefghijklmnopqrstuu"),
        "django_bcrypt_sha256": "bcrypt_sha256$" + crypt.crypt(hashlib.sha256(password.encode()).hexdigest(),
                                                               "$2b$04$abcdefghijklmnopqrstuu"),
        "sha256_crypt": crypt.crypt(password, "$5$saltstring"),
        "sha512_crypt": crypt.crypt(password, "$6$rounds=1000$saltstring"),
    }
