"""Advice for what can be wrong with a node's HTTP window."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "serve_needs_tls": Advice(
        why="The window would listen on a network without TLS.",
        do="Set serve.host to 127.0.0.1, or give certificate, key, authority and clients.",
        why_zh="窗口将在没有 TLS 的情况下监听网络。",
        do_zh="请将 serve.host 设为 127.0.0.1，或配置证书、密钥、颁发机构与客户端。",
    ),
    "serve_tls_files": Advice(
        why="A TLS file of the window cannot be read, or its key does not fit.",
        do="Check serve.certificate_file, serve.key_file and serve.ca_file.",
        why_zh="窗口的 TLS 文件无法读取，或密钥与证书不匹配。",
        do_zh="请检查 serve.certificate_file、serve.key_file 与 serve.ca_file。",
    ),
    "serve_port_taken": Advice(
        why="The window's port cannot be used: somebody listens there.",
        do="Choose another serve.port, or end what uses it; the node tries again by itself.",
        why_zh="窗口端口无法使用：已被占用。",
        do_zh="请更换 serve.port 或停止占用者；节点会自动重试。",
    ),
}
