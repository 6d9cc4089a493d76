"""Drives Chromium by its WebDriver server, with the standard library only."""

import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1"]
SKIPPED = 77  # the exit status that CTest takes for a skipped test


def find():
    """The paths of Chromium and of its driver; None for what is not here."""
    names = (("chromium", "chromium-browser", "google-chrome"), ("chromedriver",))
    return [next(filter(None, map(shutil.which, some)), None) for some in names]


def arguments():
    """The paths of the program to test, and of the folder in which the pictures are kept, or None.
    Ends the test as skipped where there is no Chromium."""
    if None in find():
        print("skipped: chromium and chromedriver are not here (scripts/install_dependencies.sh --all)")
        sys.exit(SKIPPED)
    program, *screenshots = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    for folder in screenshots:
        folder.mkdir(parents=True, exist_ok=True)
    return program, screenshots[0] if screenshots else None


class Browser:
    """One window. `with Browser() as browser: ...`"""

    def __init__(self):
        self.session = None

    def __enter__(self):
        browser, driver = find()
        self.profile = tempfile.TemporaryDirectory(prefix="reinflect-chromium-", ignore_cleanup_errors=True)
        self.server = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.address = f"http://127.0.0.1:{self._port()}"
        options = {"binary": browser, "args": ARGUMENTS + [f"--user-data-dir={self.profile.name}"]}
        answer = self._post("/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = f"/session/{answer['sessionId']}"
        return self

    def __exit__(self, *unused):
        try:
            if self.session:
                self._request("DELETE", self.session)
        finally:
            self.server.terminate()
            self.server.wait()
            self.profile.cleanup()

    def _port(self):
        for line in self.server.stdout:
            if "started successfully on port" in line:
                return line.rstrip().rstrip(".").split()[-1]
        raise RuntimeError("chromedriver did not start")

    def _request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"},
                                         method=method)
        # Never by a proxy: the server is this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read().decode()}") from None

    def _post(self, path, body):
        return self._request("POST", path, body)

    def open(self, file):
        self._post(f"{self.session}/url", {"url": f"file://{file}"})

    def run(self, script, *arguments):
        """What `return` in the script gives."""
        return self._post(f"{self.session}/execute/sync", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self._post(f"{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def resize(self, width, height):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=False)

    def media(self, kind="screen", scheme="light"):
        self.devtools("Emulation.setEmulatedMedia", media=kind,
                      features=[{"name": "prefers-color-scheme", "value": scheme}])

    def point_at(self, x, y):
        self._post(f"{self.session}/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
             "actions": [{"type": "pointerMove", "duration": 0, "x": int(x), "y": int(y)}]}]})

    def console(self):
        """Warnings and errors since the last call."""
        entries = self._post(f"{self.session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("WARNING", "SEVERE")]

    def screenshot(self, file, whole=False):
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole,
                             **({"clip": self._whole_page()} if whole else {}))
        with open(file, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def _whole_page(self):
        size = self.run("const d = document.documentElement; return [d.clientWidth, d.scrollHeight]")
        return {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
