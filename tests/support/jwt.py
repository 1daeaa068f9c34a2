"""JSON Web Tokens written by hand, well-formed or not, with a second implementation of the signatures."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature


def b64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(token):
    return json.loads(unb64(token.split(".")[0]))


def claims_of(token):
    return json.loads(unb64(token.split(".")[1]))


class Signer:
    """A P-256 key that the test shares with the server (tokens.private_key): it can sign what the server never would."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())

    def write(self, path):
        path.write_bytes(self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                serialization.NoEncryption()))
        path.chmod(0o600)
        return str(path)

    def sign(self, signing_input):
        r, s = decode_dss_signature(self.key.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def token(self, header, claims):
        """Signed rightly, whatever stands in it. Text instead of a dict goes in as it is."""
        parts = [part if isinstance(part, (str, bytes)) else json.dumps(part) for part in (header, claims)]
        signing_input = ".".join(b64(part) for part in parts)
        return f"{signing_input}.{b64(self.sign(signing_input))}"

    @property
    def public_pem(self):
        return self.key.public_key().public_bytes(serialization.Encoding.PEM,
                                                  serialization.PublicFormat.SubjectPublicKeyInfo)


def thumbprint(jwk):
    """RFC 7638: the required members alone, in order, without white space."""
    required = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}[jwk["kty"]]
    text = json.dumps({name: jwk[name] for name in required}, separators=(",", ":"), sort_keys=True)
    return b64(hashlib.sha256(text.encode()).digest())


def verify(token, jwk):
    """Raises InvalidSignature unless `jwk` verifies it."""
    signing_input, _, signature = token.rpartition(".")
    signature = unb64(signature)
    number = {name: int.from_bytes(unb64(jwk[name]), "big") for name in ("n", "e", "x", "y") if name in jwk}
    if jwk["kty"] == "RSA":
        key = rsa.RSAPublicNumbers(number["e"], number["n"]).public_key()
        key.verify(signature, signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
        return key
    assert jwk["crv"] == "P-256" and len(signature) == 64
    key = ec.EllipticCurvePublicNumbers(number["x"], number["y"], ec.SECP256R1()).public_key()
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(r, s), signing_input.encode(), ec.ECDSA(hashes.SHA256()))
    return key
