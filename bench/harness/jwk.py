"""A public JWK as the PEM file that OpenSSL's users read (RFC 7517, RFC 5280 SubjectPublicKeyInfo)."""

import base64
import json


def _bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _der(tag, content):
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _integer(value):
    return _der(0x02, (b"\0" if value[0] & 0x80 else b"") + value)


RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")
P256_ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")


def to_pem(jwk):
    if jwk["kty"] == "RSA":
        key = _der(0x30, _integer(_bytes(jwk["n"])) + _integer(_bytes(jwk["e"])))
        content = RSA_ALGORITHM + _der(0x03, b"\0" + key)
    else:
        point = b"\x04" + _bytes(jwk["x"]) + _bytes(jwk["y"])
        content = P256_ALGORITHM + _der(0x03, b"\0" + point)
    text = base64.b64encode(_der(0x30, content)).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def claims_of(token):
    return json.loads(_bytes(token.split(".")[1]))


def header_of(token):
    return json.loads(_bytes(token.split(".")[0]))
