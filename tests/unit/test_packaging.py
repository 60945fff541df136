"""What is installed from the wheel is what runs from a checkout."""

import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("hub", "schemas", "adapters", "keys", "ops")
# Used from a checkout only, or for people.
BESIDE = {
    "ops/deploy/install-servers",
    "ops/deploy/rabbit-root",
    "ops/deploy/debian-mirror",
    "adapters/pages/fonts/README.md",
}


def test_every_data_file_is_in_the_wheel() -> None:
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packed = {
        str(path.relative_to(ROOT))
        for package, patterns in project["tool"]["setuptools"]["package-data"].items()
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    data = {
        name
        for name in listed.stdout.splitlines()
        if not name.endswith((".py", ".md")) and not name.startswith("ops/deploy/compose/")
    }
    assert set() == data - packed - BESIDE
