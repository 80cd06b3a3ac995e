"""Fetches what drives Chromium: playwright-core is in no Debian package."""
import json
import pathlib
import shutil
import subprocess

from programs import HERE, CanNotStart

FETCH_DEADLINE = 120  # seconds
UNREACHED = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "ERR_SOCKET_TIMEOUT")


class Unreached(Exception):
    """There is no npm here, or it reaches no registry: a test that wants Chromium is skipped."""


def version_in(lock_file):
    return json.loads(lock_file.read_text())["packages"]["node_modules/playwright-core"]["version"]


def fetch_playwright(folder):
    """Into this folder, if it is not there yet: the version that the lock file names, and only if it has the hash that stands
    there. Gives the folder in which Node finds it."""
    wanted = version_in(HERE / "chromium/package-lock.json")
    modules = pathlib.Path(folder) / "node_modules"
    fetched = modules / ".package-lock.json"  # which npm writes when all is there
    if fetched.exists() and version_in(fetched) == wanted:
        return modules
    if not shutil.which("npm"):
        raise Unreached("there is no npm here")
    modules.parent.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "chromium" / name, folder)
    try:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"], cwd=folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_DEADLINE)
    except subprocess.TimeoutExpired:
        raise Unreached(f"npm fetched nothing within {FETCH_DEADLINE} s") from None
    if done.returncode != 0:
        failure = f"npm can't fetch playwright-core {wanted}: {done.stderr.strip()[-500:]}"
        raise Unreached(failure) if any(code in failure for code in UNREACHED) else CanNotStart(failure)
    return modules
