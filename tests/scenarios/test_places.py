"""Where sessions come from: C06, C08, and what becomes of it when the database cannot be had (F37)."""

import pytest

from support.concurrency import at_once
from support.mmdb import city_record, mmdb
from support.people import PASSWORD
from support.place_source import ACCOUNT, EDITION, PlaceSource
from support.server import ROOT
from support.waiting import wait_until

# Client addresses come from the header; the peer is loopback.
PROXIED = {"server": {"trusted_proxies": ["127.0.0.0/8"]}}
BERLIN = mmdb({"91.0.0.0/8": city_record("DE", "Berlin"), "2a02::/16": city_record("FR"),
               "46.0.0.0/8": {"country_code": "CH", "city": "Zürich"}})
WIEN = mmdb({"91.0.0.0/8": city_record("AT", "Wien")})
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"


@pytest.fixture
def source():
    with PlaceSource() as made:
        yield made.offer(BERLIN)


def log_in(server, person, ip, agent=FIREFOX):
    answer = server.client().post(
        "/auth/login", {"email": person.email, "password": PASSWORD, "transport": "bearer"},
        headers=[("X-Forwarded-For", ip), ("User-Agent", agent)])
    assert answer.status == 200, answer
    return answer.data


def location(server, person, ip):
    return log_in(server, person, ip)["session"]["location"]


def with_file(tmp_path, content=BERLIN):
    path = tmp_path / "places.mmdb"
    path.write_bytes(content)
    return path, {**PROXIED, "geo": {"database": str(path)}}


def fetching(source, **geo):
    made = source.maxmind
    return {"settings": {**PROXIED, "geo": {**made["settings"]["geo"], **geo}}, "env": made["env"]}


def test_C06_the_profile_tells_device_address_and_place_of_the_session(start, tmp_path):
    server = start(with_file(tmp_path)[1])
    person = server.person()
    login = log_in(server, person, "91.10.20.30")
    expected = {"country": "DE", "city": "Berlin"}
    assert login["session"]["location"] == expected
    for _ in range(2):  # from the store, then from memory
        profile = server.client(token=login["accessToken"]).get("/profile").data
        session = profile["session"]
        assert session["location"] == expected and session["ip"] == "91.10.20.30"
        assert session["userAgent"] == FIREFOX
        assert session["device"] == {"browser": "Firefox", "os": "Linux", "type": "desktop"}
        assert profile["user"]["email"] == person.email
    listed = server.client(token=login["accessToken"]).get("/sessions").data
    assert {entry["id"]: entry["location"] for entry in listed} == {
        login["session"]["id"]: expected, person.session["id"]: None}


def test_C08_the_mail_about_a_new_device_names_the_place(start, tmp_path):
    server = start(with_file(tmp_path)[1])
    person = server.person()
    log_in(server, person, "91.10.20.30")
    mail = server.mail(to=person.email, kind="new-device")
    assert "Berlin, DE" in mail.text and "Berlin, DE" in mail.html and "91.10.20.30" in mail.text


def test_C08_a_place_may_lack_its_city_and_an_address_its_place(start, tmp_path):
    server = start(with_file(tmp_path)[1])
    person = server.person()
    assert location(server, person, "2a02:1::1") == {"country": "FR", "city": None}
    assert location(server, person, "46.1.1.1") == {"country": "CH", "city": "Zürich"}
    assert location(server, person, "8.8.8.8") is None
    assert location(server, person, "10.0.0.1") is None


def test_C08_a_session_keeps_the_place_that_it_was_begun_at(start, tmp_path):
    path, settings = with_file(tmp_path)
    server = start(settings)
    person = server.person()
    login = log_in(server, person, "91.1.1.1")
    path.write_bytes(WIEN)
    server.restart()
    profile = server.client(token=login["accessToken"]).get("/profile").data
    assert profile["session"]["location"] == {"country": "DE", "city": "Berlin"}
    assert location(server, person, "91.1.1.1") == {"country": "AT", "city": "Wien"}


def test_C08_real_data_of_the_regional_registries(start):
    database = ROOT / "tests/node/node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"
    server = start({**PROXIED, "geo": {"database": str(database)}})
    person = server.person()
    # Networks that have been their universities' for decades.
    for ip, country in (("129.132.1.1", "CH"), ("131.188.3.1", "DE"), ("133.11.1.1", "JP"), ("18.18.18.18", "US"),
                        ("2001:620::1", "CH")):
        assert location(server, person, ip) == {"country": country, "city": None}, ip
    assert location(server, person, "192.168.1.1") is None


def test_C08_without_a_database_everything_works_and_the_place_is_null(start):
    server = start(PROXIED)
    assert location(server, server.person(), "91.1.1.1") is None
    assert server.metrics().value("geo_database_built_seconds") == 0


@pytest.mark.parametrize("content", [b"", b"not a database", BERLIN[:len(BERLIN) // 2], BERLIN[:-10]],
                         ids=["empty", "text", "half", "cut"])
def test_C08_a_file_that_is_no_database_costs_one_warning(start, tmp_path, content):
    server = start(with_file(tmp_path, content)[1])
    assert location(server, server.person(), "91.1.1.1") is None
    server.advance("1m")
    assert len(server.events("places_not_opened")) == 1


def test_C08_a_file_that_changes_is_taken_without_a_restart(start, tmp_path):
    path, settings = with_file(tmp_path)
    server = start(settings)
    person = server.person()
    before = len(server.lines)
    path.with_suffix(".new").write_bytes(WIEN)
    path.with_suffix(".new").rename(path)
    server.advance("10s")
    server.wait_for_event("places", since=before)
    assert location(server, person, "91.1.1.1") == {"country": "AT", "city": "Wien"}


def test_C08_sighup_takes_a_changed_file_at_once_and_a_damaged_one_not_at_all(start, tmp_path):
    path, settings = with_file(tmp_path)
    server = start(settings)
    person = server.person()
    path.write_bytes(BERLIN[:100])  # in place: what is in use must not go with it
    server.reload()
    server.wait_for_event("places_not_opened")
    assert location(server, person, "91.1.1.1") == {"country": "DE", "city": "Berlin"}
    before = len(server.lines)
    path.write_bytes(WIEN)
    server.reload()
    server.wait_for_event("places", since=before)
    assert location(server, person, "91.1.1.1") == {"country": "AT", "city": "Wien"}


def test_C08_the_database_is_fetched_from_maxmind_at_the_start_when_it_is_missing(start, source):
    server = start(**fetching(source))
    server.wait_for_event("places")
    assert location(server, server.person(), "91.1.1.1") == {"country": "DE", "city": "Berlin"}
    stored = server.data / "geo" / f"{EDITION}.mmdb"
    assert stored.read_bytes() == BERLIN
    assert [path.name for path in stored.parent.iterdir()] == [stored.name]
    assert source.login_elsewhere is None, "the licence key went to the host of the redirect"
    assert server.metrics().value("geo_fetches_total", outcome="ok") == 1
    assert not [word for word in (ACCOUNT, "licence_key", "presigned") if word in server.transcript()]
    count = len(source.paths)
    before = len(server.lines)
    server.restart()  # it is there now
    server.wait_for_event("places", since=before)
    server.advance("1m")
    assert len(source.paths) == count


def test_C08_the_database_is_fetched_anew_on_schedule(start, source):
    server = start(**fetching(source, refresh="7d"))
    server.wait_for_event("places")
    before = len(server.lines)
    source.offer(WIEN)
    asked = len(source.paths)
    server.advance("6d")
    server.settle_log()
    assert len(source.paths) == asked
    server.advance("25h")
    server.wait_for_event("places", since=before)
    assert location(server, server.person(), "91.1.1.1") == {"country": "AT", "city": "Wien"}


def test_C08_a_wrong_licence_key_costs_one_warning_and_is_tried_seldom(start, source):
    settings = fetching(source)["settings"]
    server = start(settings, env={"GATEHOUSE_GEO_LICENCE_KEY": "1:wrong"})
    warning = server.wait_for_event("places_not_fetched")
    assert "401" in warning["why"] and "geo.licence_key" in warning["why"] and "wrong" not in warning["why"]
    for number in (2, 3, 4):
        server.advance("10m")
        wait_until(lambda: server.metrics().value("geo_fetches_total", outcome="failed") == number)
    assert len(server.events("places_not_fetched")) == 1
    assert location(server, server.person(), "91.1.1.1") is None


def damaged_offers():
    whole = PlaceSource().offer(BERLIN).archive
    asn = mmdb({"91.0.0.0/8": {"autonomous_system_number": 1}}, kind="GeoLite2-ASN")
    return {"wrong checksum": {"archive": whole, "digest": "0" * 64}, "truncated": {"archive": whole[:len(whole) // 2]},
            "a page": {"archive": b"<html>sign in</html>"}, "empty": {"archive": b""}, "no places": {"database": asn},
            "cut database": {"database": BERLIN[:-20]}, "no checksum": {"archive": whole, "digest": "<html>"}}


@pytest.mark.parametrize("what", damaged_offers())
def test_C08_what_is_damaged_is_not_taken_and_the_old_database_stays(start, source, what):
    server = start(**fetching(source))
    server.wait_for_event("places")
    person = server.person()
    source.offer(**damaged_offers()[what])
    server.advance("8d")
    server.wait_for_event("places_not_fetched")
    assert location(server, person, "91.1.1.1") == {"country": "DE", "city": "Berlin"}
    folder = server.data / "geo"
    assert [path.name for path in folder.iterdir()] == [f"{EDITION}.mmdb"]
    assert (folder / f"{EDITION}.mmdb").read_bytes() == BERLIN
    before = len(server.lines)
    source.offer(WIEN)
    server.advance("1m")
    server.wait_for_event("places", since=before)
    assert location(server, person, "91.1.1.1") == {"country": "AT", "city": "Wien"}


@pytest.mark.parametrize("name", ["places.mmdb", "places.mmdb.gz", "places.tar.gz"])
def test_C08_any_url_of_a_database_will_do(start, source, tmp_path, name):
    path = tmp_path / "kept" / "here.mmdb"
    server = start({**PROXIED, "geo": {"source": f"{source.url}/{name}", "database": str(path)}})
    server.wait_for_event("places")
    assert location(server, server.person(), "91.1.1.1") == {"country": "DE", "city": "Berlin"}
    assert path.read_bytes() == BERLIN


def test_C08_a_checksum_beside_a_url_counts_when_it_is_there(start, source):
    source.offer(BERLIN, digest="1" * 64)
    server = start({"geo": {"source": f"{source.url}/places.tar.gz"}})
    assert "checksum" in server.wait_for_event("places_not_fetched")["why"]


def test_C08_logins_go_on_while_the_database_is_fetched_and_swapped(start, source):
    server = start(**fetching(source))
    server.wait_for_event("places")
    people = [server.person() for _ in range(4)]
    source.offer(WIEN)
    source.hold.clear()
    source.waiting.clear()
    server.advance("8d")
    assert source.waiting.wait(20)
    during = at_once(4, lambda i: location(server, people[i], "91.1.1.1"))
    assert during == [{"country": "DE", "city": "Berlin"}] * 4

    def one(i):
        if i == 0:
            source.hold.set()
            return None
        return [location(server, people[i], "91.1.1.1") for _ in range(10)]

    allowed = [{"country": "DE", "city": "Berlin"}, {"country": "AT", "city": "Wien"}]
    for places in at_once(4, one)[1:]:
        assert all(place in allowed for place in places)
    wait_until(lambda: location(server, people[0], "91.1.1.1") == allowed[1])


def test_C08_the_server_ends_while_a_download_hangs(start, source):
    source.hold.clear()
    server = start(**fetching(source))
    assert source.waiting.wait(20)
    server.stop()
    assert list((server.data / "geo").iterdir()) == []


def test_CF06_a_redirect_leads_to_no_address_inside(start, source):
    for inside in ("http://10.0.0.1/x", "http://169.254.169.254/latest", "http://0.0.0.0:1/x", "file:///etc/passwd"):
        source.redirect_to = inside
        server = start(**fetching(source))
        why = server.wait_for_event("places_not_fetched")["why"]
        assert "inside this network" in why or "protocol" in why.lower(), why
        server.stop()


def test_CF06_a_source_elsewhere_must_not_resolve_to_an_address_inside(start):
    server = start({"geo": {"source": "https://0.0.0.0:1/places.mmdb"}})
    assert "inside this network" in server.wait_for_event("places_not_fetched")["why"]


def test_F37_a_name_that_does_not_resolve_costs_the_places_alone(start):
    server = start({**PROXIED, "geo": {"source": "https://places.gatehouse.invalid/places.mmdb"}})
    person = server.person()
    server.wait_for_event("places_not_fetched")
    assert location(server, person, "91.1.1.1") is None
    assert server.client().get("//readyz").status == 200


@pytest.mark.parametrize("geo, message", [
    ({"source": "http://example.com/x.mmdb"}, "geo.source: "),
    ({"source": "https://user:secret@example.com/x.mmdb"}, "geo.source: "),
    ({"source": "file:///etc/passwd"}, "geo.source: "),
    ({"download_url": "http://example.com"}, "geo.download_url: "),
    ({"edition": "../x"}, "geo.edition: "),
])
def test_CF04_sources_that_are_none_are_refused(start, tmp_path, geo, message):
    from support.server import Server
    said = Server({"geo": geo}, directory=tmp_path / "refusing").refuses_to_start()
    assert message in said and "secret" not in said
