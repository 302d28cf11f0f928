"""The browser of these tests does not mind what the machine does meanwhile."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser


@pytest.mark.browser
def test_browser_does_not_hear_of_network_interfaces(browser: Browser) -> None:
    netlink = {line.split()[-1] for line in Path("/proc/net/netlink").read_text().splitlines()[1:]}
    assert not {f"socket:[{inode}]" for inode in netlink} & _open_files(browser)


@pytest.mark.browser
def test_browser_has_no_gpu_process_to_lose(browser: Browser) -> None:
    assert "GPU" not in _processes(browser)


def _processes(browser: Browser) -> dict[str, int]:
    """The browser's processes: one of each type, with its id."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    return {process["type"]: process["id"] for process in told["processInfo"]}


def _open_files(browser: Browser) -> set[str]:
    """What the browser's processes hold open."""
    found = set()
    for pid in _processes(browser).values():
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                found.add(str(file.readlink()))
    return found
