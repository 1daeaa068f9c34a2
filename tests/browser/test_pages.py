"""Our own pages in a real browser (Chromium): what a person sees and presses, under the pages' own CSP."""

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from support.people import PASSWORD

PATIENCE = 20


@pytest.fixture(scope="module")
def chromium():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=900,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


class Browser:
    def __init__(self, driver, server):
        self.driver, self.server = driver, server

    def open(self, path):
        self.driver.get("http://%s:%d%s" % (*self.server.address, self.server.client().target(path)))

    def the(self, id_):
        return self.driver.find_element(By.ID, id_)

    def see(self, text):
        """Waits until the page shows it."""
        WebDriverWait(self.driver, PATIENCE).until(
            lambda driver: text in driver.find_element(By.TAG_NAME, "main").text,
            f"the page does not show {text!r}")

    def wait_for(self, id_):
        WebDriverWait(self.driver, PATIENCE).until(lambda _: self.the(id_).is_displayed(), f"#{id_} is not shown")
        return self.the(id_)

    def fill(self, **fields):
        for id_, text in fields.items():
            self.the(id_).clear()
            self.the(id_).send_keys(text)

    def press(self, text):
        self.driver.find_element(By.XPATH, f"//button[normalize-space()={text!r}]").click()

    def complaints(self):
        """What the console says beyond answers of 4xx, which pages expect: a blocked script, an exception."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if "Failed to load resource" not in entry["message"]]


@pytest.fixture
def browse(chromium):
    opened = []

    def begin(server):
        chromium.delete_all_cookies()
        opened.append(Browser(chromium, server))
        return opened[-1]

    yield begin
    for browser in opened:
        assert browser.complaints() == []
        chromium.get("about:blank")




@pytest.fixture
def site(start):
    """A server whose public_url is where it listens."""
    def begin(settings=None):
        server = start(settings)
        server.settings["server"]["public_url"] = "http://%s:%d" % server.address
        server.restart()
        return server
    return begin


# ---------------------------------------------------------------- devices

def test_C13_SE08_the_devices_page_lists_sessions_and_ends_them(site, browse):
    server = site()
    person = server.person()
    page = browse(server)
    page.open("/auth/devices")
    page.wait_for("login")
    page.fill(email=person.email, password="not-the-password-1")
    page.press("Sign in")
    page.see("Invalid email or password")
    page.fill(email=person.email, password=PASSWORD)
    page.press("Sign in")
    page.wait_for("devices")
    page.see("this device")
    assert len(page.driver.find_elements(By.CSS_SELECTOR, "#list li")) == 2
    assert person.get("/profile").status == 200
    page.driver.find_element(By.CSS_SELECTOR, "#list li button").click()
    page.see("Signed out there.")
    assert person.get("/profile").outcome == (401, "SESSION_REVOKED")
    page.open("/auth/devices")  # a new visit needs no login
    page.wait_for("devices")
    assert len(page.driver.find_elements(By.CSS_SELECTOR, "#list li")) == 1
    cookies = {cookie["name"]: cookie for cookie in page.driver.get_cookies()}
    assert cookies["accessToken"]["httpOnly"] and cookies["refreshToken"]["httpOnly"]
    assert "accessToken" not in page.driver.execute_script("return document.cookie")


def test_C13_the_devices_page_signs_out_elsewhere_and_here_and_outlives_the_access_token(site, browse):
    server = site()
    person = server.person()
    others = [person.browser("hybrid") for _ in range(2)]
    page = browse(server)
    page.open("/auth/devices")
    page.wait_for("login")
    page.fill(email=person.email, password=PASSWORD)
    page.press("Sign in")
    page.wait_for("devices")
    server.advance("20m")  # the access cookie is past its time; the refresh cookie is not
    page.press("Sign out everywhere else")
    page.see("Signed out elsewhere.")
    assert len(page.driver.find_elements(By.CSS_SELECTOR, "#list li")) == 1
    assert [other.post("/auth/refresh").status for other in others] == [401, 401]
    page.press("Sign out here")
    page.wait_for("login")
    assert not [cookie for cookie in page.driver.get_cookies() if cookie["name"] == "refreshToken"]


# ---------------------------------------------------------------- links in mails

def test_B02_the_link_in_the_mail_opens_a_page_whose_button_verifies(site, browse):
    server = site({"registration": {"verify_email": True}})
    account = {"email": "ada@example.org", "password": PASSWORD}
    assert server.client().post("/auth/register", account).status == 201
    link = server.mail(to="ada@example.org", kind="verify-email").link
    page = browse(server)
    page.driver.get(link)
    page.see("Did you create an account")
    assert "token" not in page.driver.current_url, "the token leaves the address bar, and so the history"
    assert server.client().post("/auth/login", account).outcome == (403, "EMAIL_NOT_VERIFIED"), "opening uses nothing up"
    page.press("Confirm my address")
    page.see("Your address is confirmed.")
    assert server.client().post("/auth/login", account).status == 200
    page.driver.get(link)
    page.press("Confirm my address")
    page.see("no longer valid")
