"""A channel's state as people read it; data keep the state's own name."""

from collections.abc import Mapping
from typing import Final

from hub.exchange.model import ChannelState
from ops.said import Said

CHANNEL_WORDS: Final[Mapping[ChannelState, Said]] = {
    ChannelState.UP: Said("up", "正常"),
    ChannelState.SUSPECT: Said("suspect", "可疑"),
    ChannelState.OPEN: Said("cut off", "已断开"),
    ChannelState.HALF_OPEN: Said("being tried", "试探中"),
    ChannelState.DRAINING: Said("draining", "排空中"),
    ChannelState.DISABLED: Said("disabled", "已停用"),
}
"""A circuit that is `open` carries nothing: people take that word for the contrary."""
