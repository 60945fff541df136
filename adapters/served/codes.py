"""Advice for what can be wrong with a node's HTTP window."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "not_admitted": Advice(
        why="The request bears no token of this window, or comes with another certificate.",
        do="Send `Authorization: Bearer` and what serve.token_file holds; check serve.clients.",
        why_zh="请求未带本窗口的令牌，或所用证书不对。",
        do_zh="请在 Authorization: Bearer 中携带 serve.token_file 的内容；并检查 serve.clients。",
    ),
    "verb_unknown": Advice(
        why="The window has no such verb.",
        do="Ask for one of `verbs` under /v1/; docs/how-to/attach-a-core-http.md shows each.",
        why_zh="窗口没有该操作。",
        do_zh="请使用 /v1/ 下 verbs 所列操作；见 docs/how-to/attach-a-core-http.md。",
    ),
    "post_only": Advice(
        why="A verb is asked for by POST.",
        do="Send a POST with a JSON object.",
        why_zh="各操作只接受 POST。",
        do_zh="请用 POST 发送一个 JSON 对象。",
    ),
    "not_a_json_object": Advice(
        why="The request's body is no JSON object in UTF-8, or it is too long.",
        do="Send one object; {} when nothing is to be said.",
        why_zh="请求正文不是 UTF-8 的 JSON 对象，或过长。",
        do_zh="请发送一个对象；无内容时发送 {}。",
    ),
    "program_fault": Advice(
        why="A fault of the program; the request may be done or not.",
        do="Ask for the state of what was handed over, and send it again as it was; tell the log.",
        why_zh="程序故障；该请求可能已完成，也可能未完成。",
        do_zh="请先查询所交内容的状态，再原样重发；并报告日志。",
    ),
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
