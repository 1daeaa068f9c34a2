"""Access tokens and the keys behind them: what is issued (B05, JW-08, JW-09, KY) and what is refused (JW-01 to JW-08).

Forged tokens are signed with the server's own key, which the test shares: each differs from a good one in one thing.
"""

import base64
import hashlib
import hmac
import json
import stat

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from support import jwt
from support.people import PASSWORD
from support.server import Server

REFUSED = (401, "INVALID_TOKEN")


class Forge:
    """A server that signs with `signer`, a logged-in person, and the parts of the person's token."""

    def __init__(self, start, tmp_path):
        self.signer = jwt.Signer()
        self.server = start({"tokens": {"private_key": [self.signer.write(tmp_path / "signing.pem")]}})
        self.person = self.server.person()
        self.header = jwt.header_of(self.person.access_token)
        self.claims = jwt.claims_of(self.person.access_token)

    def ask(self, token):
        """The outcome of a protected call with this token."""
        return self.server.client().get("/profile", headers=[("Authorization", f"Bearer {token}")]).outcome

    def outcome(self, header=(), claims=(), without=()):
        """The outcome for a good token with these members changed or left out, signed rightly."""
        head = {k: v for k, v in {**self.header, **dict(header)}.items() if k not in without}
        body = {k: v for k, v in {**self.claims, **dict(claims)}.items() if k not in without}
        return self.ask(self.signer.token(head, body))


@pytest.fixture
def forge(start, tmp_path):
    forge = Forge(start, tmp_path)
    assert forge.outcome(claims={"jti": "01890000-0000-7000-8000-000000000000"}) == (200, None), "the control"
    return forge


# ---------------------------------------------------------------- what is issued

@pytest.mark.parametrize("bits", [2048, 3072])
def test_B05_the_access_token_is_RS256_for_15_minutes(start, bits):
    server = start({"tokens": {"algorithm": "RS256", "rsa_bits": bits}})
    person = server.person(role="editor")
    header, claims = jwt.header_of(person.access_token), jwt.claims_of(person.access_token)
    assert header["alg"] == "RS256" and header["typ"] == "at+jwt"
    assert claims["sub"] == person.id and claims["role"] == "editor"
    assert claims["exp"] - claims["iat"] == 900

    published = server.client().get("//.well-known/jwks.json").json["keys"]
    key, = [key for key in published if key["kid"] == header["kid"]]
    assert jwt.verify(person.access_token, key).key_size == bits
    others = [other for other in published if other["kid"] != header["kid"]]
    for other in others:
        with pytest.raises(InvalidSignature):
            jwt.verify(person.access_token, other)


def test_B05_a_smaller_RSA_key_is_refused_at_start(tmp_path):
    text = Server({"tokens": {"algorithm": "RS256", "rsa_bits": 1024}}, directory=tmp_path / "g").refuses_to_start()
    assert "tokens.rsa_bits" in text


def test_B05_the_token_dies_with_its_fifteen_minutes(server):
    person = server.person()
    server.advance("14m")
    assert person.get("/profile").status == 200
    server.advance("1m")
    assert person.get("/profile").outcome == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize("algorithm, kty", [("ES256", "EC"), ("EdDSA", "OKP"), ("PS256", "RSA")])
def test_B05_the_other_algorithms_work_as_well(start, algorithm, kty):
    server = start({"tokens": {"algorithm": algorithm, "rsa_bits": 2048}})
    person = server.person()
    header = jwt.header_of(person.access_token)
    assert header["alg"] == algorithm
    keys = {key["kid"]: key for key in server.client().get("//.well-known/jwks.json").json["keys"]}
    assert keys[header["kid"]]["kty"] == kty and keys[header["kid"]]["alg"] == algorithm
    assert person.get("/profile").status == 200


def test_JW09_tokens_carry_every_claim_and_a_jti_of_their_own(server):
    person = server.person(role="editor", plan="paid")
    tokens = [person.access_token]
    for i in range(30):
        answer = person.refresh()
        tokens.append(answer.data["accessToken"])
        if i % 2:  # so that half of them are retries of one rotation
            person.take(answer.data)
    seen = set()
    for token in tokens:
        claims = jwt.claims_of(token)
        assert set(claims) == {"iss", "aud", "sub", "client_id", "sid", "gen", "role", "plan", "iat", "exp", "jti"}
        assert claims["iss"] == claims["aud"] == "http://127.0.0.1:8080"
        assert claims["sid"] == person.session["id"] and claims["plan"] == "paid"
        seen.add(claims["jti"])
    assert len(seen) == len(tokens)


def test_JW09_issuer_and_audience_are_settable(start):
    server = start({"tokens": {"issuer": "https://id.example", "audience": "https://api.example"}})
    claims = jwt.claims_of(server.person().access_token)
    assert claims["iss"] == "https://id.example" and claims["aud"] == "https://api.example"


# ---------------------------------------------------------------- JW-01: the algorithm is the key's

def test_JW01_none_is_impossible_in_every_spelling(forge):
    for alg in ("none", "None", "NONE", "nOnE", "", None):
        unsigned = ".".join([jwt.b64(json.dumps({**forge.header, "alg": alg})), jwt.b64(json.dumps(forge.claims)), ""])
        assert forge.ask(unsigned) == REFUSED, alg
        assert forge.outcome(header={"alg": alg}) == REFUSED, alg
    without_alg = {k: v for k, v in forge.header.items() if k != "alg"}
    assert forge.ask(forge.signer.token(without_alg, forge.claims)) == REFUSED


def test_JW01_no_other_algorithm_than_the_keys(forge):
    for alg in ("es256", "ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "HS256", "ES256 ", ["ES256"], 7, True):
        assert forge.outcome(header={"alg": alg}) == REFUSED, alg


def test_JW01_the_public_key_is_no_HMAC_secret(forge):
    jwk = forge.server.client().get("//.well-known/jwks.json").json["keys"][0]
    signing_input = f"{jwt.b64(json.dumps({**forge.header, 'alg': 'HS256'}))}.{jwt.b64(json.dumps(forge.claims))}"
    point = b"\x04" + jwt.unb64(jwk["x"]) + jwt.unb64(jwk["y"])
    for secret in (forge.signer.public_pem, forge.signer.public_pem.strip(), point, json.dumps(jwk).encode(), b""):
        mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        assert forge.ask(f"{signing_input}.{jwt.b64(mac)}") == REFUSED


# ---------------------------------------------------------------- JW-02: keys never come with the token

def test_JW02_a_key_that_comes_with_the_token_is_never_used_nor_fetched(forge, upstream):
    stranger = jwt.Signer()
    numbers = stranger.key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": jwt.b64(numbers.x.to_bytes(32, "big")),
           "y": jwt.b64(numbers.y.to_bytes(32, "big"))}
    own_kid = {**jwk, "kid": jwt.thumbprint(jwk)}
    for extra in ({"jwk": jwk}, {"jwk": own_kid}, {"jku": f"{upstream.url}/jwks.json"}, {"x5u": f"{upstream.url}/c.pem"},
                  {"x5c": [base64.b64encode(stranger.public_pem).decode()]}):
        for kid in (forge.header["kid"], own_kid["kid"], f"{upstream.url}/jwks.json", "../../signing.pem", ""):
            token = stranger.token({**forge.header, **extra, "kid": kid}, forge.claims)
            assert forge.ask(token) == REFUSED, (extra, kid)
    assert upstream.count == 0


def test_JW02_the_kid_must_be_one_of_ours(forge):
    for kid in ("", "x", forge.header["kid"][:-1], forge.header["kid"] + "A", forge.header["kid"].swapcase(), "0", None,
                7, [forge.header["kid"]], "' OR '1'='1", "/dev/null", "a" * 4096, "\0"):
        assert forge.outcome(header={"kid": kid}) == REFUSED, kid
    assert forge.outcome(without=("kid",)) == REFUSED


# ---------------------------------------------------------------- JW-03: one serialisation

def test_JW03_only_the_compact_form_in_one_spelling(forge):
    token = forge.person.access_token
    header, payload, signature = token.split(".")
    assert forge.ask(token) == (200, None)
    json_form = json.dumps({"protected": header, "payload": payload, "signature": signature})
    malformed = [
        f"{header}.{payload}", f"{header}.{payload}.", f".{payload}.{signature}", f"{header}..{signature}", "..", ".", "x",
        f"{token}.", f".{token}", f"{token}.{signature}", f"{header}.{payload}.{signature}.{signature}.{signature}",
        f"{header}=.{payload}.{signature}", f"{header}.{payload}=.{signature}", f"{token}=", f"{token}==",
        f"{header}.{payload}.{signature[:-1]}", f"{token}A", f"{token}AAAA", f"{header}.{payload}.{signature}!",
        f"{header}.{payload}.+{signature[1:]}", f"{header}.{payload}./{signature[1:]}",
        f"{header} .{payload}.{signature}", f"{header}.{payload}\t.{signature}", json_form,
        f"{payload}.{header}.{signature}",
    ]
    for bad in malformed:
        assert forge.ask(bad)[0] == 401, bad
    # The last character of 64 bytes carries four unused bits: only one of its spellings may be taken (JWT malleability).
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(signature[-1])
    for spelling in {last ^ bit for bit in (1, 2, 4, 8)}:
        assert forge.ask(token[:-1] + alphabet[spelling]) == REFUSED


def test_JW03_every_changed_character_is_noticed(forge):
    token = forge.person.access_token
    for at in range(0, len(token), 7):
        if token[at] == ".":
            continue
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
        assert forge.ask(changed) == REFUSED, at


def test_JW03_every_prefix_is_refused(forge):
    token = forge.person.access_token
    for length in range(1, len(token), 11):
        assert forge.ask(token[:length]) == REFUSED, length


def test_JW03_the_payload_must_be_an_object_in_utf8(forge):
    for payload in ("[]", '"x"', "null", "1", "", "{", '{"a":}', b"\xff\xfe", json.dumps(forge.claims) + "x",
                    json.dumps(forge.claims).encode() + b"\0", b"\xef\xbb\xbf" + json.dumps(forge.claims).encode(),
                    json.dumps(forge.claims).encode("utf-16")):
        assert forge.ask(forge.signer.token(forge.header, payload)) == REFUSED, payload
    for header in ("[]", "null", "{", b"\xff"):
        assert forge.ask(forge.signer.token(header, forge.claims)) == REFUSED, header


def test_JW03_a_token_above_8_KiB_is_refused_unread(forge):
    assert forge.outcome(claims={"pad": "x" * 8192}) == REFUSED


# ---------------------------------------------------------------- JW-04, JW-05

def test_JW04_crit_and_b64_are_refused(forge):
    for extra in ({"crit": ["exp"]}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": []}, {"crit": ["x"], "x": 1},
                  {"crit": "x"}):
        assert forge.outcome(header=extra) == REFUSED, extra


def test_JW05_duplicate_members_are_refused(forge):
    header, claims = json.dumps(forge.header), json.dumps(forge.claims)
    assert forge.ask(forge.signer.token(header, claims)) == (200, None), "the control"
    doubled_header = header[:-1] + ', "alg": "ES256"}'
    assert forge.ask(forge.signer.token(doubled_header, claims)) == REFUSED
    for name, value in (("role", '"admin"'), ("role", json.dumps(forge.claims["role"])), ("exp", "9999999999"),
                        ("sub", json.dumps(forge.claims["sub"]))):
        assert forge.ask(forge.signer.token(header, f'{claims[:-1]}, "{name}": {value}}}')) == REFUSED, name
        assert forge.ask(forge.signer.token(header, f'{{"{name}": {value}, {claims[1:]}')) == REFUSED, name
    escaped = claims[:-1] + ', "r\\u006fle": "admin"}'
    assert forge.ask(forge.signer.token(header, escaped)) == REFUSED


# ---------------------------------------------------------------- JW-06: time

def test_JW06_exp_is_required_and_a_whole_number_in_range(forge):
    assert forge.outcome(without=("exp",)) == REFUSED
    for exp in (None, "9999999999", str(forge.claims["exp"]), -1, True, [], {}, 1e300, 2**63, 2**64 + forge.claims["exp"],
                forge.claims["exp"] + 0.5):
        assert forge.outcome(claims={"exp": exp})[0] == 401, exp
    raw = json.dumps(forge.claims).replace(f'"exp": {forge.claims["exp"]}', '"exp": 1e400')
    assert forge.ask(forge.signer.token(forge.header, raw)) == REFUSED
    assert forge.outcome(claims={"exp": 0})[0] == 401


def test_JW06_there_is_no_leeway_after_exp(forge):
    now = forge.claims["iat"]
    assert forge.outcome(claims={"iat": now - 100, "exp": now - 1}) == (401, "TOKEN_EXPIRED")
    assert forge.outcome(claims={"iat": now - 100, "exp": now}) == (401, "TOKEN_EXPIRED")


def test_JW06_nbf_and_iat_are_honoured(forge):
    now = forge.claims["iat"]
    assert forge.outcome(claims={"nbf": now - 10}) == (200, None)
    for nbf in (now + 600, "soon", None, -1, 2**70):
        assert forge.outcome(claims={"nbf": nbf}) == REFUSED, nbf
    for iat in (now + 600, "then", None, 2**70):
        assert forge.outcome(claims={"iat": iat, "exp": now + 900}) == REFUSED, iat
    assert forge.outcome(without=("iat",)) == REFUSED
    forge.server.advance("11m")
    assert forge.outcome(claims={"nbf": now + 600}) == (200, None), "its time has come"


# ---------------------------------------------------------------- JW-07: whose and for whom

def test_JW07_the_issuer_is_exactly_ours(forge):
    good = forge.claims["iss"]
    for iss in (good + "/", good.upper(), good[:-1], good + ".evil.example", " " + good, [good], None, "", 7,
                good.replace("http:", "https:")):
        assert forge.outcome(claims={"iss": iss}) == REFUSED, iss
    assert forge.outcome(without=("iss",)) == REFUSED


def test_JW07_the_audience_contains_us(forge):
    good = forge.claims["aud"]
    assert forge.outcome(claims={"aud": ["https://other.example", good]}) == (200, None)
    for aud in ("https://other.example", [], ["https://other.example"], [[good]], {"0": good}, good + "/", "", None,
                [good + "x", "x" + good], [7, good], good[:-1]):
        assert forge.outcome(claims={"aud": aud}) == REFUSED, aud
    assert forge.outcome(without=("aud",)) == REFUSED


# ---------------------------------------------------------------- JW-08: kinds

def test_JW08_only_the_type_at_jwt_is_an_access_token(forge):
    for typ in ("JWT", "at+JWT", "application/at+jwt", "", None, "refresh+jwt", "id+jwt", "jwt", ["at+jwt"]):
        assert forge.outcome(header={"typ": typ}) == REFUSED, typ
    assert forge.outcome(without=("typ",)) == REFUSED


def test_JW08_C04_each_kind_of_token_works_in_its_own_place_alone(server):
    person = server.person()
    browser = person.browser("hybrid")
    kinds = {"refresh": person.refresh_token, "csrf": browser.csrf, "session id": person.session["id"],
             "user id": person.id}
    for kind, token in kinds.items():
        assert server.client(token=token).get("/profile").outcome == REFUSED, kind
        assert server.client().get("/profile", cookie=f"accessToken={token}").outcome == REFUSED, kind
    for kind, token in {**kinds, "access": person.access_token}.items():
        if kind == "refresh":
            continue
        assert person.refresh(token).outcome == (401, "INVALID_REFRESH_TOKEN"), kind
        answer = server.client().post("/auth/refresh", cookie=f"refreshToken={token}",
                                      headers=[("X-CSRF-Token", browser.csrf)])
        assert answer.outcome == (401, "INVALID_REFRESH_TOKEN"), kind
    for kind, token in {**kinds, "access": person.access_token}.items():
        if kind == "csrf":
            continue
        mixed = server.client(jar=True)
        mixed.cookies.update(browser.cookies)
        mixed.csrf = token
        assert mixed.post("/auth/refresh").outcome == (403, "EBADCSRFTOKEN"), kind
    assert person.refresh().status == 200, "none of this was a use of the refresh token"


def test_JW08_the_claims_must_agree_with_the_session(forge):
    other = forge.server.person()
    admin = forge.server.admin
    assert forge.outcome(claims={"sub": other.id}) == REFUSED
    assert forge.outcome(claims={"sub": admin.id, "role": "admin"}) == REFUSED
    assert forge.outcome(claims={"sid": "01890000-0000-7000-8000-000000000000"}) == (401, "SESSION_REVOKED")
    for name in ("sub", "sid", "gen", "role", "plan", "client_id", "jti"):
        assert forge.outcome(without=(name,)) == REFUSED, name
        assert forge.outcome(claims={name: None}) == REFUSED, name


def test_JW08_a_role_claim_is_no_authority(forge):
    """The store says who is an admin, not the token; a signature that leaked keys could make promotes nobody."""
    token = forge.signer.token(forge.header, {**forge.claims, "role": "admin"})
    assert forge.server.client(token=token).get("/users").outcome == (403, "INSUFFICIENT_PERMISSIONS")


# ---------------------------------------------------------------- keys

@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "PS256"])
def test_KY01_the_key_set_holds_public_members_alone(start, algorithm):
    server = start({"tokens": {"algorithm": algorithm, "rsa_bits": 2048}})
    answer = server.client().get("//.well-known/jwks.json")
    keys = answer.json["keys"]
    public = {"EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}, "RSA": {"n", "e"}}
    assert len(keys) == 2, "the active one and the next"
    for key in keys:
        assert set(key) == {"kty", "kid", "use", "alg"} | public[key["kty"]]
        assert key["use"] == "sig" and key["alg"] == algorithm
        assert key["kid"] == jwt.thumbprint(key)
    assert len({key["kid"] for key in keys}) == 2
    assert "max-age" in answer.header("Cache-Control")
    assert "set-cookie" not in {name.lower() for name, _ in answer.headers}


def test_KY01_no_private_key_lies_in_the_store(start):
    server = start({"tokens": {"algorithm": "RS256", "rsa_bits": 2048}})
    kept = server.stored_bytes()
    assert b"PRIVATE KEY" not in kept
    for row in server.rows("SELECT sealed FROM signing_keys"):
        assert "PRIVATE" not in row["sealed"]


def test_KY01_keys_survive_a_restart_so_that_tokens_do(server):
    person = server.person()
    before = server.client().get("//.well-known/jwks.json").body
    server.restart()
    assert server.client().get("//.well-known/jwks.json").body == before
    assert person.get("/profile").status == 200


def test_KY04_B09_the_master_key_is_made_at_first_start_for_its_owner_alone(server):
    key = server.data / "master.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    for path in server.data.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, f"others may read {path.name}"


def test_KY04_two_installations_have_different_keys(start):
    first, second = start(), start()
    assert (first.data / "master.key").read_bytes() != (second.data / "master.key").read_bytes()
    token = first.person().access_token
    assert second.client(token=token).get("/profile").outcome == REFUSED


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666, 0o640])
def test_KY04_a_master_key_that_others_can_read_stops_the_start(server, mode):
    server.stop()
    (server.data / "master.key").chmod(mode)
    assert "master.key" in server.refuses_to_start()


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602])
def test_KY04_a_private_key_file_that_everybody_can_read_stops_the_start(tmp_path, mode):
    path = tmp_path / "signing.pem"
    jwt.Signer().write(path)
    path.chmod(mode)
    text = Server({"tokens": {"private_key": [str(path)]}}, directory=tmp_path / "g").refuses_to_start()
    assert "signing.pem" in text and "PRIVATE" not in text


def test_KY04_without_its_master_key_the_store_stays_closed(server):
    person = server.person()
    server.stop()
    key = server.data / "master.key"
    key.rename(server.directory / "backup.key")
    assert "master" in server.refuses_to_start()
    (server.directory / "backup.key").rename(key)
    server.restart()
    assert person.get("/profile").status == 200
