"""`hubctl demo --servers` where the servers are not installed: one clear answer, nothing begun."""

import io
import json
from pathlib import Path

import pytest

from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen


def test_a_missing_server_is_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.deploy.rabbit_programs.SERVER", tmp_path / "nowhere")
    out, err = io.StringIO(), io.StringIO()
    kept = tmp_path / "day"
    argv = ["demo", "--servers", "--json", "--keep", str(kept)]
    assert Exit.MISCONFIGURED == hubctl.run(argv, Screen(out, err, chinese=False))
    told = json.loads(out.getvalue())["error"]
    assert "rabbitmq_missing" == told["code"]
    assert "rabbitmq-server" in told["do"]
    assert [] == list(kept.iterdir())
