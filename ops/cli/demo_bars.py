"""The demonstration's progress on stderr: a bar a stage on a terminal, a line a stage elsewhere."""

import sys
from collections.abc import Mapping
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from ops.said import Said

STAGES: Final[Mapping[str, Said]] = {
    "setup": Said("keys, stores, channels, processes", "密钥、存储、通道、进程"),
    "base_data": Said("base data 5901/5904/5951", "基础数据 5901/5904/5951"),
    "quota": Said("quota notices 5105/5106/5108", "额度通知 5105/5106/5108"),
    "payments": Said("payments 5201/8202", "支付凭证 5201/8202"),
    "answers": Said("paid and answered", "支付并答复"),
    "bounces": Said("bounced payments 2203/2204", "退票 2203/2204"),
    "sum_up": Said("clearing requests 2301/2302", "划款与退款申请 2301/2302"),
    "daily_lists": Said("daily lists 2206/2207", "日报表 2206/2207"),
    "cutoff": Said("cut-off", "日终截止"),
    "checks": Said("reconciliation 3501/3502/3507/3510", "对账 3501/3502/3507/3510"),
}
WIDTH: Final = 36


class Bars:
    """What `ops.demo.run` tells, as a person sees it."""

    def __init__(self, *, chinese: bool) -> None:
        self._chinese = chinese
        self._progress = Progress(
            TextColumn("{task.description}", table_column=Column(width=WIDTH, no_wrap=True)),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._tell = not sys.stderr.isatty()
        self._progress.start()

    def stage(self, name: str, total: int) -> None:
        """A new stage."""
        said = STAGES.get(name, Said(name, name))
        text = said.chinese if self._chinese else said.english
        if self._tell:
            sys.stderr.write(f"{text}\n")
        for task in self._progress.tasks:
            self._progress.update(task.id, completed=task.total or 1, total=task.total or 1)
        self._task = self._progress.add_task(text, total=total or None)

    def reached(self, count: int) -> None:
        """How far it is."""
        self._progress.update(self._task, completed=count)

    def close(self) -> None:
        """Leave the last state on the screen."""
        self._progress.stop()
