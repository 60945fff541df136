"""Chinese of what options and arguments say of themselves, by the English text they share.

A text that is changed in English is forgotten here until it is said anew: a test finds it.
"""

from collections.abc import Mapping
from typing import Final

OPTIONS_ZH: Final[Mapping[str, str]] = {
    "A business day, as 20261123; else today.": "营业日，如 20261123；默认当日。",
    "A code or account; may stand often.": "代码或账户；可多次给出。",
    "A development site, nothing real.": "开发场地，不含真实内容。",
    "A file to compare with the attachments that are sealed.": "与已签章附件核对的文件。",
    "A file with one identity a line.": "每行一个凭证标识的文件。",
    "A file, or division/year/kind/issuer/number.": "文件，或 区划/年度/类型/签发方/凭证号。",
    "A new file for the answer": "回执的新文件",
    "A new file, on the medium": "介质上的新文件",
    "A new folder.": "新目录。",
    "A new folder; nothing is overwritten.": "新目录；不覆盖任何内容。",
    "A scan or note; it is kept by its digest.": "扫描件或说明；按摘要保存。",
    "A sealed file, or division/year/kind/issuer/number.": (
        "已签章的文件，或 区划/年度/类型/签发方/凭证号。"
    ),
    "A set's id; else the newest.": "备份集标识；默认最新。",
    "A setting as key=value, instead of the file's; often.": (
        "以 键=值 替代文件中的配置；可多次给出。"
    ),
    "Address to listen at.": "监听地址。",
    "All that is parked.": "全部搁置项。",
    "Also restore it into this new folder and check it.": "同时恢复到此新目录并核验。",
    "Also where nothing is ordered.": "也列出没有指令的机构。",
    "Another's signature file.": "另一名操作员的签名文件。",
    "As 2026-11-21T00:00:00Z.": "如 2026-11-21T00:00:00Z。",
    "As 2026-11-21T08:00:00Z; else now.": "如 2026-11-21T08:00:00Z；默认现在。",
    "As 2026-12-21T00:00:00Z.": "如 2026-12-21T00:00:00Z。",
    "As `parked list` shows them.": "以 parked list 所示为准。",
    "As cessation, key_compromise.": "如 cessation、key_compromise。",
    "As key_compromise, hold, cessation.": "如 key_compromise、hold、cessation。",
    "As key_compromise, superseded.": "如 key_compromise、superseded。",
    "At most so many rows.": "至多这么多行。",
    "Begin with this package's files, not the newest's.": "从程序自带的文件开始，而非最新发布。",
    "Beside it the hand-over record.": "交接单写在此文件旁。",
    "Business day yyyyMMdd; else today's.": "营业日 yyyyMMdd；默认当日。",
    "CSV in UTF-8 or GB18030.": "CSV 文件，UTF-8 或 GB18030。",
    "CSV: code, name, parent, enabled, …": "CSV：代码、名称、上级、启用等。",
    "Channels; all unless named.": "通道；默认全部。",
    "Cleared ones too.": "也列出已解除的。",
    "Closed ones too.": "也列出已了结的。",
    "Code of the budget unit.": "预算单位代码。",
    "Count it as printed; the page says how often.": "计入打印次数；页面注明第几次。",
    "Day it moved, yyyyMMdd; else today.": "入账日 yyyyMMdd；默认当日。",
    "Day yyyyMMdd; else today's.": "日期 yyyyMMdd；默认当日。",
    "Detail row, where several are open.": "有多行未决时的明细行。",
    "Division it is made in, as 370100.": "签发所在区划，如 370100。",
    "Endorsed records; may stand often.": "已背书的记录；可多次给出。",
    "Field=value; may stand often.": "栏目=值；可多次给出。",
    "File for the endorsed records": "存放已背书记录的文件",
    "File to leave out, as kinds/ours.toml; often.": (
        "要去掉的文件，如 kinds/ours.toml；可多次给出。"
    ),
    "File to write, for the brokers to load": "要写出的文件，供消息服务器加载",
    "File to write; an older one is replaced": "要写出的文件；已有的将被替换",
    "Files; without any, all of the node.": "文件；不给出时为节点的全部文件。",
    "Folder for the drafts.": "存放草稿的目录。",
    "Folder of a ceremony: trust, keys. `hubctl keys ceremony --dev` makes one.": (
        "场地目录：信任和密钥，可用 hubctl keys ceremony --dev 生成。"
    ),
    "Folder to write both messages into, as they came.": "写出两份报文原文的目录。",
    "Folder to write into.": "写入的目录。",
    "Folder with kinds/ and overlays/ laid over; may stand often.": (
        "覆盖用的目录，含 kinds/ 和 overlays/；可多次给出。"
    ),
    "Folder with root and CA certificates, also bundles.": (
        "存放根证书和 CA 证书（含证书包）的目录。"
    ),
    "Folder: tls.cer, tls-key.pem, tls-ca.cer.": "目录：tls.cer、tls-key.pem、tls-ca.cer。",
    "For a file: a site's folder.": "对文件：场地目录。",
    "For an id: the node.": "对标识：节点配置。",
    "For whom; of the same duty.": "代行谁；须同一职责。",
    "From so many days ago on.": "自若干天前起。",
    "From this day on, yyyyMMdd.": "自此日起，yyyyMMdd。",
    "From this day on; else today.": "自此日起；默认当日。",
    "From when it counts; else at once.": "生效时间；默认立即。",
    "Higher than the version before.": "须高于上一版本。",
    "How long it is to be valid.": "有效天数。",
    "How long the list is to be valid.": "清单有效天数。",
    "How many unfinished vouchers to name.": "列出多少张未办结凭证。",
    "Id of a held row that is a payment of its own.": "确为另一笔付款的待确认行标识。",
    "Install completion for the current shell.": "为当前命令行外壳安装补全。",
    "It moved: the core's number of it.": "已入账：核心流水号。",
    "It never moved: a code of yours.": "从未入账：自定代码。",
    "Its hand-over record, as JSON.": "其交接单，JSON 文件。",
    "Its name, for people.": "名称，供人识别。",
    "Keep everything in this new folder (names, accounts!).": (
        "全部保留在此新目录（含户名、账号！）。"
    ),
    "Leave everything in this new folder.": "全部保留在此新目录。",
    "Messages as recorded.": "登记时的消息。",
    "NODE=PARTY, as finance=011.370100; often.": "节点=机构，如 finance=011.370100；可多次给出。",
    "Name of a copy (联); one for each copy.": "联次名称；每联一个。",
    "Name of the environment.": "环境名称。",
    "New folder for its files.": "存放其文件的新目录。",
    "New folder for the draft.": "存放草稿的新目录。",
    "Of a release here; else in force.": "在案的目录发布号；默认现行。",
    "Of each sort, the oldest.": "每类最早的若干项。",
    "Of its store, as `hubctl check` says there.": "其存储的库代号，以对方 hubctl check 所示为准。",
    "On RabbitMQ and PostgreSQL of its own, not files.": (
        "使用自带启动的 RabbitMQ 和 PostgreSQL，而非文件。"
    ),
    (
        "One of ADMDIV, AGENCY, EXPFUNC, GOVEXPECO, DEPEXPECO, FUNDTYPE, BGTTYPE, PAYTYPE, BUSINE"
        "SSTYPE, BANKNO, ACCOUNT."
    ): (
        "ADMDIV、AGENCY、EXPFUNC、GOVEXPECO、DEPEXPECO、FUNDTYPE、BGTTYPE、PAYTYPE、BUSINESSTYPE"
        "、BANKNO、ACCOUNT 之一。"
    ),
    "One operator's signature file.": "一名操作员的签名文件。",
    "One person has one.": "每人一项职责。",
    "One word of your own, for log and journal.": "自定的一个词，记入日志和日志账。",
    "One word of your own, for the journal.": "自定的一个词，记入日志账。",
    "Only rows in no file yet.": "只取尚未写入文件的行。",
    "Only say what would move.": "只说明会移动什么。",
    "Only of this: division/year/kind/issuer/number.": "只看此凭证：区划/年度/类型/签发方/凭证号。",
    "Only these; may stand often.": "仅限这些；可多次给出。",
    "Only this day, yyyymmdd.": "仅此日，yyyymmdd。",
    "Only write the exact act down, to be signed": "只写出待签名的操作原文",
    "Opens its keys.": "用于打开其密钥的口令文件。",
    "Opens the keys; else <site>/passphrase.": "打开密钥的口令文件；默认 <site>/passphrase。",
    "Opens the operator's key.": "打开操作员密钥的口令文件。",
    "Organisation type that makes it, as 011.": "签发方机构类型，如 011。",
    "Out of this file; no node is needed.": "取自此文件；无需节点。",
    "Party that answers, as 102.370100.": "应答的机构，如 102.370100。",
    "Party that executes it, as 102.370100.": "执行的机构，如 102.370100。",
    "Party that executes it.": "执行的机构。",
    "Party that made it, as 011.370100.": "签发的机构，如 011.370100。",
    "Patterns; else *.": "区划样式；默认 *。",
    "Payment vouchers.": "支付凭证张数。",
    "Pictures, one a sheet; a name that ends in .png says so, too.": (
        "输出图片，每页一张；文件名以 .png 结尾时也是如此。"
    ),
    "Port.": "端口。",
    "Print one JSON object.": "输出一个 JSON 对象。",
    "Proof time, as 2026-11-21T08:00:00Z; else now.": (
        "证明时间，如 2026-11-21T08:00:00Z；默认现在。"
    ),
    "Put the waiting key in place.": "启用等待中的密钥。",
    "Really do it.": "确认执行。",
    "Records of a sort: party, certificate, seal, entitlement, submit, node_key, operator.": (
        "某类记录：party、certificate、seal、entitlement、submit、node_key、operator。"
    ),
    "Refuse development keys.": "拒绝开发密钥。",
    "Roll forward to this moment, 2026-11-21T08:00:00Z.": "前滚到此时刻，如 2026-11-21T08:00:00Z。",
    "Root certificate, PEM or DER.": "根证书，PEM 或 DER。",
    "Rows to show at most.": "至多显示的行数。",
    "SHA-256 of a pinned certificate; twice or more.": "固定证书的 SHA-256；须给出两个以上。",
    "Seconds to wait for all answers.": "等待全部应答的秒数。",
    "Send the quota notices 5108 and 5106 for the rows as well.": (
        "同时为各行发送额度通知 5108 和 5106。"
    ),
    "Send them again now.": "立即重发。",
    "Settings of the bureau's node.": "财政节点的配置。",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "显示当前命令行外壳的补全脚本，供复制或自行安装。"
    ),
    "Show it; send nothing.": "只显示，不发送。",
    "Show tracebacks of errors.": "显示错误的调用栈。",
    "Speak Chinese, whatever the terminal.": "输出中文，不论终端语言。",
    "The SES_Signature, DER or base64 of it.": "签章 SES_Signature，DER 或其 base64。",
    "The act, from --write-act.": "由 --write-act 写出的操作文件。",
    "The alarm's code.": "告警代码。",
    "The break's id, or its beginning.": "差异标识，或其开头部分。",
    "The ceremony's folder, with `ca`.": "场地目录，含 ca。",
    "The channel's name.": "通道名称。",
    "The core's own line, scanned; kept by digest.": "核心自己账页的扫描件；按摘要保存。",
    "The division, as 370100.": "区划，如 370100。",
    "The draft's folder.": "草稿目录。",
    "The file it seals.": "被签章的文件。",
    "The file.": "文件。",
    "The id that `parked list` shows.": "parked list 所示标识。",
    "The invalidity date; else now.": "失效日期；默认现在。",
    "The letter's id.": "死信编号。",
    "The neighbour's node.": "相邻节点名称。",
    "The new party, as 103.990000.": "新机构，如 103.990000。",
    "The node that serves it.": "为其服务的节点。",
    "The node's settings.": "节点配置文件。",
    "The operator who takes it in.": "办理收入的操作员。",
    "The operator's folder: key.pem, operator.cer.": "操作员目录：key.pem、operator.cer。",
    "The operator's id.": "操作员标识。",
    "The other instance: hub-b.": "另一实例，如 hub-b。",
    "The party they work for.": "所属机构。",
    "The party, as 102.370100.": "机构，如 102.370100。",
    "The payee's account ends so: 4 digits up.": "收款账号末尾，至少 4 位。",
    "The payee's name begins so.": "收款人名称开头。",
    "The person's id.": "人员标识。",
    "The pinned party that seals first.": "首先签章的固定机构。",
    "The pinned party that seals now.": "此次签章的固定机构。",
    "The purpose begins so.": "用途开头。",
    "The same seed, the same day.": "相同种子得到相同的一天。",
    "The same seed, the same load.": "相同种子得到相同的负载。",
    "The sealed voucher a draft answers.": "草稿所应答的已签章凭证。",
    "The sealed voucher it answers.": "其所应答的已签章凭证。",
    "The set's id.": "备份集标识。",
    "The signature file to write": "要写出的签名文件",
    "Then delete sets that retention no longer keeps.": "然后删除超过保留期的备份集。",
    "This node's name, on development.": "本节点名称，仅限开发节点。",
    "Though it was taken before.": "即使此前已收入。",
    "URL of the time-stamp authority.": "时间戳服务地址。",
    "Up to this day.": "至此日止。",
    "Voucher kind, as 5201.": "凭证类型，如 5201。",
    "Vouchers; 0: any number.": "凭证数；0 为不限。",
    "What it is about.": "告警对象。",
    "What its operators wrote; kept by digest.": "对方操作员的书面说明；按摘要保存。",
    "Where it acts; else *.": "业务区划；默认 *。",
    "Which of the three.": "三者之一。",
    "Who stands in.": "由谁代行。",
    "Whom to ask; one of each other node unless named.": "询问谁；默认其他每个节点各一个机构。",
    "Why; at most 200 bytes.": "原因；至多 200 字节。",
    "Of the voucher in FILE, this one of its seals.": "FILE 为凭证时，取其第几枚印章。",
    "Write the seal's picture here": "把印章图片写到此处",
    "What a neighbour's `store anchors` shows of it; often.": (
        "相邻节点 store anchors 所示本节点的检查点；可多次给出。"
    ),
    "Your operator id; else your login.": "您的操作员标识；默认登录名。",
    "Yuan, as 128.50; alone: exactly.": "金额（元），如 128.50；单独给出时为精确值。",
    "Yuan: up to.": "金额上限（元）。",
    "bounces, sum_up, daily_lists, cutoff or checks.": (
        "bounces 退票、sum_up 汇总、daily_lists 日报、cutoff 截止、checks 对账。"
    ),
    "division/year/kind/issuer/number": "区划/年度/类型/签发方/凭证号",
    "division/year/kind/issuer/number, often.": "区划/年度/类型/签发方/凭证号，可多次给出。",
    "division/year/kind/issuer/number.": "区划/年度/类型/签发方/凭证号。",
    "list-….xml with `sections` beside, or .crl": "list-….xml（旁有 sections 目录），或 .crl 文件",
    "nagios: one line, exit 0, 1, 2 or 3.": "nagios：一行，退出码 0、1、2 或 3。",
    "party:…, seal:…, certificate:… or node_key:…, as `trust show` has them.": (
        "party:…、seal:…、certificate:… 或 node_key:…，以 trust show 所示为准。"
    ),
    "release-….xml with `sections` beside.": "release-….xml（旁有 sections 目录）。",
    "seal:<party>/<name> or node:<node>.": "seal:<机构>/<名称> 或 node:<节点>。",
    "sort:key, as `trust show --sort` has them.": "类别:键，以 trust show --sort 所示为准。",
    "sort:key=suspended|revoked|active[:reason]; often.": (
        "类别:键=suspended|revoked|active[:原因]；可多次给出。"
    ),
}
