"""Advice for what can be wrong when a node or the demonstration is set up."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "schedule_invalid": Advice(
        "a line of the schedule is no cron line",
        "write minute, hour, day, month, weekday, for example `0 18 * * *`",
        "日程中的 cron 表达式不正确",
        "按“分 时 日 月 周”书写，例如 0 18 * * *",
    ),
    "anchor_unreadable": Advice(
        "the file that remembers the newest checkpoint cannot be read",
        "compare the store with its neighbours, then put the file right from a backup",
        "记录最新检查点的文件无法读取",
        "先与相邻节点核对存储，再从备份恢复该文件",
    ),
    "store_went_back": Advice(
        "the store lacks a checkpoint it had: it was restored or lost commits",
        "begin a new life of the store with `hubctl backup restore`, never run it as it is",
        "存储缺少曾经存在的检查点：被还原过或丢失了提交",
        "用 hubctl backup restore 以新的化身恢复，切勿直接运行",
    ),
    "channel_unknown": Advice(
        "the settings of this node name no such channel",
        "see `hubctl channel list`",
        "本节点的配置中没有该通道",
        "用 hubctl channel list 查看通道名称",
    ),
    "definitions_of_hub_only": Advice(
        "broker definitions name every node, and only the hub exchanges with all of them",
        "run it with the hub's settings",
        "消息服务定义包含全部节点，只有枢纽与所有节点交换",
        "请使用枢纽的配置运行",
    ),
    "settings_missing": Advice(
        why="The settings file cannot be read.",
        do="Name it with --config; docs/reference/settings.md says what it holds.",
        why_zh="无法读取配置文件。",
        do_zh="请用 --config 指明；内容见 docs/reference/settings.md。",
    ),
    "settings_syntax": Advice(
        why="A settings file or a --set value is not written as TOML or key=value.",
        do="Mend the place named in the reason.",
        why_zh="配置文件或 --set 的写法不是 TOML 或 键=值。",
        do_zh="请按提示的位置改正。",
    ),
    "settings_invalid": Advice(
        why="A setting is missing, unknown, or has a value that cannot work.",
        do="Correct the setting named in the reason; see docs/reference/settings.md.",
        why_zh="某项配置缺失、未知或取值无效。",
        do_zh="请改正所示配置项，见 docs/reference/settings.md。",
    ),
    "profile_missing": Advice(
        why="The desk's profile file cannot be read.",
        do="Set application.profile to the file that says whose desk this is.",
        why_zh="无法读取业务台的概况文件。",
        do_zh="请在 application.profile 中指明该文件。",
    ),
    "keys_missing": Advice(
        why="The node needs keys to seal or sign, and its settings name no folder for them.",
        do="Set `keys` and `passphrase_file`; a development site: `hubctl keys ceremony --dev`.",
        why_zh="节点需要密钥进行签章，但配置中未指明密钥目录。",
        do_zh="请设置 keys 和 passphrase_file；开发环境可用 hubctl keys ceremony --dev。",
    ),
    "secret_missing": Advice(
        why="A file that holds a secret (passphrase, password) cannot be read.",
        do="Check the path in the settings, the owner and the mode 0600 of the file.",
        why_zh="无法读取存放口令的文件。",
        do_zh="请检查配置中的路径、文件属主和 0600 权限。",
    ),
    "node_arguments": Advice(
        why="A node's process was started with words it does not know.",
        do="Start a node with `hubctl run --config hub.toml`.",
        why_zh="节点进程的启动参数不正确。",
        do_zh="请用 hubctl run --config hub.toml 启动节点。",
    ),
    "node_not_registered": Advice(
        why="The trust list in force registers no party at this node.",
        do="Correct `node`, or have the next trust list issued with it.",
        why_zh="现行信任清单中没有由本节点服务的机构。",
        do_zh="请更正 node 配置，或签发包含该节点的新清单。",
    ),
    "data_folder": Advice(
        why="The node's own folder cannot be made or used.",
        do="Check the path in `data`, its owner and the room on the disk.",
        why_zh="无法创建或使用节点的数据目录。",
        do_zh="请检查 data 所指路径、属主和磁盘空间。",
    ),
    "key_not_for_embedded_channel": Advice(
        why="A key that is not marked for development was opened beside an embedded channel.",
        do="Use RabbitMQ channels with such keys; make development keys: hubctl keys ceremony.",
        why_zh="内嵌通道旁打开了非开发密钥。",
        do_zh="正式密钥请用 RabbitMQ 通道；开发密钥用 hubctl keys ceremony 生成。",
    ),
    "trust_additions_missing": Advice(
        why="A file of records to be added cannot be read.",
        do="Give what `hubctl keys enrol` or `hubctl trust rotate` has written.",
        why_zh="新增记录文件无法读取。",
        do_zh="请使用 hubctl keys enrol 或 hubctl trust rotate 生成的文件。",
    ),
    "trust_issuer_not_pinned": Advice(
        why="Only a pinned party issues trust lists.",
        do="Name one of the parties in the trust folder's `pinned`.",
        why_zh="只有预置方可以签发信任清单。",
        do_zh="请指定信任目录 pinned 中的机构。",
    ),
    "trust_draft_unreadable": Advice(
        why="The draft of a trust list cannot be read, or was changed by hand.",
        do="Draw it up again with `hubctl trust propose`.",
        why_zh="信任清单草案无法读取或被手工改动。",
        do_zh="请用 hubctl trust propose 重新起草。",
    ),
    "trust_draft_order": Advice(
        why="The issuer seals a draft first, another pinned party second.",
        do="Have the party seal whose turn it is; `draft.json` names the issuer.",
        why_zh="草案须由签发方先签章，另一预置方后签章。",
        do_zh="请按顺序签章；签发方见 draft.json。",
    ),
    "record_ending_format": Advice(
        why="An ending is written as sort:key=status, with a reason after another colon.",
        do="Write it as seal:<digest>=revoked:superseded.",
        why_zh="终止记录格式应为 类别:标识=状态:原因。",
        do_zh="例如 seal:<摘要>=revoked:superseded。",
    ),
    "act_unreadable": Advice(
        why="The file of a guarded act cannot be read as one.",
        do="Write it again with --write-act, and do not edit it.",
        why_zh="受控操作文件无法读取。",
        do_zh="用 --write-act 重新生成，不要手工修改。",
    ),
    "embedded_channel_not_for_production": Advice(
        why="An embedded channel has no authentication; it serves development only.",
        do='Use RabbitMQ channels, or set purpose = "development" where nothing is real.',
        why_zh="内嵌通道没有身份认证，只供开发使用。",
        do_zh='请改用 RabbitMQ 通道；仅在非真实环境可设 purpose = "development"。',
    ),
    "no_hub_registered": Advice(
        why="The trust list in force registers no hub, so nobody could route.",
        do="Get the current trust list; if it lacks the hub, have the next list issued with it.",
        why_zh="现行信任清单未登记交换中心，无法路由。",
        do_zh="请取得最新信任清单；若其中确无交换中心，应签发新清单。",
    ),
    "instance_runs_already": Advice(
        why="This instance of the node is running already on this machine.",
        do="Stop the other process first, or give this one another `machine` and data folder.",
        why_zh="本机上该节点实例已在运行。",
        do_zh="请先停止另一进程，或为本实例设置不同的 machine 和数据目录。",
    ),
    "peer_unknown": Advice(
        why="This node has no neighbour of this name.",
        do="Choose one that `hubctl resync list` shows.",
        why_zh="本节点没有这个名称的相邻节点。",
        do_zh="请从 hubctl resync list 所列节点中选择。",
    ),
    "act_unsigned": Advice(
        why="This act needs the signatures of two operators over its digest.",
        do="Have a proposal and an approval signed, then give both with the command.",
        why_zh="此操作须由两名操作员对其摘要签名。",
        do_zh="请取得提议和批准两份签名文件，并随命令提供。",
    ),
    "signed_act_unreadable": Advice(
        why="A signature file is missing or not of the documented form.",
        do="It is one JSON object with step, act, operator, at and signature.",
        why_zh="签名文件缺失或格式不符。",
        do_zh="应为含 step、act、operator、at、signature 的 JSON 对象。",
    ),
    "name_not_typed": Advice(
        why="The name typed is not this node's.",
        do="Type the node's name with --type after looking at which node this is.",
        why_zh="输入的名称不是本节点名称。",
        do_zh="请确认节点后用 --type 输入其名称。",
    ),
    "not_confirmed": Advice(
        why="What this command does cannot be taken back.",
        do="Look at `hubctl resync list` first, then add --yes.",
        why_zh="此操作不可撤回。",
        do_zh="请先查看 hubctl resync list，再加 --yes。",
    ),
    "hook_not_set": Advice(
        why="The settings name nobody who is told of alarms.",
        do="Set `alarms.command` or `alarms.url`; docs/how-to/answer-an-alarm.md shows how.",
        why_zh="配置中没有告警接收方。",
        do_zh="请设置 alarms.command 或 alarms.url，见 docs/how-to/answer-an-alarm.md。",
    ),
    "metrics_address": Advice(
        why="The address and port for /metrics cannot be listened on.",
        do="Choose a free port in `metrics_port`, or an address of this machine.",
        why_zh="无法在所设地址和端口上提供 /metrics。",
        do_zh="请在 metrics_port 中改用空闲端口，或改用本机地址。",
    ),
    "backup_not_set": Advice(
        why="The settings say nothing about backups.",
        do="Add a block [backup] with `target`: a folder on another disk than the store's.",
        why_zh="配置中没有备份设置。",
        do_zh="请增加 [backup] 段并设置 target：与存储不在同一磁盘的目录。",
    ),
    "demo_stalled": Advice(
        why="The demonstration did not get on within its time.",
        do="Run it again with --keep FOLDER and read the nodes' logs there; look at the disk.",
        why_zh="演示在限定时间内没有进展。",
        do_zh="请加 --keep 目录 重新运行并查看其中日志，同时检查磁盘空间。",
    ),
    "window_request": Advice(
        why="A request to the node's window lacks a member or has a wrong one; nothing was done.",
        do="Correct the member named; docs/how-to/attach-a-core-http.md shows every verb.",
        why_zh="对节点窗口的请求缺少成员或取值不符，未作任何处理。",
        do_zh="请改正所示成员；各操作见 docs/how-to/attach-a-core-http.md。",
    ),
    "window_ended": Advice(
        why="The HTTP server of the node's window has ended.",
        do="Nothing by hand: it is begun again; if it happens often, read the log.",
        why_zh="节点窗口的 HTTP 服务已终止。",
        do_zh="无需人工处理，会自动重启；若频繁发生请查看日志。",
    ),
    "confirm_failed": Advice(
        why="The receiving party's own system could not take the voucher.",
        do="Read the reason with it; correct, and send with a new number.",
        why_zh="接收方系统无法签收该凭证。",
        do_zh="请查看所附原因，更正后以新编号重发。",
    ),
    "hub_keeps_none": Advice(
        why="The hub keeps no search table: it does not look into what it relays.",
        do="Search at the node of the party that issued or got the voucher.",
        why_zh="枢纽不保存检索表，也不查看所转发的内容。",
        do_zh="请在签发方或接收方的节点上查找。",
    ),
    "status_too_many": Advice(
        why="More vouchers were named than one query answers.",
        do="Ask in portions.",
        why_zh="一次查询的凭证过多。",
        do_zh="请分批查询。",
    ),
    "break_unknown": Advice(
        why="No break has this id, or several begin so.",
        do="Take the whole id from `hubctl breaks list`.",
        why_zh="没有该编号的差异，或有多个差异以此开头。",
        do_zh="请使用 hubctl breaks list 所列完整编号。",
    ),
    "break_reason": Advice(
        why="The reason is empty, too long, or holds what cannot be printed.",
        do="Say in at most 200 bytes why the books differ.",
        why_zh="原因为空、过长或含不可打印字符。",
        do_zh="请在 200 字节内说明账目不一致的原因。",
    ),
}
